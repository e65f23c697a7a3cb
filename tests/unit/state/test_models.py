from __future__ import annotations

import threading

from tests.unit.state.conftest import Engine, make_studio, model


def test_usable_models_come_first_and_are_found_by_id_or_path(home, qtbot):
    broken = model("aaa", problem="aaa is damaged.", hint="Download it again.")
    studio = make_studio(home, Engine(broken, model("zebra"), model("Starter")))
    with qtbot.waitSignal(studio.models.models_changed):
        studio.models.refresh()
    assert [info.id for info in studio.models.all] == ["Starter", "zebra", "aaa"]
    assert studio.models.find("zebra").id == "zebra"
    assert studio.models.find("/nowhere/zebra").id == "zebra"
    assert studio.models.find("none") is None
    assert studio.close()


def test_the_disk_can_be_read_at_once(studio):
    studio.models.load()
    assert studio.form.request.steps == 6


def test_a_second_look_that_finds_the_same_says_nothing(ready, qtbot):
    with qtbot.assertNotEmitted(ready.models.models_changed, wait=150):
        ready.models.refresh()


def test_a_file_that_is_put_into_the_folder_is_seen(studio, tmp_path, qtbot, monkeypatch):
    folder = tmp_path / "watched"
    studio.models.watch(folder)  # it need not be there
    folder.mkdir()
    studio.models.watch(folder)
    studio.models._timer.setInterval(10)
    studio.engine.infos.append(model("new"))
    with qtbot.waitSignal(studio.models.models_changed):
        (folder / "new.safetensors").write_bytes(b"x")
    assert studio.models.find("new") is not None


def test_a_file_that_is_still_being_copied_is_looked_at_again_when_it_is_whole(
    studio, tmp_path, qtbot
):
    """The folder tells of its first byte; it stayed "cut off" until somebody looked again."""
    path = tmp_path / "new.safetensors"
    path.write_bytes(b"half")
    studio.models.watch(tmp_path)
    studio.models._timer.setInterval(10)
    studio.engine.infos.append(model("new", path=path, problem="It is cut off."))
    with qtbot.waitSignal(studio.models.models_changed):
        studio.models.refresh()
    studio.engine.infos[-1] = model("new", path=path)
    with qtbot.waitSignal(studio.models.models_changed), path.open("ab") as file:
        file.write(b"whole")
    assert not studio.models.find("new").problem
    assert studio.models._watcher.files() == []


def test_what_comes_during_a_scan_is_found_by_the_next(studio, qtbot, monkeypatch):
    entered, gate, real = threading.Event(), threading.Event(), studio.engine.models

    def slow():
        found = list(real())
        entered.set()
        assert gate.wait(20)
        return found

    studio.models._timer.setInterval(10)
    monkeypatch.setattr(studio.engine, "models", slow)
    studio.models.refresh()
    qtbot.waitUntil(entered.is_set)
    studio.engine.infos.append(model("late"))
    studio.models.refresh()
    gate.set()
    qtbot.waitUntil(lambda: studio.models.find("late") is not None)
