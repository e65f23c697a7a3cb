"""Errors in words: what happened, and what to do. Torch-free; every room may raise them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.engine.record import Take


class StudioError(Exception):
    """An error for the user's eyes: one sentence saying what happened, one saying what to do.

    message: what happened, plain text, no markup. hint: the next step; may be empty.
    take: the steps of the run that it ended, if there are any, so that no work is lost.
    unkept: why those steps could not be saved, if so.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.take: Take | None = None
        self.unkept: SaveFailed | None = None

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidRequest(StudioError):
    """A setting is impossible. `field` names the attribute of GenerationRequest to mark."""

    def __init__(self, field: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.field = field


class UnsafeFile(StudioError):
    """A file from a stranger breaks the guard's policy and was not opened."""


class BrokenFile(StudioError):
    """A file is missing, truncated, or not what its name says."""


class ModelNotFound(StudioError):
    """No model of that name or path is on this disk."""


class UnsupportedModel(StudioError):
    """The model is whole, but of a family or kind that this program cannot run."""


class OutOfMemory(StudioError):
    """The device or the machine has too little memory; what was held has been freed."""


class NotFinite(StudioError):
    """The model produced NaN or infinity, also in full precision. `step` counts from 0."""

    def __init__(self, step: int, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.step = step


class SaveFailed(StudioError):
    """A file could not be written; what was there before is untouched."""


class Cancelled(Exception):
    """Raised when the user has asked to stop; not an error.

    take: the run so far (a record.Take with state "cancelled"), or None if no step was made.
    unkept: why it could not be saved, if so.
    """

    def __init__(self, take: Take | None = None) -> None:
        super().__init__("Stopped by the user.")
        self.take = take
        self.unkept: SaveFailed | None = None
