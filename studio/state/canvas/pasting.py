"""After a paste: the picture is on the canvas; what else it may become is one click away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from studio.engine.request import Pixels
from studio.state.canvas.document import CanvasDocument
from studio.state.messages import MessageAction, Messages


class PasteOffer(QObject):
    """Tells that a pasted picture has taken another's place, and offers the other uses.

    A drop shows its zones beforehand; a paste has no place to ask, so it does the usual thing.
    """

    def __init__(
        self, document: CanvasDocument, messages: Messages, *, start: Callable[[], object],
        reference: Callable[[str, Pixels], object], parent: QObject,
    ) -> None:  # fmt: skip
        """start: image to image from now on; reference(name, picture): keep it in sight."""
        super().__init__(parent)
        self._document, self._messages = document, messages
        self._start, self._reference = start, reference
        self._name, self._picture = "", document.picture
        self._identity = -1

    @Slot(str, object)
    def offer(self, name: str, picture: Pixels) -> None:
        """picture: [H, W, 3], just pasted."""
        self._name, self._picture = name, picture
        self._identity = self._document.identity
        self._messages.info(
            "The pasted picture has taken the old one's place.",
            "Undo brings the old one back, with its mask and paint.",
            MessageAction("Undo", self.undo),
            (MessageAction("Start from it", self.start),
             MessageAction("Make it a reference", self.to_references)),
        )  # fmt: skip

    @Slot()
    def undo(self) -> None:
        """Back to before the paste, whatever was done since; nothing if it is not there now."""
        stack = self._document.undo_stack
        while self._document.identity == self._identity and stack.canUndo():
            stack.undo()  # by identity: a full history forgets its oldest steps and counts anew

    @Slot()
    def start(self) -> None:
        """Image to image with the pasted picture."""
        self._start()

    @Slot()
    def to_references(self) -> None:
        """The old picture comes back; the pasted one lies beside it."""
        self.undo()
        self._reference(self._name, self._picture)
