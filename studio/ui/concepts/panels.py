"""What the Concepts workspace offers to the window: its docks, its page and its actions."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from studio.state.concepts.room import ConceptRoom
from studio.state.studio import Studio
from studio.ui.actions import Actions
from studio.ui.concepts.draw_panel import DrawPanel
from studio.ui.concepts.expression_panel import ExpressionPanel
from studio.ui.concepts.meter import MeterPanel
from studio.ui.concepts.search_panel import SearchPanel
from studio.ui.concepts.thumbs import Thumbs
from studio.ui.concepts.words_panel import MARGINS, ClassifyLine, WordsPanel
from studio.ui.controls import STEP
from studio.ui.panels import Panel

HERE = frozenset({"concepts"})


def build_panels(studio: Studio, actions: Actions) -> list[Panel]:
    """The room's panels; `studio.concepts` becomes the room."""
    if studio.open_concepts is None:
        return []
    room = ConceptRoom(studio, studio.open_concepts())
    studio.concepts = room
    desk = ConceptDesk(room, actions)
    return [
        Panel(name="search", title="Search", widget=desk.search, area="centre", workspaces=HERE,
              icon="search", order=0),  # before the picture, which this workspace shows too
        Panel(name="concepts", title="Concepts", widget=desk.words, area="left",
              workspaces=HERE, icon="search", order=10, size=340),
        Panel(name="draw", title="Draw it", widget=DrawPanel(room), area="right",
              workspaces=HERE, icon="brush", order=10, size=320),
        Panel(name="meter", title="Concept meter", widget=MeterPanel(room), area="right",
              workspaces=HERE, icon="eye", order=20, size=320),
    ]  # fmt: skip


class ConceptDesk(QObject):
    """Builds the widgets that share thumbnails, and registers the actions."""

    def __init__(self, room: ConceptRoom, actions: Actions) -> None:
        super().__init__(room)
        self._room = room
        self._thumbs = Thumbs(room)
        self.expression = ExpressionPanel(room, self._thumbs)
        self.search = SearchPanel(room, self._thumbs)
        self.words = QWidget()
        column = QVBoxLayout(self.words)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(2 * STEP)
        column.addWidget(self.expression)
        column.addWidget(WordsPanel(room, self._thumbs), 1)
        column.addWidget(ClassifyLine(room))
        self._register(actions)

    def _register(self, actions: Actions) -> None:
        rows = (
            ("concepts.picture", "Add pictures to the expression…",
             self.expression.choose_pictures, "", "picture"),
            ("concepts.strip", "Add this step to the expression", self.add_step, "", "filmstrip"),
            ("concepts.folder", "Search another folder…", self.search.index_line.add_folder, "",
             "folder"),
            ("concepts.index", "Update the index", self._room.start_indexing, "", ""),
            ("concepts.pause", "Pause indexing", self._room.indexing.pause, "", "pause"),
            ("concepts.more", "More like the chosen pictures",
             self.search.view.more_like_this, "", ""),
            ("concepts.less", "Less like the chosen pictures",
             self.search.view.less_like_this, "", ""),
            ("concepts.name", "Name the chosen pictures", self.search.view.name_these, "", ""),
            ("concepts.keep", "Keep the found pictures as a collection…",
             self.search.view.keep_these, "", "keep"),
            ("concepts.map", "Show the map of meaning", self.search.show_map, "", "map"),
            ("concepts.words", "Name with a word list of yours…", self.add_word_list, "", ""),
            ("concepts.models", "Look for CLIP models again", self._room.look_for_models, "", ""),
        )  # fmt: skip
        for id_, text, slot, key, icon in rows:
            actions.add(id_, text, slot, shortcut=key, icon=icon, menu="Concepts",
                        workspaces=HERE)  # fmt: skip
        bar = self._room.bar
        actions.add("concepts.undo", "Undo in the expression", bar.undo, shortcut="Ctrl+Z",
                    icon="undo", menu="Concepts", workspaces=HERE)  # fmt: skip
        actions.add("concepts.redo", "Redo in the expression", bar.redo,
                    shortcut=("Ctrl+Shift+Z", "Ctrl+Y"), icon="redo", menu="Concepts",
                    workspaces=HERE)  # fmt: skip
        actions.add(
            "concepts.find", "Write a concept expression", self.focus_expression,
            shortcut="Ctrl+F", icon="search", menu="Concepts", workspaces=HERE,
        )  # fmt: skip

    @Slot()
    def focus_expression(self) -> None:
        """Put the cursor into the expression."""
        self.expression.edit.setFocus()
        self.expression.edit.selectAll()

    @Slot()
    def add_word_list(self) -> None:
        """Choose a plain text with one term a line."""
        name, _ = QFileDialog.getOpenFileName(self.words, "Name with these words too", "",
                                              "Word lists (*.txt *.tsv)")  # fmt: skip
        if name:
            self._room.add_word_list(Path(name))

    @Slot()
    def add_step(self) -> None:
        """Take the predicted picture under the scrubber into the expression."""
        strip = self._room.studio.filmstrip
        frame, name = strip.frame, strip.shown_name()
        if name:
            self._room.bar.add_picture(name)
            return
        if frame is None or "x0" not in frame.lanes:
            self._room.studio.messages.info("No step is shown.", "Open a picture with its strip.")
            return
        try:
            path = self._room.keep_picture(frame.lanes["x0"])
        except OSError as error:
            self._room.studio.messages.error(f"The step could not be kept: {error.strerror}.",
                                             "Free some disk space.")  # fmt: skip
            return
        self._room.bar.add_picture(path)
