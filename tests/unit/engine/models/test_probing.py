"""What is wrong with a model is told in the list, before anybody waits for it."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.engine.errors import BrokenFile, UnsafeFile
from studio.engine.models import catalog, probing
from studio.engine.models.header import read_header
from tests import tiny_models


@pytest.fixture
def folder(tmp_path):
    """A copy of a whole model that may be broken."""
    return shutil.copytree(tiny_models.folder("sd"), tmp_path / "mine")


def weights_of(folder, part):
    return next((folder / part).glob("*.safetensors"))


def change(path, **changes):
    """Write a file of weights again with other tensors; None = without it."""
    tensors = load_file(path)
    for name, change_it in changes.items():
        new = change_it and change_it(tensors[name])
        tensors[name] = new
    save_file({k: v for k, v in tensors.items() if v is not None}, path)


def nan(tensor):
    return torch.full_like(tensor, float("nan"))


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def describe(folder, part, **said):
    path = folder / part / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | said))


FAULTS = {
    "is cut off": lambda f: cut(weights_of(f, "vae")),
    "is not a safetensors file": lambda f: weights_of(f, "unet").write_bytes(b"\0" * 999),
    "empty or cut off": lambda f: weights_of(f, "text_encoder").write_bytes(b""),
    "no .safetensors": lambda f: weights_of(f, "unet").unlink(),
    "has no vae": lambda f: shutil.rmtree(f / "vae"),
    "has no text_encoder": lambda f: shutil.rmtree(f / "text_encoder"),
    "has no words": lambda f: [p.unlink() for p in (f / "tokenizer").glob("*")],
    "has no tokenizer": lambda f: shutil.rmtree(f / "tokenizer"),
    "config.json is damaged": lambda f: (f / "text_encoder" / "config.json").write_text("{"),
    "unet is not what its description": lambda f: describe(f, "unet", out_channels=5),
    "text_encoder is not what": lambda f: describe(f, "text_encoder", vocab_size=77),
    "lacks a part of its weights": lambda f: change(
        weights_of(f, "unet"), **{"conv_out.weight": None}),
    "none (NaN)": lambda f: change(
        weights_of(f, "unet"), **dict.fromkeys(load_file(weights_of(f, "unet")), nan)),
}  # fmt: skip


def test_a_whole_model_can_be_used(folder):
    assert catalog.inspect(folder).problem == ""


@pytest.mark.parametrize("words", FAULTS)
def test_a_broken_one_is_listed_with_its_reason(folder, words):
    FAULTS[words](folder)
    info = catalog.inspect(folder)
    assert words in info.problem
    assert info.hint


def test_both_halves_of_a_large_model_are_looked_at(tmp_path):
    folder = shutil.copytree(tiny_models.folder("sdxl"), tmp_path / "mine")
    assert catalog.inspect(folder).problem == ""
    cut(weights_of(folder, "text_encoder_2"))
    assert "cut off" in catalog.inspect(folder).problem


def test_numbers_are_a_sample_of_small_tensors(tmp_path):
    path = tmp_path / "a.safetensors"
    plain = {f"t{n}": torch.ones(4, dtype=torch.float16) for n in range(40)}
    save_file(plain | {"large": nan(torch.ones(40_000)), "count": torch.ones(1).int()}, path)
    probing.check_numbers(path, read_header(path))  # what is large is read when it is loaded
    save_file({name: nan(tensor) for name, tensor in plain.items()}, path)
    with pytest.raises(BrokenFile, match="NaN"):
        probing.check_numbers(path, read_header(path))


def test_tensor_files_prefers_shards_then_whole_then_half(tmp_path):
    with pytest.raises(BrokenFile, match=r"no \.safetensors"):
        probing.tensor_files(tmp_path)
    (tmp_path / "model.fp16.safetensors").touch()
    assert [p.name for p in probing.tensor_files(tmp_path)] == ["model.fp16.safetensors"]
    (tmp_path / "model.safetensors").touch()
    assert [p.name for p in probing.tensor_files(tmp_path)] == ["model.safetensors"]
    index = tmp_path / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "b.safetensors", "c": "b.safetensors"}}')
    assert [p.name for p in probing.tensor_files(tmp_path)] == ["b.safetensors"]
    for evil in ('{"weight_map": {"a": "../b.safetensors"}}', '{"weight_map": {"a": 1}}', "{}",
                 '{"weight_map": {"a": "/etc/passwd"}}', '{"weight_map": {"a": ["b"]}}',
                 '{"weight_map": {"a": 1, "c": "b.safetensors"}}', '{"weight_map": [1]}',
                 '{"weight_map": {"a": null}}'):  # fmt: skip
        index.write_text(evil)
        with pytest.raises(UnsafeFile):
            probing.tensor_files(tmp_path)
