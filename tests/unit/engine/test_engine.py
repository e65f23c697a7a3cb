"""The door: light to import, offline, and every stage told."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import numpy as np
import pytest

from studio.engine import importing
from studio.engine.engine import Engine
from studio.engine.record import Stage, Status
from tests import tiny_models
from tests.unit.engine.harness import ask, collect, engine, run


def test_no_socket_is_opened(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    run(ask(steps=1))  # libraries derive classes from socket.socket when they are imported
    engine().unload()
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert run(ask()).picture.std() > 0
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"


def test_stage_words_reach_the_user():
    items = []
    collect(engine().generate(ask(steps=1), stop=threading.Event()), items)
    assert {i.stage for i in items if isinstance(i, Status)} == set(Stage) - {
        Stage.OPENING, Stage.SAVING}  # the libraries are here already; saving is not the engine's


CHECK = """
import sys
from pathlib import Path
from studio.engine.engine import Engine
engine = Engine([Path(sys.argv[1])])
assert [info.id for info in engine.models()] == ["tiny-sd"], engine.models()
assert not engine.loras()
engine.unload()
assert not {"torch", "diffusers", "transformers", "PySide6"} & set(sys.modules)
"""


def test_building_an_engine_and_listing_models_imports_no_torch(tmp_path):
    (tmp_path / "tiny-sd").symlink_to(tiny_models.folder("sd"))
    done = subprocess.run([sys.executable, "-c", CHECK, str(tmp_path)], check=False,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_warm_up_loads_a_model_and_forgives_a_missing_one(monkeypatch):
    monkeypatch.setattr(importing, "_done", set())
    fresh = Engine([tiny_models.root()], "cpu")
    seen = list(fresh.warm_up(str(tiny_models.folder("sd"))))
    assert (seen[0].stage, seen[0].fraction) == (Stage.OPENING, 0)
    assert "denoiser" in [status.detail for status in seen]
    assert fresh.store().current.info.family == "sd"
    assert not list(Engine([], "cpu").warm_up("nonesuch"))
    fresh.unload()
    assert fresh.store().current is None


def test_an_unknown_device_is_refused():
    with pytest.raises(ValueError, match="toaster"):
        Engine([], "toaster").store()


def test_models_and_loras_are_listed_apart():
    tiny_models.folder("sdxl")
    infos = {info.id: info for info in engine().models()}
    assert infos["tiny-sdxl"].family == "sdxl"
    assert all(info.kind == "model" for info in infos.values())


def test_two_runs_of_one_request_are_the_same_bytes():
    request = ask(sampler="DPM++ 2M SDE")
    assert np.array_equal(run(request).picture, run(request).picture)
