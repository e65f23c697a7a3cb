"""The doctor says in words what is wrong, and its exit code agrees."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import shutil
from types import SimpleNamespace

import pytest

from studio.cli import Headless, main
from studio.commands import doctor
from studio.engine.models.catalog import ModelInfo
from studio.library.home import Home

HEALTHY = {
    doctor._TORCH: (
        True,
        '{"version": "2.15", "devices": ["cpu", "Card"], "threads": 1, "sum": 3}',
    ),
    doctor._VISION: (True, "0.29"),
    doctor._QT: (True, "6.11.3 xcb"),
}


@pytest.fixture
def headless(home, monkeypatch, tmp_path):
    model = ModelInfo(id="starter", name="Starter", path=tmp_path)
    engine = SimpleNamespace(models=lambda: [model])
    monkeypatch.setattr(Headless, "engine", lambda self: engine)
    headless = Headless(home)
    yield headless
    headless.close()


@pytest.fixture
def probes(monkeypatch):
    answers = dict(HEALTHY)
    monkeypatch.setattr(doctor, "_try", lambda code, **environment: answers[code])
    return answers


def test_all_is_well(headless, probes, capsys):
    assert main(["doctor", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["healthy"]
    assert {f["what"] for f in facts["findings"]} == {
        "Python", "torch", "torchvision", "libraries", "window", "memory", "disk", "models",
        "CLIP models", "library", "settings",
    }  # fmt: skip


@pytest.mark.parametrize("sick", HEALTHY)
def test_each_broken_library_is_bad_and_has_a_hint(headless, probes, sick, capsys):
    probes[sick] = (False, "operator torchvision::nms does not exist")
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "✗" in shown
    assert "→" in shown
    assert "1 of these need mending" in shown


def test_no_display_is_no_illness(headless, monkeypatch):
    monkeypatch.setattr(doctor, "_try", lambda code, **environment: (bool(environment), "x"))
    found = doctor.check_qt(headless)
    assert found.level == "warning"
    assert "no display" in found.words


def test_the_bad_pair_of_qt_and_python(headless, monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "6.12.0")
    monkeypatch.setattr(doctor.sys, "version_info", (3, 11, 7))
    assert doctor.check_qt(headless).level == "bad"


def test_without_qt_the_commands_still_work(headless, monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert doctor.check_qt(headless).level == "warning"
    assert doctor.check_libraries(headless).level == "bad"


def test_no_models(headless, monkeypatch):
    headless.engine().models = lambda: []
    found = doctor.check_models(headless)
    assert found.level == "bad"
    assert str(headless.home.models) in found.hint


def test_a_broken_model_beside_a_good_one(headless):
    good = headless.engine().models()
    bad = ModelInfo(id="old", name="old", path=good[0].path, problem="It could run code.")
    headless.engine().models = lambda: [*good, bad]
    found = doctor.check_models(headless)
    assert (found.level, "It could run code." in found.hint) == ("warning", True)


def test_a_clip_that_is_a_pickle_is_told(headless):
    assert doctor.check_clips(headless).level == "good"
    folder = headless.home.models / "clip"
    folder.mkdir(parents=True)
    (folder / "ViT-B-32.pt").write_bytes(b"\x80\x02")
    found = doctor.check_clips(headless)
    assert (found.level, found.words) == ("warning", "1 can be used: starter")
    assert "ViT-B-32.pt is a pickle, which can run code: convert it to .safetens" in found.hint


def test_no_clip_at_all(headless, monkeypatch, tmp_path):
    monkeypatch.setattr("studio.drawing.resource", lambda name: tmp_path / name)
    found = doctor.check_clips(headless)
    assert (found.level, str(headless.home.models) in found.hint) == ("bad", True)


def test_a_full_disk(headless, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=10**8))
    assert doctor.check_disk(headless).level == "warning"


def test_a_folder_that_may_not_be_written(headless, monkeypatch):
    def refuses(**_where):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuses)
    assert doctor.check_disk(headless).level == "bad"


def test_little_memory(headless, monkeypatch):
    monkeypatch.setattr(
        doctor.psutil, "virtual_memory", lambda: SimpleNamespace(available=1e9, total=8e9)
    )
    assert doctor.check_memory(headless).level == "warning"


def test_a_broken_index_and_broken_settings(headless, home):
    home.settings_file.parent.mkdir(parents=True)
    home.settings_file.write_text("{half")
    assert "damaged" in doctor.check_settings(headless).words
    home.settings_file.write_text("[]")  # JSON, but no settings
    assert "damaged" in doctor.check_settings(headless).words
    home.settings_file.write_text("{}")
    assert doctor.check_settings(headless).level == "good"
    if hasattr(os, "mkfifo"):
        home.settings_file.unlink()
        os.mkfifo(home.settings_file)  # whoever read it would wait for ever
        assert "damaged" in doctor.check_settings(headless).words
        home.settings_file.unlink()
        home.settings_file.write_text("{}")
    assert doctor.check_library(headless).level == "good"
    headless.close()
    home.database_file.write_bytes(b"nonsense" * 1000)
    headless._library = None
    assert "damaged" in doctor.check_library(headless).words


def test_a_probe_that_dies_and_one_that_hangs(monkeypatch):
    assert doctor._try("print('a'); print('b')") == (True, "b")
    works, line = doctor._try("import os; os.abort()")
    assert not works
    assert line
    assert doctor._try("raise RuntimeError('broken')") == (False, "RuntimeError: broken")
    monkeypatch.setattr(doctor, "_TIMEOUT", 0.3)
    assert "no answer" in doctor._try("import time; time.sleep(30)")[1]


def test_a_home_that_is_a_file_is_one_finding_among_others(probes, headless, tmp_path, capsys):
    """The doctor looks at everything, whatever is broken, and answers in one object."""
    (tmp_path / "file").touch()
    headless = Headless(Home(tmp_path / "file"), is_json=True)
    assert doctor.run(argparse.Namespace(), headless) == 1
    facts = json.loads(capsys.readouterr().out)
    levels = {f["what"]: f["level"] for f in facts["findings"]}
    assert (levels["disk"], levels["library"], levels["settings"]) == ("bad", "bad", "good")
    assert levels["models"] == "good"
    headless.close()


@pytest.mark.parametrize(("display", "level"), [(":0", "bad"), ("", "warning")])
def test_missing_system_libraries_are_named(headless, monkeypatch, display, level):
    """Where nobody sees a window anyway, only the window is missing."""
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setattr(doctor, "missing_packages", lambda is_x11: ["libegl1", f"x11-{is_x11}"])
    found = doctor.check_qt(headless)
    assert found.level == level
    assert found.hint.endswith(f"sudo apt install libegl1 x11-{bool(display)}")
