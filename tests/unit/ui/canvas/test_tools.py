"""The tools under real mouse, pen and key events."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication

from studio.state.canvas.brush import Brush, PressureCurve
from studio.state.canvas.document import MASK, PAINT, CanvasDocument
from studio.state.canvas.frame import FrameState
from studio.state.canvas.toolbox import ToolBox, ToolName
from studio.ui.canvas.pyramid import Pyramid
from studio.ui.canvas.tools.brush import BrushTool
from studio.ui.canvas.tools.frame import FrameTool, dragged
from studio.ui.canvas.tools.picker import ColourTool, pick_colour
from studio.ui.canvas.tools.shapes import FillTool, ShapeTool
from studio.ui.canvas.view import CanvasView
from tests.unit.ui.canvas.stage import RUBBER, a_picture, drag, pen, place


class PlainScene:
    """The least that a view needs of a document."""

    def __init__(self, document: CanvasDocument) -> None:
        self._document = document

    def picture_size(self) -> QSize:
        return self._document.size()

    def draw(self, painter: QPainter, matrix, zoom, exposed) -> None:
        Pyramid(self._document.picture).draw(painter, matrix, zoom, exposed)

    def set_preview(self, image) -> None:
        pass


class Desk:
    """View, document and tools."""

    def __init__(self, qtbot) -> None:
        self.document, self.tools = CanvasDocument(), ToolBox()
        self.document.open(a_picture())
        self.frame = FrameState(self.document)
        self.view = CanvasView()
        qtbot.addWidget(self.view)
        self.view.resize(700, 520)
        self.view.show()
        self.view.set_scene(PlainScene(self.document))
        self.take(ToolName.BRUSH)
        self.tools.set_brush(Brush(size=20, hardness=1.0))

    def take(self, name: ToolName) -> None:
        self.tools.set_tool(name)
        document, tools, view = self.document, self.tools, self.view
        made = {
            ToolName.BRUSH: lambda: BrushTool(document, tools, view),
            ToolName.ERASER: lambda: BrushTool(document, tools, view),
            ToolName.FILL: lambda: FillTool(document, tools, view),
            ToolName.FRAME: lambda: FrameTool(self.frame, view),
            ToolName.PICKER: lambda: ColourTool(
                lambda pointer: pick_colour(document, tools, pointer.at), view
            ),
        }.get(name, lambda: ShapeTool(document, tools, view, name))
        view.set_tool(made())


@pytest.fixture
def desk(qtbot) -> Desk:
    return Desk(qtbot)


def test_a_mouse_stroke_paints_the_mask_under_the_pointer(desk, qtbot) -> None:
    drag(qtbot, desk.view, [(60, 60), (120, 60), (180, 100)])
    mask = desk.document.mask
    for x, y in ((60, 60), (120, 60), (150, 80), (180, 100)):
        assert mask[y, x] == 255
    assert mask[200, 60] == 0
    assert desk.document.undo_stack.count() == 1


@pytest.mark.parametrize(("zoom", "angle"), [(0.5, 0), (1.0, 0), (3.0, 0), (1.5, 30)])
def test_strokes_land_under_the_pointer_at_every_zoom_and_turn(desk, qtbot, zoom, angle) -> None:
    desk.view.set_zoom(zoom)
    desk.view.rotate(angle)
    drag(qtbot, desk.view, [(150, 110), (165, 125)])
    assert desk.document.mask[125, 165] == 255
    rows, columns = np.nonzero(desk.document.mask)
    assert rows.min() >= 98
    assert columns.max() <= 178


def test_eraser_and_alt_take_the_mask_away(desk, qtbot) -> None:
    drag(qtbot, desk.view, [(60, 60), (200, 60)])
    desk.take(ToolName.ERASER)
    drag(qtbot, desk.view, [(100, 60), (105, 60)])
    assert desk.document.mask[60, 102] == 0
    desk.take(ToolName.BRUSH)
    drag(qtbot, desk.view, [(150, 60), (155, 60)], Qt.KeyboardModifier.AltModifier)
    assert desk.document.mask[60, 152] == 0
    assert desk.document.undo_stack.undoText() == "Erase mask"


def test_shift_click_draws_a_straight_line(desk, qtbot) -> None:
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(desk.view, left, pos=place(desk.view, 40, 40))
    qtbot.mouseClick(desk.view, left, Qt.KeyboardModifier.ShiftModifier, place(desk.view, 200, 160))
    for share in np.linspace(0, 1, 9):
        assert desk.document.mask[int(40 + 120 * share), int(40 + 160 * share)] == 255


def test_pen_pressure_changes_the_size(desk) -> None:
    for x, pressure in ((60, 0.2), (200, 1.0)):
        pen(desk.view, "press", x, 100, pressure)
        pen(desk.view, "release", x, 100, 0.0)
    mask = desk.document.mask
    light, firm = mask[:, :130].any(axis=1).sum(), mask[:, 130:].any(axis=1).sum()
    assert 2 <= light <= 8
    assert 18 <= firm <= 22


def test_pen_pressure_changes_the_opacity_by_the_curve(desk) -> None:
    desk.tools.set_brush(
        Brush(
            size=20,
            hardness=1.0,
            pressure_size=False,
            pressure_opacity=True,
            curve=PressureCurve(gamma=2.0),
        )
    )
    pen(desk.view, "press", 100, 100, 0.5)
    pen(desk.view, "release", 100, 100, 0.0)
    assert desk.document.mask[100, 100] == pytest.approx(255 * 0.25, abs=2)


def test_the_pens_other_end_erases(desk) -> None:
    desk.document.change("Fill", MASK, np.ones_like)
    desk.document.change("Fill", MASK, lambda mask: mask * 255)
    pen(desk.view, "press", 100, 100, 1.0, device=RUBBER)
    pen(desk.view, "release", 100, 100, 0.0, device=RUBBER)
    assert desk.document.mask[100, 100] == 0


def test_a_pen_stroke_is_not_doubled_by_mouse_events(desk) -> None:
    assert pen(desk.view, "press", 60, 60)
    at = QPointF(place(desk.view, 60, 200))
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove):
        event = QMouseEvent(kind, at, QPointF(desk.view.mapToGlobal(at)), Qt.MouseButton.LeftButton,
                            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
        QApplication.sendEvent(desk.view, event)
    assert pen(desk.view, "move", 120, 60)
    assert pen(desk.view, "release", 120, 60)
    assert desk.document.undo_stack.count() == 1
    assert not desk.document.mask[150:].any()


def test_escape_takes_an_unfinished_stroke_back(desk, qtbot) -> None:
    view = desk.view
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=place(view, 60, 60))
    qtbot.mouseMove(view, place(view, 160, 60))
    assert desk.document.mask.any()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not desk.document.mask.any()
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=place(view, 160, 60))
    assert desk.document.undo_stack.count() == 0


def test_space_pans_instead_of_painting(desk, qtbot) -> None:
    view = desk.view
    view.set_zoom(3.0)
    view.setFocus()
    before = QPointF(view.transform.centre)
    qtbot.keyPress(view, Qt.Key.Key_Space)
    drag(qtbot, view, [(160, 120), (150, 118)])
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert not desk.document.mask.any()
    assert view.transform.centre != before


def test_rectangle_adds_and_alt_takes_away(desk, qtbot) -> None:
    desk.take(ToolName.RECTANGLE)
    drag(qtbot, desk.view, [(50, 50), (150, 130)])
    mask = desk.document.mask
    assert mask[60:120, 60:140].min() == 255
    assert not mask[:, :46].any()
    drag(qtbot, desk.view, [(80, 70), (100, 100)], Qt.KeyboardModifier.AltModifier)
    assert mask[85, 90] == 0
    assert desk.document.undo_stack.count() == 2


def test_lasso_fills_its_inside(desk, qtbot) -> None:
    desk.take(ToolName.LASSO)
    drag(qtbot, desk.view, [(50, 50), (150, 50), (150, 150), (50, 150)])
    assert desk.document.mask[100, 100] == 255
    assert desk.document.mask[180, 100] == 0


def test_fill_takes_the_connected_area_of_similar_colour(desk, qtbot) -> None:
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[10:30, 10:40] = 200
    picture[40:50, 10:40] = 200
    desk.document.open(picture)
    desk.view.set_scene(PlainScene(desk.document))
    desk.take(ToolName.FILL)
    qtbot.mouseClick(desk.view, Qt.MouseButton.LeftButton, pos=place(desk.view, 20, 20))
    mask = desk.document.mask
    assert (mask[10:30, 10:40] == 255).all()
    assert (mask > 0).sum() == 20 * 30


def test_the_picker_takes_the_colour_and_the_paint_brush_uses_it(desk, qtbot) -> None:
    desk.take(ToolName.PICKER)
    qtbot.mouseClick(desk.view, Qt.MouseButton.LeftButton, pos=place(desk.view, 100.5, 50.5))
    assert desk.tools.colour == tuple(int(v) for v in desk.document.picture[50, 100])
    desk.tools.set_target(PAINT)
    desk.take(ToolName.BRUSH)
    drag(qtbot, desk.view, [(200, 200), (220, 200)])
    assert tuple(desk.document.composite()[200, 210]) == desk.tools.colour
    assert not desk.document.mask.any()


def test_the_outline_shows_the_brush_at_every_zoom(desk) -> None:
    from studio.ui.canvas.tools.base import Pointer

    tool = desk.view._hand.tool
    for zoom in (0.5, 1.0, 4.0):
        desk.view.set_zoom(zoom)
        pointer = Pointer.of(desk.view, QPointF(200, 200), Qt.KeyboardModifier.NoModifier)
        width = tool.marks_rect(desk.view, pointer).width()
        assert width == pytest.approx(max(20 * zoom, 16) + 8)
    desk.tools.set_brush(replace(desk.tools.brush, size=1))
    desk.view.set_zoom(0.2)
    desk.view.grab()


def test_the_frame_follows_the_mask_until_it_is_dragged(desk, qtbot) -> None:
    desk.frame.set_native_size(64)
    drag(qtbot, desk.view, [(150, 110), (170, 120)])
    automatic = desk.frame.shown()
    assert automatic.contains(QRect(145, 105, 30, 20))
    assert automatic.width() < 320
    desk.take(ToolName.FRAME)
    middle = automatic.center()
    drag(qtbot, desk.view, [(middle.x(), middle.y()), (middle.x() + 10, middle.y() + 5)])
    moved = desk.frame.shown()
    assert moved.size() == automatic.size()
    assert abs(moved.x() - automatic.x() - 10) <= 1
    desk.frame.set_rect(None)
    assert desk.frame.shown() == automatic


def test_dragging_an_edge_beyond_the_picture_outpaints(desk, qtbot) -> None:
    desk.view.set_zoom(0.8)
    desk.take(ToolName.FRAME)
    assert desk.frame.shown() == QRect(0, 0, 320, 240)
    drag(qtbot, desk.view, [(320, 120), (340, 120), (390, 120)])
    left, top, right, bottom = desk.frame.growth()
    assert (left, top, bottom) == (0, 0, 0)
    assert abs(right - 70) <= 2
    drag(qtbot, desk.view, [(100, 0), (100, -40)])
    assert abs(desk.frame.growth()[1] - 40) <= 2
    desk.view.grab()


def test_a_dragged_frame_never_turns_inside_out() -> None:
    rect = QRect(10, 10, 100, 80)
    for side in ((-1, -1), (1, 1), (-1, 0), (0, 1)):
        for dx, dy in ((500, 500), (-500, -500)):
            result = dragged(rect, side, dx, dy)
            assert result.width() >= 32
            assert result.height() >= 32


def test_a_stroke_repaints_only_around_itself(desk, qtbot) -> None:
    view = desk.view
    painted = []
    original = view.paintEvent
    view.paintEvent = lambda event: (painted.append(event.rect()), original(event))
    view.set_zoom(1.0)
    QApplication.processEvents()
    painted.clear()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 250))
    desk.document.layer_changed.connect(lambda _layer, rect: view.update_picture(rect))
    qtbot.mouseMove(view, QPoint(312, 250))
    QApplication.processEvents()
    assert painted
    assert max(rect.width() * rect.height() for rect in painted) < 100 * 100
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(312, 250))


def test_nothing_happens_on_an_empty_canvas(qtbot) -> None:
    desk = Desk(qtbot)
    desk.document.open(np.zeros((0, 0, 3), np.uint8))
    for name in ToolName:
        desk.take(name)
        drag(qtbot, desk.view, [(10, 10), (50, 50)])
    assert desk.document.undo_stack.count() == 0
    assert QImage(desk.view.grab().toImage()).width() > 0
