"""Forks from the strip: from here, unchanged, to the end, with more steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Slot

from studio.engine.errors import InvalidRequest, StudioError
from studio.engine.request import GenerationRequest, Inpaint, Pixels
from studio.library.forks import fork_request, last_step, more_steps
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.session import Run, Session


class Forks(QObject):
    """Turns a step of the shown take and changed settings into a run of the session."""

    def __init__(
        self, filmstrip: Filmstrip, session: Session, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._strip, self._session = filmstrip, session
        # The canvas offers its mask here: the start picture and what of it is repainted.
        self.mask_source: Callable[[], tuple[Pixels, Inpaint] | None] | None = None

    def has_mask(self) -> bool:
        """Whether the canvas has a mask that a fork could use."""
        return self.mask_source is not None and self.mask_source() is not None

    def _with_mask(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Put the canvas's mask where the form says only that it is wanted."""
        new = dict(changes)
        if new.pop("inpaint", None) and self.mask_source is not None:
            found = self.mask_source()
            if found is not None:
                new["image"], new["inpaint"] = found
        return new

    def source(self) -> tuple[GenerationRequest, int]:
        """The settings in force at the scrubber, and the step's index.

        Raises StudioError in words where nothing can be forked.
        """
        node, frame = self._strip.node, self._strip.frame
        if node is None or frame is None:
            raise StudioError("There is no step to fork from.", "Make a picture first.")
        take, step = self._strip.step(node, frame.index)
        request = fork_request(take, step.index, {})
        return request.edit(parent=None), step.index

    def fork(self, changes: Mapping[str, Any]) -> Run | None:
        """Continue from the step under the scrubber with these settings changed.

        changes: see library.forks.fork_request. None if it cannot be; the user is told why.
        """
        node, frame = self._strip.node, self._strip.frame
        if node is None or frame is None:
            self._strip.messages.info("There is no step to fork from.", "Make a picture first.")
            return None
        return self.fork_at(node.id, frame.index, changes)

    def fork_at(self, id: str, index: int, changes: Mapping[str, Any]) -> Run | None:
        """Continue the take `id` from step `index` (from 0)."""
        node = self._strip.tree.get(id)
        if node is None:
            self._strip.messages.info("That take is no longer there.", "Choose another step.")
            return None
        try:
            take, step = self._strip.step(node, index)
            request = fork_request(take, index, self._with_mask(changes))
        except InvalidRequest as error:
            self._strip.messages.error(error.message, error.hint)
            return None
        except StudioError as error:
            self._strip.messages.warning(error.message, error.hint)
            return None
        return self._session.submit(request, fork=step, arrays=take.arrays or None)

    @Slot()
    def continue_take(self) -> Run | None:
        """Finish a stopped take from its last step."""
        node = self._strip.node
        if node is None or node.take is None:
            self._strip.messages.info("There is no stopped take to continue.")
            return None
        try:
            step = last_step(node.take)
        except StudioError as error:
            self._strip.messages.warning(error.message, error.hint)
            return None
        return self.fork_at(node.id, step.index, {})

    @Slot()
    def more_steps(self) -> Run | None:
        """Refine: from the scrubber on, twice as many steps as the take had left."""
        node, frame = self._strip.node, self._strip.frame
        if node is None or frame is None:
            return None
        try:
            take, step = self._strip.step(node, frame.index)
        except StudioError as error:
            self._strip.messages.warning(error.message, error.hint)
            return None
        return self.fork_at(node.id, step.index, more_steps(take, step.index))
