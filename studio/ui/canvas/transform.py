"""Where the picture lies in the view: zoom, pan, rotation. Geometry only, no widgets."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

ZOOM_MIN, ZOOM_MAX = 0.02, 64.0  # device pixels per picture pixel
ZOOM_STEP = 2.0**0.25  # one notch of the wheel
FIT_MARGIN = 24.0  # logical px kept free around a fitted picture


@dataclass(slots=True)
class ViewTransform:
    """The map between picture pixels and the view's logical pixels.

    zoom: device pixels per picture pixel, so that 1.0 is sharp on every screen.
    centre: the picture point in the middle of the view. angle: degrees, clockwise.
    is_fitted: follow the view's size until the user zooms or pans.
    """

    picture: QSizeF = field(default_factory=lambda: QSizeF(1, 1))
    view: QSizeF = field(default_factory=lambda: QSizeF(1, 1))
    ratio: float = 1.0  # device pixels per logical pixel
    zoom: float = 1.0
    centre: QPointF = field(default_factory=QPointF)
    angle: float = 0.0
    is_fitted: bool = True

    @property
    def scale(self) -> float:
        """Logical pixels per picture pixel."""
        return self.zoom / self.ratio

    def _exact(self) -> QTransform:
        """Picture pixels to logical view pixels."""
        matrix = QTransform()
        matrix.translate(self.view.width() / 2, self.view.height() / 2)
        matrix.rotate(self.angle)
        matrix.scale(self.scale, self.scale)
        matrix.translate(-self.centre.x(), -self.centre.y())
        return matrix

    def matrix(self) -> QTransform:
        """Picture pixels to logical view pixels; snapped to device pixels when not rotated."""
        matrix = self._exact()
        if self.angle % 90:
            return matrix
        dx = round(matrix.dx() * self.ratio) / self.ratio - matrix.dx()
        dy = round(matrix.dy() * self.ratio) / self.ratio - matrix.dy()
        return matrix * QTransform.fromTranslate(dx, dy)

    def to_picture(self, point: QPointF) -> QPointF:
        """The picture point under a point of the view."""
        return self.matrix().inverted()[0].map(point)

    def to_view(self, point: QPointF) -> QPointF:
        """The point of the view where a picture point is drawn."""
        return self.matrix().map(point)

    def fit_zoom(self) -> float:
        """The zoom at which the whole (rotated) picture is seen with a margin."""
        turned = QTransform().rotate(self.angle).mapRect(QRectF(QPointF(), self.picture))
        room_x = max(self.view.width() - 2 * FIT_MARGIN, 8.0) / max(turned.width(), 1.0)
        room_y = max(self.view.height() - 2 * FIT_MARGIN, 8.0) / max(turned.height(), 1.0)
        return _clamp(min(room_x, room_y) * self.ratio)

    def fit(self) -> None:
        """Show the whole picture, and keep doing so when the view changes its size."""
        self.is_fitted = True
        self.zoom = self.fit_zoom()
        self.centre = QPointF(self.picture.width() / 2, self.picture.height() / 2)

    def zoom_to(self, zoom: float, anchor: QPointF) -> None:
        """Set the zoom; the picture point under `anchor` (view coordinates) stays there."""
        # Unsnapped: otherwise half a pixel would add up with every notch of the wheel.
        held = self._exact().inverted()[0].map(anchor)
        self.zoom = _clamp(zoom)
        self.is_fitted = False
        moved = self._exact().inverted()[0].map(anchor)
        self.centre += held - moved
        self._keep_in_reach()

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by logical pixels of the view."""
        back = QTransform().rotate(-self.angle).map(QPointF(dx, dy)) / self.scale
        self.centre -= back
        self.is_fitted = False
        self._keep_in_reach()

    def turn(self, degrees: float) -> None:
        """Rotate the view around its middle; 360 wraps to 0."""
        self.angle = (self.angle + degrees) % 360
        if self.is_fitted:
            self.fit()

    def resize(self, view: QSizeF, ratio: float) -> None:
        """The view has a new size or moved to a screen of another pixel ratio."""
        self.view, self.ratio = view, ratio
        if self.is_fitted:
            self.fit()

    def show(self, picture: QSizeF) -> None:
        """A picture of another size is shown: fit it, or keep the same part in the middle."""
        if picture == self.picture:
            return
        old, self.picture = self.picture, picture
        if self.is_fitted:
            self.fit()
            return
        x = self.centre.x() / max(old.width(), 1) * picture.width()
        y = self.centre.y() / max(old.height(), 1) * picture.height()
        self.centre = QPointF(x, y)

    def _keep_in_reach(self) -> None:
        """The middle of the view never leaves the picture, so that it cannot be lost."""
        self.centre = QPointF(
            min(max(self.centre.x(), 0.0), self.picture.width()),
            min(max(self.centre.y(), 0.0), self.picture.height()),
        )


def _clamp(zoom: float) -> float:
    return min(max(zoom, ZOOM_MIN), ZOOM_MAX)
