"""Labels and tooltips that show untrusted text as it is.

Qt guesses whether a label or tooltip is rich text; 241 bytes of nested tables in a prompt then
freeze the window for seconds. Every text that comes from a prompt, a file or an error passes
through here.
"""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QWidget

TEXT_LIMIT = 4000  # characters; nobody reads more in a label, and layout time grows with length
TIP_LIMIT = 1200


def shorten(text: str, limit: int = TEXT_LIMIT) -> str:
    """`text` without NULs, cut to `limit` characters with an ellipsis."""
    text = text.replace("\x00", "")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int = 80) -> str:
    """`text` on one line, cut to `limit` characters."""
    return shorten(" ".join(text[: 4 * limit].split()), limit)


class PlainLabel(QLabel):
    """A label that never interprets its text."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show `text` literally, cut to TEXT_LIMIT characters."""
        super().setText(shorten(text))


def plain_label(text: str = "", *, role: str = "") -> PlainLabel:
    """A label that never interprets its text.

    role: "" | "heading" | "muted" | "title": how the theme draws it.
    """
    label = PlainLabel(text)
    if role:
        label.setProperty("role", role)
    return label


def plain_tip(text: str) -> str:
    """`text` as a tooltip that is drawn literally and wraps at a readable width.

    Tooltips have no plain-text mode, so the text is escaped and marked as rich on purpose.
    """
    if not text:
        return ""
    escaped = html.escape(shorten(text, TIP_LIMIT)).replace("\n", "<br>")
    return f"<qt>{escaped}</qt>"


def set_plain_tip(target: QWidget | QAction, text: str) -> None:
    """Give a widget or action a literal tooltip; screen readers get the same words."""
    target.setToolTip(plain_tip(text))
    if isinstance(target, QWidget):
        target.setAccessibleDescription(shorten(text, TIP_LIMIT))
    else:
        target.setStatusTip(one_line(text, 200))
