"""The one road for words to the user. Views only render; words wait until a view listens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, Signal

from studio.engine.errors import StudioError

log = logging.getLogger(__name__)


class Level(Enum):
    """How much a message matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class MessageAction:
    """A button on a message. run: a bound method of a QObject, called without arguments."""

    text: str
    run: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Message:
    """What happened (text), what to do (hint), and perhaps a button that does it. Plain text.

    more: further buttons, for a message that is a question.
    """

    level: Level
    text: str
    hint: str = ""
    action: MessageAction | None = None
    more: tuple[MessageAction, ...] = ()


class Messages(QObject):
    """Collects messages for the message bar.

    Signals:
        message_added(Message): there is something to say. Messages that come before a view has
            called `listen` wait in `waiting`.
    """

    message_added = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_heard = False
        self._waiting: list[Message] = []

    def info(
        self,
        text: str,
        hint: str = "",
        action: MessageAction | None = None,
        more: tuple[MessageAction, ...] = (),
    ) -> None:
        """Something the user may like to know."""
        self._add(Message(Level.INFO, text, hint, action, more))

    def warning(
        self,
        text: str,
        hint: str = "",
        action: MessageAction | None = None,
        more: tuple[MessageAction, ...] = (),
    ) -> None:
        """Something went otherwise than expected; work goes on."""
        self._add(Message(Level.WARNING, text, hint, action, more))

    def error(
        self,
        text: str,
        hint: str = "",
        action: MessageAction | None = None,
        more: tuple[MessageAction, ...] = (),
    ) -> None:
        """Something failed."""
        self._add(Message(Level.ERROR, text, hint, action, more))

    def failure(self, error: BaseException, action: MessageAction | None = None) -> None:
        """Put any exception into words: a StudioError speaks for itself."""
        if isinstance(error, StudioError):
            self.error(error.message, error.hint, action)
        elif isinstance(error, MemoryError):
            self.error("The machine is out of memory.", "Close other programs or ask for less.")
        else:
            self.error(
                f"Something went wrong inside the program ({type(error).__name__}).",
                "It is written in the log file. What you made so far is safe.",
                action,
            )

    def listen(self) -> list[Message]:
        """Called once by the view that renders messages; returns those that have waited."""
        self._is_heard = True
        waiting, self._waiting = self._waiting, []
        return waiting

    def _add(self, message: Message) -> None:
        log.info("message (%s): %s", message.level.value, message.text[:200])
        if self._is_heard:
            self.message_added.emit(message)
        else:
            self._waiting.append(message)
