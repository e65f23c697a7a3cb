"""Where pictures lie that are shown side by side, and what part of them is seen. Geometry only."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF

GAP = 12  # px between tiles, and around them
TILE_MIN = 24  # px
CLOSEST = 16.0  # screen px per picture px


def tile_rects(count: int, room: QSize, picture: QSizeF) -> list[QRect]:
    """Rectangles for `count` pictures of one shape, as large as `room` allows, row by row.

    picture: its shape only. The last row is centred if it is shorter.
    """
    best, columns = QSizeF(0, 0), 1
    for across in range(1, count + 1):
        down = -(-count // across)
        cell = QSizeF((room.width() - GAP * (across + 1)) / across,
                      (room.height() - GAP * (down + 1)) / down)  # fmt: skip
        share = min(cell.width() / picture.width(), cell.height() / picture.height())
        if share * picture.width() > best.width():
            best, columns = picture * share, across
    width, height = max(int(best.width()), TILE_MIN), max(int(best.height()), TILE_MIN)
    rows = -(-count // columns)
    top = (room.height() - rows * height - GAP * (rows - 1)) // 2
    tiles = []
    for row in range(rows):
        inside = min(columns, count - row * columns)
        left = (room.width() - inside * width - GAP * (inside - 1)) // 2
        tiles += [QRect(left + column * (width + GAP), top + row * (height + GAP), width, height)
                  for column in range(inside)]  # fmt: skip
    return tiles


def neighbour(tiles: list[QRect], index: int, dx: int, dy: int) -> int:
    """The tile beside another one in a direction; itself at the end."""
    if dx:
        return min(max(index + dx, 0), len(tiles) - 1)
    here = tiles[index].center()
    rows = [i for i, tile in enumerate(tiles) if (tile.center().y() - here.y()) * dy > 0]
    if not rows:
        return index
    nearest = min(abs(tiles[i].center().y() - here.y()) for i in rows)
    same = [i for i in rows if abs(tiles[i].center().y() - here.y()) == nearest]
    return min(same, key=lambda i: abs(tiles[i].center().x() - here.x()))


@dataclass(slots=True)
class Seen:
    """The part of the pictures that every tile shows. whole, part: document pixels."""

    whole: QRectF
    part: QRectF

    def zoom(self, factor: float, at: QPointF, tile: QRect) -> None:
        """Show a smaller (factor > 1) or larger part; `at` of the tile stays where it is."""
        held = self.to_picture(at, tile)
        least = max(tile.width() / CLOSEST, 1.0) / self.part.width()
        share = max(min(1 / factor, self.whole.width() / self.part.width(),
                        self.whole.height() / self.part.height()), least)  # fmt: skip
        size = self.part.size() * share
        corner = held - (held - self.part.topLeft()) * share
        self._show(QRectF(corner, size))

    def pan(self, moved: QPointF, tile: QRect) -> None:
        """Move the pictures in their tiles by screen pixels."""
        self._show(self.part.translated(-moved * (self.part.width() / tile.width())))

    def to_picture(self, at: QPointF, tile: QRect) -> QPointF:
        """The document's point under a point of a tile's view."""
        scale = self.part.width() / tile.width()
        return self.part.topLeft() + (at - QPointF(tile.topLeft())) * scale

    def _show(self, part: QRectF) -> None:
        """Inside the whole."""
        x = min(max(part.x(), self.whole.x()), self.whole.right() - part.width())
        y = min(max(part.y(), self.whole.y()), self.whole.bottom() - part.height())
        self.part = QRectF(x, y, part.width(), part.height())


def around(frame: QRectF, whole: QRectF, *, share: float = 0.06) -> QRectF:
    """A frame with a little of what lies around it, inside the whole."""
    edge = share * max(frame.width(), frame.height())
    return frame.adjusted(-edge, -edge, edge, edge) & whole
