"""What the room offers to the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from studio.ui.actions import Actions
from studio.ui.filmstrip.compare_strip import CompareStrip
from studio.ui.filmstrip.panels import FilmstripDesk, build_panels


@pytest.fixture
def window(rig, qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1100, 700)
    actions = Actions(window)
    panels = {p.name: p for p in build_panels(rig.studio, actions)}
    window.setCentralWidget(panels["filmstrip"].build())
    window.show()
    window.activateWindow()
    yield window, actions, panels
    window.close()


def test_strip_tree_and_map_with_their_actions(window):
    _, actions, panels = window
    assert {name: p.area for name, p in panels.items()} == {
        "filmstrip": "bottom", "takes": "right", "takemap": "right"
    }  # fmt: skip
    ids = {e.id for e in actions.entries()}
    assert {"strip.fork", "strip.keep", "strip.play", "strip.lanes", "strip.replay", "strip.export",
            "strip.compare", "strip.continue", "strip.more", "strip.ab"} <= ids  # fmt: skip
    assert all(e.menu == "Filmstrip" for e in actions.entries())


def test_keys_count_in_the_strip(rig, qtbot, window):
    host, _, panels = window
    rig.make()
    view = panels["filmstrip"].build().view
    view.setFocus()
    qtbot.waitUntil(view.hasFocus, timeout=5000)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert rig.strip.model.current == 1
    qtbot.keyClick(view, Qt.Key.Key_L)
    assert len(view.lanes) == 6
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert rig.strip.player.is_playing
    qtbot.keyClick(view, Qt.Key.Key_Space)
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert host.findChild(object, "forkCard").isVisible()


def test_lanes_are_remembered(rig, window):
    _, _, panels = window
    panels["filmstrip"].build().lanes.set_lanes(["noisy"])
    assert rig.studio.settings.get("strip_lanes") == ["noisy"]


def test_what_is_kept_on_disk_is_chosen_in_the_menu(rig, window):
    _, _, panels = window
    rig.make()
    menu = panels["filmstrip"].build().menu
    kept = next(a.menu() for a in menu.actions() if a.text() == "Kept on disk")
    kept.aboutToShow.emit()
    words = [a.text() for a in kept.actions()]
    assert words[0].startswith("This take: ")
    next(a for a in kept.actions() if a.data() == "last 10").trigger()
    assert rig.room.retention.policy == "all"  # it is asked first
    rig.said[-1].action.run()
    assert rig.room.retention.policy == "last 10"
    next(a for a in kept.actions() if a.data() == "all").trigger()
    assert rig.room.retention.policy == "all"


def test_export_of_nothing_is_refused_in_words(rig, window):
    _, actions, _ = window
    actions["strip.export"].trigger()
    assert "no strip" in rig.words[-1]


def test_comparing_gives_a_second_strip_with_columns_under_columns(rig, window):
    _, _, panels = window
    first = rig.make()
    rig.make(seed=8)
    panel = panels["filmstrip"].build()
    compare = panel.findChild(object, "compareStrip")
    from studio.state.filmstrip.room import FilmstripRoom

    rooms = [r for r in rig.studio.findChildren(FilmstripRoom) if r is not rig.room]
    rooms[0].comparison.start(first)
    rig.idle()
    assert compare.isVisible()
    assert compare.view.geometry_now.pitch == panel.view.geometry_now.pitch
    assert "part at step 1" in compare.findChild(object, "partingLabel").text()
    rooms[0].comparison.stop()
    assert compare.isHidden()


def test_after_a_comparison_every_dock_is_as_high_as_before(rig, qtbot):
    """The band came back 20 px higher, and the columns beside it were shared out anew."""
    from PySide6.QtWidgets import QDockWidget, QFrame, QWidget

    from studio.state.filmstrip.room import FilmstripRoom

    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1280, 780)
    panels = {p.name: p for p in build_panels(rig.studio, Actions(window))}
    window.setCentralWidget(QWidget())
    sides = {"prompt": Qt.DockWidgetArea.LeftDockWidgetArea, "settings": None, "history":
             Qt.DockWidgetArea.RightDockWidgetArea, "takes": None, "queue": None}  # fmt: skip
    docks, area = {}, Qt.DockWidgetArea.LeftDockWidgetArea
    for name, wanted in sides.items():
        area = wanted or area
        docks[name] = QDockWidget(objectName=name)
        docks[name].setWidget(QFrame())
        window.addDockWidget(area, docks[name])
    window.tabifyDockWidget(docks["takes"], docks["queue"])
    docks["band"] = QDockWidget(objectName="filmstripDock")
    docks["band"].setWidget(panels["filmstrip"].build())
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, docks["band"])
    window.show()
    vertical = Qt.Orientation.Vertical
    window.resizeDocks([docks["band"]], [240], vertical)
    qtbot.wait(50)
    window.resizeDocks([docks["prompt"], docks["settings"]], [150, 330], vertical)
    window.resizeDocks([docks["history"], docks["queue"]], [300, 180], vertical)
    first = rig.make()
    rig.make(seed=8)
    qtbot.wait(50)

    def heights():
        return {name: docks[name].height() for name in docks if name != "takes"}

    before = heights()
    room = next(r for r in rig.studio.findChildren(FilmstripRoom) if r is not rig.room)
    for _ in range(2):
        room.comparison.start(first)
        qtbot.waitUntil(lambda: docks["band"].height() > before["band"] + 80, timeout=5000)
        room.comparison.stop()
        qtbot.waitUntil(lambda: heights() == before, timeout=5000)
    window.close()


def test_rivals_are_offered_with_their_pictures(rig):
    """Three of them were called by the same prompt."""
    rig.make()
    rig.make(seed=8)
    desk = FilmstripDesk(rig.room, Actions(QMainWindow()), rig.studio)
    menu, other = desk.rivals()
    first = menu.actions()[0]
    assert not first.icon().isNull()
    assert first.data() == rig.room.comparison.candidates()[0].id
    assert menu.actions()[-1] is other


def test_a_comparison_gets_a_higher_band_and_gives_it_back(rig, qtbot):
    """Two strips in the height of one were cut off."""
    from PySide6.QtWidgets import QDockWidget, QWidget

    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1200, 900)
    panels = {p.name: p for p in build_panels(rig.studio, Actions(window))}
    window.setCentralWidget(QWidget())
    dock = QDockWidget(objectName="filmstripDock")
    dock.setWidget(panels["filmstrip"].build())
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
    window.show()
    window.resizeDocks([dock], [280], Qt.Orientation.Vertical)
    first = rig.make()
    rig.make(seed=8)
    before = dock.height()
    from studio.state.filmstrip.room import FilmstripRoom

    room = next(r for r in rig.studio.findChildren(FilmstripRoom) if r is not rig.room)
    room.comparison.start(first)
    qtbot.waitUntil(lambda: dock.height() > before + 80, timeout=5000)
    view = panels["filmstrip"].build().view
    assert view.verticalScrollBar().maximum() == 0
    room.comparison.stop()
    qtbot.waitUntil(lambda: abs(dock.height() - before) <= 4, timeout=5000)
    room.comparison.start(first)
    qtbot.waitUntil(lambda: dock.height() > before + 80, timeout=5000)
    window.close()
    assert room.comparison.node is None
    kept = window.saveState()  # as the window does when it closes
    window.show()
    window.restoreState(kept)
    qtbot.waitUntil(lambda: abs(dock.height() - before) <= 4, timeout=5000)
    window.close()


def test_words_under_the_heading_leave_both_strips_their_share(rig, qtbot, window):
    """A label that wraps would take it: the upper strip then showed one lane and a half."""
    _, _, panels = window
    panel = panels["filmstrip"].build()
    first = rig.make()
    rig.make(seed=8)
    comparison = rig.room.comparison
    comparison.start(first)
    rig.idle()
    below = panel.findChild(CompareStrip)
    for is_uneven in (False, True):
        comparison.is_uneven = is_uneven
        comparison.comparison_changed.emit()
        qtbot.wait(20)
        assert panel.view.height() > below.view.height() > 60
    comparison.stop()
