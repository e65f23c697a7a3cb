"""Keep this frame: the predicted picture of a step becomes a picture of the gallery."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.errors import StudioError
from studio.engine.record import Take
from studio.engine.request import Pixels
from studio.library.saving import Saved
from studio.state.filmstrip.errands import once
from studio.state.filmstrip.filmstrip import Filmstrip

if TYPE_CHECKING:
    from studio.library.database import Library


class Keeper(QObject):
    """Decodes the frame under the scrubber and saves it with true metadata.

    Signals:
        kept(Saved): the picture is in the library.
    """

    kept = Signal(object)

    def __init__(
        self, filmstrip: Filmstrip, library: Library, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._strip, self._library = filmstrip, library

    @Slot()
    def keep(self) -> None:
        """Keep x0 of the step under the scrubber."""
        node, frame = self._strip.node, self._strip.frame
        if node is None or frame is None:
            return
        if frame.index >= frame.total and node.picture is not None:
            self._strip.messages.info("The finished picture is in the gallery already.")
            return
        try:
            take, step = self._strip.step(node, frame.index)
            decode = self._strip.decode(node, frame.index, "x0")
        except StudioError as error:
            self._strip.messages.info(error.message, error.hint)
            return
        label = f"x0 of step {step.index + 1} of {step.total}"
        work = once(partial(_save, self._library, decode, take, step.index, label))
        self._strip.errands.run(work, f"Keeping {label}", self._on_kept)

    def _on_kept(self, saved: Saved) -> None:
        self._strip.messages.info(f"Kept as {saved.path.name}.", "It is in the gallery.")
        self.kept.emit(saved)


def _save(
    library: Library, decode: Callable[[], Pixels], take: Take, index: int, label: str
) -> Saved:
    return library.save_picture(
        decode(), take.request, label=label, take=take, parent=(take.id, index)
    )
