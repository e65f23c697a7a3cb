"""What the room offers to the window."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from studio.ui.actions import Actions
from studio.ui.concepts.panels import build_panels
from tests.fakes import make_frame


@pytest.fixture
def built(studio, door, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    studio.open_concepts = lambda: door
    actions = Actions(window)
    panels = build_panels(studio, actions)
    for panel in panels:
        qtbot.addWidget(panel.build())
    return studio, actions, panels


def test_panels_and_their_places(built):
    studio, _, panels = built
    assert [(p.name, p.area) for p in panels] == [
        ("search", "centre"), ("concepts", "left"), ("draw", "right"), ("meter", "right"),
    ]  # fmt: skip
    assert all(panel.workspaces == {"concepts"} for panel in panels)
    assert studio.concepts is not None


def test_without_a_door_there_is_no_room(studio, qtbot):
    studio.open_concepts = None
    window = QWidget()
    qtbot.addWidget(window)
    assert build_panels(studio, Actions(window)) == []


def test_the_step_under_the_scrubber_becomes_a_chip(built):
    studio, actions, _ = built
    actions["concepts.strip"].trigger()
    assert studio.concepts.bar.terms == ()
    studio.filmstrip.model.show_frames([make_frame(i, 4) for i in range(5)])
    actions["concepts.strip"].trigger()
    (term,) = studio.concepts.bar.terms
    assert term.kind == "picture"
    assert term.value.endswith(".png")
    studio.filmstrip.shown_name = lambda: "/p/run.take#4"  # of a strip that lies on the disk
    actions["concepts.strip"].trigger()
    assert studio.concepts.bar.terms[1].value == "/p/run.take#4"


def test_the_map_is_shown_by_its_action(built):
    _, actions, panels = built
    search = panels[0].build()
    actions["concepts.map"].trigger()
    assert search.pages.currentIndex() == 1


def test_the_workspace_has_its_own_undo(built):
    studio, actions, _ = built
    bar = studio.concepts.bar
    bar.add_words("hat")
    actions["concepts.undo"].trigger()
    assert bar.text == ""
    actions["concepts.redo"].trigger()
    assert bar.text == "hat"
