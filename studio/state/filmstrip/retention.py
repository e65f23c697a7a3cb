"""How much of the takes is kept on disk, and how much room the shown one needs."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from studio.state.filmstrip.errands import once
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.messages import MessageAction
from studio.state.settings import Settings

if TYPE_CHECKING:
    from studio.library.database import Library

KEEP_LAST_MIN = 1
# Setting value -> words. "last N" takes any number.
POLICIES = {
    "all": "Keep every take whole",
    "last 200": "Keep the newest 200 whole",
    "last 50": "Keep the newest 50 whole",
    "last 10": "Keep the newest 10 whole",
    "previews": "Keep previews only",
}


class Retention(QObject):
    """Applies the policy after each run, on the background worker.

    Signals:
        freed(int): so many bytes were given back.
    """

    freed = Signal(int)

    def __init__(
        self,
        filmstrip: Filmstrip,
        library: Library,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._strip, self._library, self._settings = filmstrip, library, settings
        filmstrip.take_saved.connect(self.apply)

    @property
    def policy(self) -> str:
        """A key of POLICIES, or "last N"."""
        return str(self._settings.get("keep_takes"))

    def ask_policy(self, policy: str) -> None:
        """Choose how much is kept. Keeping less than now is asked about first: steps that are
        dropped do not come back.
        """
        if _kept(policy) >= _kept(self.policy):
            self.set_policy(policy)
            return
        which = "every other take" if _kept(policy) else "every take"
        self._strip.messages.warning(
            f"{POLICIES.get(policy, policy)}: the steps of {which} go for good.",
            "Their previews and pictures stay, but nothing can be forked from them any more.",
            MessageAction("Drop their steps", _Question(self, policy).confirm),
        )

    def set_policy(self, policy: str) -> None:
        """Choose how much is kept, and apply it at once."""
        self._settings.set("keep_takes", policy)
        self.apply()

    @Slot()
    def apply(self) -> None:
        """Drop the steps of takes that are too old; their previews stay."""
        if self.policy == "all":
            return
        work = once(partial(self._library.keep_takes, self.policy))
        self._strip.errands.run(work, "Tidying takes", self._on_freed)

    def _on_freed(self, count: int) -> None:
        if not count:
            return
        # What is open stays whole until it is closed; what is shown as its size is the disk's.
        for node in self._strip.tree.nodes():
            if node.file is not None and node.size_bytes:
                node.size_bytes = _size(node.file)
        self.freed.emit(count)


class _Question(QObject):
    """One policy that the user has yet to confirm: each message's button means its own."""

    def __init__(self, retention: Retention, policy: str) -> None:
        super().__init__(retention)
        self._retention, self._policy = retention, policy

    @Slot()
    def confirm(self) -> None:
        """The user agrees."""
        self._retention.set_policy(self._policy)


def _kept(policy: str) -> float:
    """How many takes a policy keeps whole."""
    if policy == "all":
        return math.inf
    number = policy.removeprefix("last ")
    return int(number) if number.isdecimal() else 0


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def size_words(size_bytes: int) -> str:
    """Bytes in words: "3.1 MB"."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"
