"""Asks for the name under which pictures are kept as a collection."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QInputDialog, QWidget

from studio.library.counting import counted
from studio.state.concepts.kept import NAME_MAX
from studio.state.concepts.room import ConceptRoom
from studio.ui.plain import one_line


class KeepDialog(QInputDialog):
    """A name, new or one of the collections that there are; those are added to."""

    def __init__(self, parent: QWidget, room: ConceptRoom, pictures: Sequence[str]) -> None:
        super().__init__(parent)
        self._room, self._pictures = room, list(pictures)
        self.setObjectName("collectionDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keep as a collection")
        count = len(self._pictures)
        self.setLabelText("A name for this picture:" if count == 1 else
                          f"A name for these {count:,} pictures:")  # fmt: skip
        self.setComboBoxItems([_suggestion(room), *room.kept.collections])
        self.setComboBoxEditable(True)
        self.setOkButtonText("Keep")
        self.textValueSelected.connect(self._keep)

    @Slot(str)
    def _keep(self, name: str) -> None:
        kept = self._room.kept.keep_collection(name, self._pictures)
        if kept:
            held = counted(len(self._room.kept.collections[kept]))
            self._room.studio.messages.info(f"“{one_line(kept, 40)}” holds {held} now.",
                                            "Open it from the saved searches.")  # fmt: skip


def _suggestion(room: ConceptRoom) -> str:
    """What the expression was called, else what it says."""
    naming = room.naming
    best = naming.added[0].word if naming is not None and naming.added else room.bar.text
    return (best or "Collection")[:NAME_MAX]


def keep_pictures(parent: QWidget, room: ConceptRoom, pictures: Sequence[str]) -> None:
    """Ask for a name without holding up the window; nothing to keep, nothing asked."""
    if pictures:
        KeepDialog(parent, room, pictures).open()
