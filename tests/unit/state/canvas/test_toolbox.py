"""Tools, brushes of both layers, overlay."""

from __future__ import annotations

from dataclasses import replace

from studio.state.canvas.document import MASK, PAINT
from studio.state.canvas.toolbox import Overlay, ToolBox, ToolName


def test_setters_tell_once(qapp, qtbot) -> None:
    tools = ToolBox()
    with qtbot.waitSignal(tools.tool_changed):
        tools.set_tool(ToolName.ERASER)
    with qtbot.assertNotEmitted(tools.tool_changed):
        tools.set_tool(ToolName.ERASER)
        tools.set_target(MASK)
    with qtbot.assertNotEmitted(tools.overlay_changed):
        tools.set_overlay(Overlay())


def test_each_layer_remembers_its_brush(qapp) -> None:
    tools = ToolBox()
    tools.set_brush(replace(tools.brush, size=99))
    tools.set_target(PAINT)
    assert tools.brush.size != 99
    tools.grow_brush()
    tools.harden_brush()
    tools.set_target(MASK)
    assert tools.brush.size == 99


def test_keys_change_size_and_hardness(qapp) -> None:
    tools = ToolBox()
    size, hardness = tools.brush.size, tools.brush.hardness
    tools.shrink_brush()
    tools.soften_brush()
    assert tools.brush.size < size
    assert tools.brush.hardness < hardness


def test_the_overlay_is_shown_and_hidden(qapp) -> None:
    tools = ToolBox()
    tools.toggle_overlay()
    assert not tools.overlay.is_visible
    tools.toggle_overlay()
    assert tools.overlay == Overlay()


def test_brushes_fit_the_picture_until_somebody_sets_one(qapp) -> None:
    tools = ToolBox()
    tools.fit_brushes(2048, 1024)
    assert tools.brush.size == 102
    tools.set_brush(replace(tools.brush, size=33.0))
    tools.fit_brushes(128, 128)
    assert tools.brush.size == 33
    tools.set_target(PAINT)
    assert tools.brush.size == 6
    tools.fit_brushes(0, 0)
    assert tools.brush.size == 6
