"""A dropped file is looked at, never moved."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from studio.ui.dropping import accept_copy

_COPY, _MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction
_SHIFT = Qt.KeyboardModifier.ShiftModifier


def dropped(actions: Qt.DropAction, path: str = "/pictures/a.png") -> QDropEvent:
    """As a file manager drops it while Shift is held: it proposes to move."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    event = QDropEvent(QPointF(5, 5), actions, mime, Qt.MouseButton.LeftButton, _SHIFT)
    event.kept = mime  # the event does not own it
    return event


def test_a_file_is_never_moved_away() -> None:
    event = dropped(_COPY | _MOVE)
    assert event.proposedAction() == _MOVE
    accept_copy(event)
    assert event.isAccepted()
    assert event.dropAction() == _COPY


def test_what_can_only_be_moved_is_refused() -> None:
    event = dropped(_MOVE)
    accept_copy(event)
    assert not event.isAccepted()
