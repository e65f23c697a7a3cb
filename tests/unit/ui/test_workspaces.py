from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QMainWindow

from studio.ui.docks import Dock
from studio.ui.panels import Panel
from studio.ui.workspaces import Workspaces


def panel(name, area, *workspaces, order=50):
    return Panel(name=name, title=name, widget=lambda: QLabel(name), area=area, order=order,
                 workspaces=frozenset(workspaces))  # fmt: skip


PANELS = (
    panel("prompt", "left", "generate", "paint", order=1),
    panel("settings", "left", "generate", order=2),
    panel("strip", "bottom", "generate"),
    panel("tools", "right", "paint"),
)


@pytest.fixture
def make(studio, shown):
    def build():
        window = QMainWindow()
        window.setCentralWidget(QLabel("middle"))
        docks = [Dock(one, window) for one in PANELS]
        spaces = Workspaces(window, docks, studio.settings)
        shown(window, 1200, 800)
        spaces.by_name = {dock.panel.name: dock for dock in docks}
        spaces.window = window
        return spaces

    built = []
    yield lambda: built.append(build()) or built[-1]
    for spaces in built:
        spaces.close()


def visible(spaces):
    return {name for name, dock in spaces.by_name.items() if not dock.isHidden()}


def test_each_workspace_shows_its_own(make, qtbot):
    spaces = make()
    spaces.show("generate")
    assert visible(spaces) == {"prompt", "settings", "strip"}
    with qtbot.waitSignal(spaces.workspace_changed):
        spaces.show("paint")
    assert visible(spaces) == {"prompt", "tools"}
    assert spaces.by_name["strip"].content is not None
    spaces.show("nowhere")
    assert spaces.current == "generate"


def test_what_the_user_arranged_is_kept_for_each_and_across_starts(make):
    spaces = make()
    spaces.show("generate")
    spaces.by_name["settings"].hide()
    spaces.show("paint")
    assert "prompt" in visible(spaces)
    spaces.show("generate")
    assert visible(spaces) == {"prompt", "strip"}
    spaces.save()
    again = make()
    again.show("generate")
    assert visible(again) == {"prompt", "strip"}
    again.reset()
    assert visible(again) == {"prompt", "settings", "strip"}


@pytest.mark.parametrize("kept", ["?", "AAAA", 5, ""])
def test_a_layout_that_cannot_be_read_is_the_first_one(make, studio, kept):
    studio.settings.set("layouts", {"generate": kept})
    spaces = make()
    spaces.show("generate")
    assert visible(spaces) == {"prompt", "settings", "strip"}


def test_changes_are_kept_a_moment_later(make, studio, qtbot):
    spaces = make()
    spaces.show("generate")
    spaces.by_name["strip"].hide()
    qtbot.waitUntil(lambda: "generate" in studio.settings.get("layouts"), timeout=4000)


def test_a_late_dock_finds_its_place(make, qtbot):
    spaces = make()
    spaces.show("paint")
    late = Dock(panel("late", "right", "paint"), spaces.window)
    other = Dock(panel("other", "right", "library"), spaces.window)
    spaces.add([late, other])
    assert not late.isHidden()
    assert other.isHidden()
    assert late.content is not None


@pytest.mark.parametrize(
    ("height", "alone"), [(800, {"history"}), (1080, {"history", "takes", "queue"})]
)
def test_a_dock_that_would_be_too_low_to_use_stands_behind_another(
    studio, shown, qtbot, height, alone
):
    window = QMainWindow()
    window.setCentralWidget(QLabel("middle"))
    names = ("history", "takes", "queue")
    docks = [Dock(panel(name, "right", "generate", order=at), window)
             for at, name in enumerate(names)]  # fmt: skip
    spaces = Workspaces(window, docks, studio.settings)
    shown(window, 1280, height)
    spaces.show("generate")
    assert {d.panel.name for d in docks if not window.tabifiedDockWidgets(d)} == alone
    takes = docks[1]
    qtbot.waitUntil(lambda: takes.height() >= 200)
    spaces.close()


def test_a_late_dock_that_was_hidden_stays_hidden_at_the_next_start(studio, qtbot):
    def start():
        window = QMainWindow()  # not on the screen yet, as when the program starts there
        qtbot.addWidget(window)
        window.setCentralWidget(QLabel("middle"))
        spaces = Workspaces(window, [Dock(panel("prompt", "left", "generate"), window)],
                            studio.settings)  # fmt: skip
        spaces.show("generate")
        docks = [Dock(panel(name, "left", "concepts"), window) for name in ("late", "later")]
        spaces.add(docks)
        spaces.save()
        return docks

    for _ in range(2):
        assert all(dock.isHidden() for dock in start())
