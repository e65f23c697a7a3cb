"""Files that are dropped on the window stay where they are."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QDropEvent

_COPY = Qt.DropAction.CopyAction


def accept_copy(event: QDropEvent) -> None:
    """Take what is dragged as a copy, whatever the other program proposes.

    With Shift held, or between folders of one disk, file managers propose to move; some then
    delete the file that we only looked at. What cannot be copied is refused.
    """
    if event.possibleActions() & _COPY:
        event.setDropAction(_COPY)
        event.accept()
    else:
        event.ignore()
