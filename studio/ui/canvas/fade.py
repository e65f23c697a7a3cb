"""The short cross-fade from one picture to the next; none where motion is reduced."""

from __future__ import annotations

from PySide6.QtCore import QVariantAnimation
from PySide6.QtWidgets import QStyle, QWidget

from studio.ui.canvas.plain_image import PlainImage

FADE_MS = 80


class Fade:
    """Keeps the picture before, and how much of it is still seen."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self.picture: PlainImage | None = None  # the one that fades out
        self.is_motion_reduced = False
        self._clock = QVariantAnimation(widget)
        self._clock.setDuration(FADE_MS)
        self._clock.setStartValue(1.0)
        self._clock.setEndValue(0.0)
        self._clock.valueChanged.connect(widget.update)

    @property
    def opacity(self) -> float:
        """Of the picture that fades out, 1 .. 0."""
        return float(self._clock.currentValue())

    def begin(self, before: PlainImage | None, after: PlainImage | None) -> None:
        """Fade from one picture to the next, if both have the same size and motion is wanted."""
        self.end()
        if before is None or after is None or before.picture_size() != after.picture_size():
            return
        hint = QStyle.StyleHint.SH_Widget_Animation_Duration
        is_animated = self._widget.style().styleHint(hint) > 0
        if is_animated and not self.is_motion_reduced and self._widget.isVisible():
            self.picture = before
            self._clock.start()

    def end(self) -> None:
        """Show the new picture alone."""
        self.picture = None
        self._clock.stop()

    def is_over(self) -> bool:
        """True once nothing of the old picture is seen."""
        return self.picture is None or self.opacity == 0.0
