from __future__ import annotations

import shutil
import threading

import pytest

from studio.engine import cancel, conditions
from studio.engine.errors import Cancelled
from studio.engine.models.catalog import inspect
from tests import tiny_models
from tests.unit.engine.harness import ask, engine


def test_name_what_bytes_depend_on():
    first, other = engine().conditions(ask()), engine().conditions(ask("sd_v"))
    assert {"torch", "diffusers", "device", "precision", "threads", "model_hash"} <= set(first)
    assert all(isinstance(value, str) for value in first.values())
    assert other["model_hash"] != first["model_hash"]


@pytest.mark.parametrize("is_file", [True, False])
def test_the_hash_follows_the_content_not_the_name(tmp_path, is_file):
    source = tiny_models.single_file("sd") if is_file else tiny_models.folder("sd")
    path = tmp_path / source.name
    (shutil.copy if is_file else shutil.copytree)(source, path)
    first = conditions.model_hash(inspect(path))
    assert first == conditions.model_hash(inspect(source))
    weights = path if is_file else path / "unet" / "diffusion_pytorch_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert conditions.model_hash(inspect(path)) != first


def test_hashing_a_large_file_can_be_stopped(tmp_path):
    path = tmp_path / "m.safetensors"
    shutil.copy(tiny_models.single_file("sd2"), path)
    stop = threading.Event()

    def hash_it():
        with cancel.stoppable(stop):
            stop.set()
            conditions.model_hash(inspect(path))

    with pytest.raises(Cancelled):
        hash_it()
