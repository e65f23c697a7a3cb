"""The middle of the window: the picture view, and in the Paint workspace all that surrounds it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QRect, Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QImage
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from studio.state.canvas.room import CanvasRoom
from studio.state.canvas.toolbox import ToolName
from studio.ui.canvas.candidate_strip import CandidateStrip
from studio.ui.canvas.drag_grip import DragGrip
from studio.ui.canvas.drop_zones import DropZones, Use
from studio.ui.canvas.drops import dropped_image, dropped_path, on_white, uses_of, with_alpha
from studio.ui.canvas.empty_canvas import EmptyCanvas
from studio.ui.canvas.options_bar import OptionsBar
from studio.ui.canvas.scene import DocumentScene
from studio.ui.canvas.tool_strip import ToolStrip
from studio.ui.canvas.tools.base import Pointer, Tool
from studio.ui.canvas.tools.brush import BrushTool
from studio.ui.canvas.tools.frame import FrameTool
from studio.ui.canvas.tools.picker import ColourTool, pick_colour
from studio.ui.canvas.tools.shapes import FillTool, ShapeTool
from studio.ui.canvas.view import CanvasView
from studio.ui.canvas.wall import CandidateWall
from studio.ui.dropping import accept_copy
from studio.ui.qimage import from_qimage, to_qimage


class CanvasPage(QWidget):
    """Holds the CanvasView; while the room is active it shows the document and the tools."""

    def __init__(self, room: CanvasRoom, view: CanvasView) -> None:
        super().__init__()
        self.setObjectName("canvasPage")
        self.setAcceptDrops(True)
        self._room = room
        self.view = view
        self.scene = DocumentScene(room, view)
        self.options = OptionsBar(room.tools)
        self.strip = ToolStrip(room.tools)
        self.candidates = CandidateStrip(room.candidates)
        self.wall = CandidateWall(room, self)
        self._offered = 0  # the picture last told of
        self._tools = self._make_tools()
        self._lay_out()
        self.zones = DropZones(self)
        self.empty = EmptyCanvas(view)
        self.grip = DragGrip(self.shown_image)
        view.zoom_chip.add_button(self.grip)
        view.picture_changed.connect(self._place_empty)
        room.active_changed.connect(self._on_active)
        room.tools.tool_changed.connect(self._on_tool)
        room.tools.brush_changed.connect(view.refresh_marks)
        room.candidates.current_changed.connect(self._on_candidate)
        room.candidates.candidates_changed.connect(self._place_candidates)
        room.candidates.side_by_side_changed.connect(self._show_wall)
        self.wall.left.connect(self._leave_wall)
        room.run_over.connect(self.scene.end_preview)
        room.document.document_replaced.connect(self._on_document)
        room.document.stepped.connect(self._leave_wall)  # Undo changes what the wall does not show
        self._on_active(room.is_active)

    def _make_tools(self) -> dict[ToolName, Tool]:
        room, view = self._room, self.view
        brush = BrushTool(room.document, room.tools, self)
        return {
            ToolName.BRUSH: brush,
            ToolName.ERASER: brush,
            ToolName.RECTANGLE: ShapeTool(room.document, room.tools, view, ToolName.RECTANGLE),
            ToolName.LASSO: ShapeTool(room.document, room.tools, view, ToolName.LASSO),
            ToolName.FILL: FillTool(room.document, room.tools, self),
            ToolName.PICKER: ColourTool(self._pick, self),
            ToolName.FRAME: FrameTool(room.frame, view),
        }

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.options)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.strip)
        self._middle = QStackedLayout()
        self._middle.addWidget(self.view)
        self._middle.addWidget(self.wall)
        row.addLayout(self._middle, 1)
        column.addLayout(row, 1)
        column.addWidget(self.candidates)

    @Slot(bool)
    def _on_active(self, is_active: bool) -> None:
        self.options.setVisible(is_active)
        self.strip.setVisible(is_active)
        self._leave_wall()
        self._place_candidates()
        if is_active:
            self.edit_shown(is_forced=False)
        self._show_scene()

    @Slot()
    def _on_document(self) -> None:
        if self._room.is_active and (self.view.scene() is None or self._room.document.is_empty()):
            self._show_scene()

    def _show_scene(self) -> None:
        is_shown = self._room.is_active and not self._room.document.is_empty()
        self.view.set_scene(self.scene if is_shown else None)
        self._place_empty()
        self._on_tool()

    @Slot()
    def _place_empty(self) -> None:
        """Its words would lie on the steps of the first picture that is made here."""
        self.empty.setVisible(self._room.is_active and self.view.picture_size().isEmpty())

    @Slot()
    def _on_tool(self) -> None:
        is_painting = self.view.scene() is not None
        self.view.set_tool(self._tools.get(self._room.tools.tool) if is_painting else None)
        self.scene.set_frame_forced(self._room.tools.tool is ToolName.FRAME)
        self._leave_wall()  # who takes a tool wants to work

    @Slot()
    def edit_shown(self, *, is_forced: bool = True) -> None:
        """Put the picture that the view shows on the canvas.

        is_forced False: only if nothing would be lost, i.e. the canvas is empty or untouched.
        """
        document, image = self._room.document, self.view.image()
        if image is None:
            return
        if not (is_forced or document.is_empty() or not document.is_modified()):
            self._offer(image)
            return
        size = self.view.plain_size()
        if image.size() != size:  # a preview; its picture is larger, and the view smooths it
            smooth = Qt.TransformationMode.SmoothTransformation
            image = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        pixels = from_qimage(image)
        is_same = pixels.shape == document.picture.shape and bool(
            (pixels == document.picture).all()
        )
        if not is_same:
            self._room.files.show_picture(pixels, "")

    def _offer(self, image: QImage) -> None:
        """Tell once of each new picture that the canvas still holds the work on another one."""
        is_told = image.cacheKey() == self._offered or image.size() != self.view.plain_size()
        if is_told or not self._room.is_another_shown():
            return
        if not np.array_equal(from_qimage(image), self._room.document.picture):
            self._offered = image.cacheKey()
            self._room.offer_shown(self.edit_shown)

    def _pick(self, pointer: Pointer) -> None:
        pick_colour(self._room.document, self._room.tools, pointer.at)

    # ---------------------------------------------------------------- results
    @Slot()
    def _place_candidates(self) -> None:
        self.candidates.setVisible(self._room.is_active and bool(self._room.candidates.items))

    @Slot(bool)
    def _show_wall(self, is_shown: bool) -> None:
        self._middle.setCurrentWidget(self.wall if is_shown else self.view)
        if is_shown:
            self.wall.begin()
        else:
            self.wall.end()
            self._on_candidate()
            if self.isVisible():
                self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _leave_wall(self) -> None:
        self._room.candidates.show_side_by_side(False)

    @Slot()
    def _on_candidate(self) -> None:
        candidates = self._room.candidates
        if candidates.is_side_by_side:
            return  # the wall shows it
        chosen = candidates.shown
        if chosen is None:
            self.scene.set_candidate(None, QRect())
        else:
            self.scene.set_candidate(to_qimage(chosen.picture), chosen.place())

    def flat_image(self) -> QImage | None:
        """The document's picture with its paint; None while there is none."""
        document = self._room.document
        return None if document.is_empty() else to_qimage(document.composite())

    def shown_image(self) -> QImage | None:
        """What the view shows: the document with its paint, else the plain picture."""
        return self.flat_image() if self.view.scene() is not None else self.view.image()

    # ---------------------------------------------------------------- drops
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """While painting, ask what becomes of it; elsewhere the window reads settings."""
        uses = uses_of(event.mimeData()) if self._room.is_active else ()
        is_empty = self._room.document.is_empty()
        if is_empty:
            uses = tuple(use for use in uses if use is not Use.MASK)
        if not uses:
            event.ignore()
            return
        accept_copy(event)
        self.zones.offer(uses, is_empty=is_empty)
        self.zones.point_at(event.position())

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Mark the zone under the pointer."""
        self.zones.point_at(event.position())
        accept_copy(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Nothing is dropped."""
        self.zones.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Do with it what the zone under the pointer says."""
        self.zones.hide()
        accept_copy(event)
        use = self.zones.point_at(event.position())
        path = dropped_path(event.mimeData())
        if path is not None:
            self._use_file(use, path)
        else:
            self.take_image(dropped_image(event.mimeData()), use)

    def _use_file(self, use: Use, path: Path) -> None:
        files = self._room.files
        match use:
            case Use.REFERENCE:
                self._room.reference_wanted.emit(path)
            case Use.MASK:
                files.open_mask(path)
            case Use.SETTINGS:
                self._room.settings_wanted.emit(path)
            case _:
                self._set_mode(use)
                files.open(path)

    def paste(self, mime: QMimeData) -> None:
        """Put the clipboard's picture on the canvas; what else it may become is offered then."""
        path, image = dropped_path(mime), dropped_image(mime)
        if path is not None:
            self._room.files.open(path, is_pasted=True)
        elif image is None or image.isNull():
            self._room.refuse_paste()
        else:
            self._room.files.show_picture(from_qimage(on_white(image)), "Pasted picture",
                                          is_in_file=False, is_pasted=True)  # fmt: skip

    def take_image(self, image: QImage | None, use: Use = Use.OPEN) -> None:
        """Use a picture that was dropped from another program."""
        if image is None or image.isNull():
            self._room.refuse_paste()
            return
        if use is Use.MASK:
            self._room.take_mask(with_alpha(image))
            return
        pixels = from_qimage(on_white(image))
        if use is Use.REFERENCE:
            self._room.add_reference("Dropped picture", pixels)
        else:
            self._set_mode(use)
            self._room.files.show_picture(pixels, "Dropped picture", is_in_file=False)

    def _set_mode(self, use: Use) -> None:
        if use is Use.START:
            self._room.edit_options(mode="picture")
        elif use is Use.OPEN:
            self._room.edit_options(mode="mask")
