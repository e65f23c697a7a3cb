"""What the canvas offers to the window: the picture, its tools and docks, and their actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog, QUndoView, QWidget

from studio.library.images import SUFFIXES
from studio.library.project import SUFFIX
from studio.state.canvas.room import CanvasRoom
from studio.state.studio import Studio
from studio.ui.actions import Actions
from studio.ui.canvas.page import CanvasPage
from studio.ui.canvas.references_panel import ReferencesPanel
from studio.ui.canvas.repaint_panel import RepaintPanel
from studio.ui.canvas.tool_strip import TARGETS, TOOLS
from studio.ui.canvas.view import CanvasView
from studio.ui.panels import Panel
from studio.ui.save_name import ask_save_name

_PAINT = frozenset({"paint"})
_WITH_PICTURE = frozenset({"generate", "paint", "concepts"})
_OPEN_FILTER = f"Pictures and projects (*{SUFFIX} {' '.join('*' + s for s in sorted(SUFFIXES))})"
_STEPS_STYLE = (
    "QUndoView { background: transparent; border: none; padding: 2px 8px; }"
    "QUndoView::item { padding: 3px 6px; }"
    "QUndoView::item:selected { background: palette(button); color: palette(button-text);"
    " border: 1px solid palette(highlight); }"
)
Row = tuple[str, str, Callable[..., object], str | tuple[str, ...], str, str]


def build_panels(studio: Studio, actions: Actions, view: CanvasView) -> list[Panel]:
    """The picture in the middle, and in the Paint workspace its docks. Sets `studio.canvas`."""
    room = CanvasRoom(studio)
    studio.canvas = room
    page = CanvasPage(room, view)
    desk = CanvasDesk(room, page, actions, studio)
    return [
        Panel(name="canvas", title="Picture", widget=page, area="centre", order=1,
              workspaces=_WITH_PICTURE, icon="picture"),
        Panel(name="repaint", title="Repaint", widget=desk.repaint_panel, area="right",
              workspaces=_PAINT, icon="mask", order=20, size=330),
        Panel(name="undo", title="Steps", widget=desk.undo_view, area="right",
              workspaces=_PAINT, icon="undo", order=40),
        Panel(name="references", title="References", widget=desk.references_panel, area="right",
              workspaces=_PAINT, icon="picture", order=50),
    ]  # fmt: skip


class CanvasDesk(QObject):
    """Joins the canvas's page, its docks and the window's actions."""

    def __init__(
        self, room: CanvasRoom, page: CanvasPage, actions: Actions, studio: Studio
    ) -> None:
        super().__init__(room)
        self._room, self._page, self._studio = room, page, studio
        page.view.set_reduced_motion(studio.settings.get("reduced_motion"))
        studio.settings.setting_changed.connect(self._on_setting)
        self._register(actions)
        page.empty.open_wanted.connect(self.open)
        page.empty.paste_wanted.connect(self.paste)
        room.files.recovery.place_wanted.connect(self.save_as)
        self._on_setting("workspace", studio.settings.get("workspace"))

    # ---------------------------------------------------------------- docks
    def repaint_panel(self) -> QWidget:
        """The Repaint dock's content."""
        panel = RepaintPanel(self._room)
        panel.fork_wanted.connect(self.fork_with_mask)
        return panel

    def undo_view(self) -> QWidget:
        """The history dock's content: a click jumps there."""
        view = QUndoView(self._room.document.undo_stack)
        view.setObjectName("undoView")
        view.setAccessibleName("History of steps")
        view.setEmptyLabel("The picture as it was opened")
        view.setProperty("role", "bare")
        view.setStyleSheet(_STEPS_STYLE)
        return view

    def references_panel(self) -> QWidget:
        """The References dock's content."""
        panel = ReferencesPanel(self._room.document, self._room.tools)
        panel.add_wanted.connect(self.add_reference)
        return panel

    # ---------------------------------------------------------------- actions
    def _register(self, actions: Actions) -> None:
        # Enter belongs to the picture alone: in the fields above it, it ends the typing.
        taking: Row = ("canvas.take", "Take the result", self._room.candidates.take,
                       ("Return", "Enter"), "take", "")  # fmt: skip
        for rows, where in ((self._window_rows(), None), (self._key_rows(), self._page),
                            ((taking,), self._page.view)):  # fmt: skip
            for id_, text, slot, key, icon, tip in rows:
                actions.add(id_, text, slot, shortcut=key, icon=icon, tip=tip, context=where,
                            workspaces=_PAINT, menu="Paint")  # fmt: skip
        view = self._page.view
        for id_, text, slot, key, tip in (
            ("view.fit", "Show the whole picture", view.fit, "Ctrl+0", ""),
            ("view.actual", "Actual size, 100 %", view.actual_size, "Ctrl+Alt+0",
             "One picture pixel per screen pixel. While the picture has the focus, 1 and Ctrl+1 "
             "do it too; pressed once more, Ctrl+1 shows the Generate workspace."),
            ("view.rotate_right", "Turn the view right", view.rotate_right, "Ctrl+]", ""),
            ("view.rotate_left", "Turn the view left", view.rotate_left, "Ctrl+[", ""),
            ("view.upright", "Turn the view upright", view.reset_rotation, "", ""),
        ):  # fmt: skip
            actions.add(id_, text, slot, shortcut=key, tip=tip, menu="View")
        strip = self._page.strip
        for id_, icon in (("canvas.undo", "undo"), ("canvas.redo", "redo"),
                          ("canvas.open", "open"), ("canvas.save", "save"),
                          ("canvas.shown", "picture")):  # fmt: skip
            strip.add_action(actions[id_], icon, id_.replace(".", "_"))
        for tool, *_ in TOOLS:
            strip.follow(tool, actions[f"canvas.{tool.name.lower()}"])
        for layer, *_ in TARGETS:
            strip.follow(layer, actions[f"canvas.{layer}"])

    def _window_rows(self) -> tuple[Row, ...]:
        room = self._room
        stack = room.document.undo_stack
        return (
            ("canvas.undo", "Undo", stack.undo, "Ctrl+Z", "undo", "Take the last step back."),
            ("canvas.redo", "Redo", stack.redo, ("Ctrl+Shift+Z", "Ctrl+Y"), "redo",
             "Do the step again."),
            ("canvas.open", "Open a picture or project…", self.open, "Ctrl+O", "open", ""),
            ("canvas.save", "Save the project", self.save, "Ctrl+S", "save",
             "Picture, mask, paint and settings in one file."),
            ("canvas.save_as", "Save the project as…", self.save_as, "Ctrl+Shift+S", "", ""),
            ("canvas.shown", "Put the shown picture on the canvas", self._page.edit_shown, "",
             "picture", "The picture or step that the strip shows."),
            ("canvas.vary", "Four variations", room.vary, "", "variations", ""),
            ("canvas.fork_mask", "Go on from this step with this mask", self.fork_with_mask, "",
             "fork", ""),
            ("canvas.reference", "Add a reference picture…", self.add_reference, "", "", ""),
            ("canvas.open_mask", "Use a picture as mask…", self.open_mask, "", "mask",
             "White is repainted, black kept; in a picture with transparent parts, these are "
             "repainted. It has the picture's size."),
            ("canvas.recover", "Bring back an unsaved canvas", room.files.recovery.recover, "", "",
             "The newest one that no file holds."),
            ("canvas.clear_paint", "Clear the paint layer", room.clear_paint, "", "", ""),
            ("canvas.grow", "Grow the mask…", self.grow, "", "grow", ""),
            ("canvas.feather", "Feather the mask…", self.feather, "", "feather", ""),
        )  # fmt: skip

    def _key_rows(self) -> tuple[Row, ...]:
        room = self._room
        tools, candidates = room.tools, room.candidates
        rows: list[Row] = [
            (f"canvas.{tool.name.lower()}", tool.value, partial(tools.set_tool, tool), key, icon,
             words)
            for tool, icon, key, words in TOOLS
        ]  # fmt: skip
        rows += [
            (f"canvas.{layer}", f"Work on the {layer}", partial(tools.set_target, layer), key, icon,
             words)
            for layer, icon, key, words in TARGETS
        ]  # fmt: skip
        rows += [
            ("canvas.larger", "Larger brush", tools.grow_brush, "]", "", ""),
            ("canvas.smaller", "Smaller brush", tools.shrink_brush, "[", "", ""),
            ("canvas.harder", "Harder brush", tools.harden_brush, "Shift+]", "", ""),
            ("canvas.softer", "Softer brush", tools.soften_brush, "Shift+[", "", ""),
            ("canvas.invert", "Invert the mask", room.invert_mask, "X", "invert", ""),
            ("canvas.fill_mask", "Mask everything", room.fill_mask, "Ctrl+A", "", ""),
            ("canvas.clear", "Clear the mask", room.clear_mask, ("Ctrl+D", "Del"), "clear-mask",
             ""),
            ("canvas.overlay", "Show or hide the mask", tools.toggle_overlay, "Q", "eye", ""),
            ("canvas.auto_frame", "Let the frame follow the mask", self.reset_frame, "Shift+C", "",
             ""),
            ("canvas.next", "Next result", candidates.show_next, ".", "", ""),
            ("canvas.previous", "Previous result", candidates.show_previous, ",", "", ""),
            ("canvas.side", "Results side by side", candidates.toggle_side_by_side, "V",
             "variations", "All results at once, large, beside the picture as it was."),
            ("canvas.paste", "Paste a picture", self.paste, "Ctrl+V", "", ""),
            ("canvas.copy", "Copy the picture", self.copy, "Ctrl+C", "copy", ""),
        ]  # fmt: skip
        return tuple(rows)

    # ---------------------------------------------------------------- slots
    @Slot(str, object)
    def _on_setting(self, key: str, value: object) -> None:
        if key == "workspace":
            self._room.set_active(value == "paint")
        elif key == "reduced_motion":
            self._page.view.set_reduced_motion(bool(value))

    @Slot()
    def reset_frame(self) -> None:
        """Let the frame follow the mask again."""
        self._room.frame.set_rect(None)

    @Slot()
    def fork_with_mask(self) -> None:
        """Go on from the step under the strip's scrubber with the mask as it is now."""
        self._room.fork_shown()

    @Slot()
    def open(self) -> None:
        """Ask for a picture or project."""
        self._choose("Open", self._room.files.open)

    @Slot()
    def add_reference(self) -> None:
        """Ask for a picture to look at."""
        self._choose("Add a reference", self._room.files.add_reference)

    @Slot()
    def open_mask(self) -> None:
        """Ask for a picture whose brightness shall be the mask."""
        self._choose("Use as mask", self._room.files.open_mask)

    def _choose(self, title: str, then: Callable[[Path], object]) -> None:
        name, _ = QFileDialog.getOpenFileName(self._page, title, self._folder(), _OPEN_FILTER)
        if name:
            then(Path(name))

    @Slot()
    def save(self) -> None:
        """Save to the project's file; ask for one if there is none."""
        if self._room.files.path is None:
            self.save_as()
        elif not self._room.document.is_empty():
            self._room.files.save(self._room.files.path)

    @Slot()
    def save_as(self) -> None:
        """Ask where, and save the project there."""
        if self._room.document.is_empty():
            self._studio.messages.info("There is no picture to save.", "Open or make one first.")
            return
        start = str(Path(self._folder()) / f"picture{SUFFIX}")
        path = ask_save_name(self._page, "Save the project", start, f"Projects (*{SUFFIX})", SUFFIX)
        if path is not None:
            self._room.files.save(path)

    def _folder(self) -> str:
        path = self._room.files.path
        return str(path.parent if path else self._studio.home.pictures)

    @Slot()
    def paste(self) -> None:
        """Put the clipboard's picture on the canvas."""
        self._page.paste(QGuiApplication.clipboard().mimeData())

    @Slot()
    def copy(self) -> None:
        """Copy the picture with its paint."""
        image = self._page.flat_image()
        if image is not None:
            QGuiApplication.clipboard().setImage(image)

    @Slot()
    def grow(self) -> None:
        """Ask by how much, and grow or shrink the mask."""
        self._ask("Grow the mask", "Pixels (negative shrinks):", 8, -128, 128, self._room.grow_mask)

    @Slot()
    def feather(self) -> None:
        """Ask by how much, and soften the mask's edge."""
        self._ask("Feather the mask", "Pixels:", 8, 1, 128, self._room.feather_mask)

    def _ask(
        self, title: str, label: str, value: int, low: int, high: int, then: Callable[[int], None]
    ) -> None:
        number, is_given = QInputDialog.getInt(self._page, title, label, value, low, high)
        if is_given:
            then(number)
