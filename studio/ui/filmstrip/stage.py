"""Shows the frame under the scrubber on the canvas, large; and the other one for A/B."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Slot

from studio.state.filmstrip.filmstrip import Filmstrip, Shown
from studio.ui.canvas.view import CanvasView
from studio.ui.filmstrip.ab_overlay import ABOverlay
from studio.ui.qimage import to_qimage


class FilmstripStage(QObject):
    """Binds a Filmstrip to a CanvasView. While `is_active` is False the canvas is left alone."""

    def __init__(
        self, filmstrip: Filmstrip, view: CanvasView, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._strip, self._view = filmstrip, view
        self.overlay = ABOverlay(view)
        self.is_active = True
        self._shown: Shown | None = None
        filmstrip.shown_changed.connect(self.refresh)
        filmstrip.take_shown.connect(self.refresh)

    def set_active(self, is_active: bool) -> None:
        """Give the canvas to the strip, or to someone else (painting)."""
        self.is_active = is_active
        self._shown = None
        self.overlay.set_picture(None, QSize(), ("", ""))
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Bring canvas, caption and overlay up to date."""
        if not self.is_active:
            return
        shown = self._strip.shown()
        if shown is None:
            return
        if self._shown is None or shown.pixels is not self._shown.pixels:
            size = QSize(shown.width, shown.height)
            self._view.set_image(to_qimage(shown.pixels), size)
        self._view.set_caption(shown.caption)
        self._shown = shown
        self._refresh_overlay(shown)

    def _refresh_overlay(self, shown: Shown) -> None:
        other = self._strip.other()
        if other is None:
            self.overlay.set_picture(None, QSize(), ("", ""))
            return
        picture, label = other
        size, own = (QSize(one.width, one.height) for one in (shown, picture))
        self.overlay.set_picture(to_qimage(picture.pixels), size, (label, _short(shown.caption)),
                                 own)  # fmt: skip


def _short(caption: str) -> str:
    return "B  " + caption.partition(" · ")[0]
