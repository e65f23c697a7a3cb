from __future__ import annotations

import pytest
from PySide6.QtGui import QAction

from studio.ui import commands, theme
from studio.ui.controls import Spin
from tests.unit.ui.test_main_window import window  # noqa: F401 - the fixture


@pytest.fixture
def own(window):  # noqa: F811
    return commands.register(window)


def texts(menu):
    return [action.text() for action in menu.actions()]


def test_every_action_is_in_a_menu(own, window):  # noqa: F811
    own.fill_menu()
    parts = {a.text(): a.menu() for a in window.menu.actions() if a.menu()}
    assert {"File", "Edit", "Generate", "View", "Help"} <= set(parts)
    inside = {text for menu in parts.values() for text in texts(menu)}
    for entry in window.actions_of.entries():
        assert entry.action.text() in inside
    own.fill_menu()
    assert len([a for a in window.menu.actions() if a.menu()]) == len(parts)


def test_no_key_has_two_meanings(own, window):  # noqa: F811
    keys = [k.toString() for e in window.actions_of.entries() for k in e.action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_workspaces_have_their_actions(own, window):  # noqa: F811
    window.actions_of["view.library"].trigger()
    assert window.workspaces.current == "library"


def test_the_theme_is_chosen_and_kept(own, window, ready):  # noqa: F811
    own.choose_theme(_entry("light"))
    assert (ready.settings.get("theme"), theme.current()) == ("light", theme.LIGHT)
    own.next_theme()
    assert ready.settings.get("theme") == "system"


def _entry(choice):
    action = QAction(choice)
    action.setData(choice)
    return action


def test_small_switches(own, window, ready):  # noqa: F811
    own.set_reduced_motion(True)
    assert ready.settings.get("reduced_motion")
    assert not window.isAnimated()
    own.toggle_pause()
    assert ready.generation.is_paused
    own.toggle_pause()
    own.about()
    assert "Nothing leaves this machine" in window.centre.messages.cards[-1].message.hint
    ready.lateness = lambda: (12.4, 43.0)
    own.about()
    assert "late by 12 ms" in window.centre.messages.cards[-1].message.hint
    assert "more than 43 ms" in window.centre.messages.cards[-1].message.hint


def test_full_screen_gives_a_maximised_window_back(own, window):  # noqa: F811
    for is_maximised in (False, True):
        window.showMaximized() if is_maximised else window.showNormal()
        own.toggle_fullscreen()
        assert window.isFullScreen()
        own.toggle_fullscreen()
        assert not window.isFullScreen()
        assert window.isMaximized() is is_maximised


def test_ctrl_1_is_generate_and_there_100_percent(own, window, ready):  # noqa: F811
    shown = []
    window.actions_of.add("view.actual", "100 %", lambda: shown.append(window.workspaces.current))
    window.actions_of["view.library"].trigger()
    window.actions_of["view.generate"].trigger()
    assert (window.workspaces.current, shown) == ("generate", [])
    window.actions_of["view.generate"].trigger()
    assert (window.workspaces.current, shown) == ("generate", ["generate"])


def test_the_folder_for_lists_is_made_and_shown(own, window, ready, monkeypatch):  # noqa: F811
    opened = []
    monkeypatch.setattr(commands.QDesktopServices, "openUrl", lambda url: opened.append(url))
    window.actions_of["file.lists"].trigger()
    assert ready.wording.folder.is_dir()
    assert opened[0].toLocalFile() == str(ready.wording.folder)


def test_notices_can_be_switched_off(own, window, ready):  # noqa: F811
    window.actions_of["view.notify"].trigger()
    assert ready.settings.get("notify") is False


def test_files_that_were_open_are_in_the_menu(own, window, ready, tmp_path):  # noqa: F811
    from PIL import Image

    path = tmp_path / "a & <b>b.png"
    Image.new("RGB", (8, 8)).save(path)
    own.opener.open([path])
    own.fill_menu()
    files = next(a.menu() for a in window.menu.actions() if a.text() == "File")
    again = next(a.menu() for a in files.actions() if a.text() == "Open again")
    assert again.toolTipsVisible()  # the tips tell the folders
    assert texts(again) == ["a && <b>b.png"]
    assert "<b>" not in again.actions()[0].toolTip()


def test_a_copy_keeps_every_byte(own, window, ready, tmp_path, qtbot, monkeypatch):  # noqa: F811
    ready.session.generate()
    qtbot.waitUntil(lambda: ready.history.rowCount() == 1)
    target = tmp_path / "copy"
    monkeypatch.setattr(commands.QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    own.save_copy()
    qtbot.waitUntil((tmp_path / "copy.png").exists)
    source = ready.history.picture(0).path
    assert (tmp_path / "copy.png").read_bytes() == source.read_bytes()


def test_the_menu_opens_by_key(own, window):  # noqa: F811
    window.actions_of["view.menu"].trigger()
    assert window.menu.isVisible()
    assert window.menu.activeAction().text() == "File"
    window.menu.hide()


def test_another_folder_is_asked_for(own, ready, tmp_path, monkeypatch):
    chosen = []
    monkeypatch.setattr(ready.rescue, "save_into", chosen.append)
    monkeypatch.setattr(commands.QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    ready.rescue.folder_wanted.emit()
    assert chosen == [tmp_path]


def test_keys_take_the_number_that_is_being_typed_or_refuse_it(own, window, ready, qtbot):  # noqa: F811
    """Ctrl+Enter leaves the cursor in the field: 7 was shown there, and 64 pixels were made."""
    ready.generation.pause(True)
    spin = window.findChild(Spin, "widthSpin")
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: window.isActiveWindow())
    for typed, count, width in (("7", 0, 64), ("128", 1, 128), ("131", 2, 128)):
        spin.setFocus()
        spin.selectAll()
        qtbot.keyClicks(spin, typed)
        own.generate()
        assert ready.form.request.width == width
        assert len(ready.generation.waiting) == count
    assert window.centre.messages.cards[-1].message.text == "7 is not possible here; 64 stays."
    ready.session.stop_all()
