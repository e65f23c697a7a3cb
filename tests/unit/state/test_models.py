from __future__ import annotations

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
    assert studio.models.is_known
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
