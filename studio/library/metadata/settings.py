"""What a picture file says about how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.engine.request import GenerationRequest

SHOWN_MAX = 64_000  # characters of raw text that a window may show


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The outcome of reading; always one of these, whatever the bytes were.

    request: the settings, None if none were found. found: the names of the request's fields that
    the file really states; the others are defaults. raw: the text as written, shortened.
    generator: the program that made the picture, "" unknown. fields: every other statement, as
    text. warnings: what could not be taken over, in words. take_id, state, label: only in our own
    files: the run, "finished" or "cancelled", and e.g. "x0 of step 14 of 30". parent: (take id,
    step) that it was forked from or that it shows.
    """

    request: GenerationRequest | None = None
    found: frozenset[str] = frozenset()
    raw: str = ""
    generator: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    take_id: str = ""
    state: str = ""
    label: str = ""
    parent: tuple[str, int] | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.request is not None
