"""Where everything lies in the strip: plain arithmetic in device-independent pixels. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

LABEL_WIDTH = 92
GAP = 4  # between thumbnails, both ways
MARGIN = 8
GRAPH_HEIGHT = 54
AXIS_HEIGHT = 13  # of it, for the numbers of the steps
THUMB_MIN, THUMB_MAX = 32, 192
LEAP = 3  # columns; who goes further wants to see what is on both sides
BEND_HANDLES = 0.7, 0.3  # of a fork's curve in the tree: where its two handles lie across
_GRAPH_FROM = 120  # a strip lower than this has no room for the graph
_ASPECT_MIN, _ASPECT_MAX = 0.4, 2.5
_SHRINK = 0.7  # thumbnails give way this far rather than let a short strip scroll


@dataclass(frozen=True)
class Geometry:
    """The strip's layout. Columns have one fixed width, so that thumbnails never jump.

    width, height: the viewport. lanes: rows. columns: steps to come and the picture.
    aspect: width / height of one picture.
    """

    width: int
    height: int
    lanes: int
    columns: int
    aspect: float = 1.0
    has_graph: bool = True
    fixed_size: tuple[int, int] | None = None  # of a thumbnail; None = what the viewport gives

    @cached_property
    def graph_height(self) -> int:
        """0 where the strip is too low for it."""
        return GRAPH_HEIGHT if self.has_graph and self.height >= _GRAPH_FROM else 0

    @cached_property
    def thumb_height(self) -> int:
        """What each lane gets of the height that the user has given the band."""
        if self.fixed_size is not None:
            return self.fixed_size[1]
        lanes = max(1, self.lanes)
        free = self.height - self.graph_height - 2 * MARGIN - (lanes - 1) * GAP
        height = max(THUMB_MIN, min(THUMB_MAX, free // lanes))
        return self._fitting(height)

    def _fitting(self, height: int) -> int:
        """A little smaller, if all columns then fit and nothing need be scrolled."""
        if not self.columns:
            return height
        room = (self.width - LABEL_WIDTH - MARGIN) / self.columns - GAP
        fitting = int(room / self._shape)
        return fitting if max(THUMB_MIN, _SHRINK * height) <= fitting < height else height

    @cached_property
    def thumb_width(self) -> int:
        """Follows the picture's shape, within reason."""
        if self.fixed_size is not None:
            return self.fixed_size[0]
        return max(THUMB_MIN // 2, int(self.thumb_height * self._shape))

    @cached_property
    def _shape(self) -> float:
        return max(_ASPECT_MIN, min(_ASPECT_MAX, self.aspect))

    @cached_property
    def pitch(self) -> int:
        """From one column to the next."""
        return self.thumb_width + GAP

    @cached_property
    def lanes_height(self) -> int:
        """From the top of the first lane to the bottom of the last one."""
        return self.lanes * self.thumb_height + max(0, self.lanes - 1) * GAP

    @property
    def content_width(self) -> int:
        """All columns with the label column; what the horizontal scroll bar covers."""
        return LABEL_WIDTH + self.columns * self.pitch + MARGIN

    @property
    def content_height(self) -> int:
        """All lanes and the graph; what the vertical scroll bar covers."""
        return 2 * MARGIN + self.lanes_height + self.graph_height

    def x_of(self, column: int, scroll: int = 0) -> int:
        """The left edge of a column's thumbnail."""
        return LABEL_WIDTH + column * self.pitch + GAP // 2 - scroll

    def y_of(self, lane: int, scroll: int = 0) -> int:
        """The upper edge of a lane's thumbnails."""
        return MARGIN + lane * (self.thumb_height + GAP) - scroll

    def graph_top(self, scroll: int = 0) -> int:
        """The upper edge of the graph."""
        return MARGIN + self.lanes_height + MARGIN // 2 - scroll

    def column_at(self, x: int, scroll: int = 0) -> int:
        """The column under x, -1 left of the first; may lie beyond the last."""
        return -1 if x < LABEL_WIDTH else (x + scroll - LABEL_WIDTH) // self.pitch

    def lane_at(self, y: int, scroll: int = 0) -> int:
        """The lane under y, -1 between and outside the lanes."""
        lane, within = divmod(y + scroll - MARGIN, self.thumb_height + GAP)
        return lane if 0 <= lane < self.lanes and within < self.thumb_height else -1

    def visible(self, scroll: int) -> range:
        """The columns that show at least one pixel."""
        first = max(0, scroll // self.pitch)
        last = (scroll + self.width - LABEL_WIDTH) // self.pitch
        return range(first, min(self.columns, last + 1))

    def scroll_to(self, column: int, scroll: int) -> int:
        """The nearest scroll position that shows the whole column; after a leap, in the middle."""
        left, room = column * self.pitch, self.width - LABEL_WIDTH
        right = left + self.pitch + MARGIN
        nearest = max(0, min(left, max(scroll, right - room)))
        if abs(nearest - scroll) <= LEAP * self.pitch or room < LEAP * self.pitch:
            return nearest
        last = max(0, self.columns * self.pitch + MARGIN - room)
        return max(0, min(left - (room - self.pitch) // 2, last))


def bend(share: float) -> float:
    """How far down a fork's curve is, 0 .. 1, at this share of its width; see BEND_HANDLES."""
    low, high = 0.0, 1.0
    for _ in range(20):
        t = (low + high) / 2
        ahead, behind = BEND_HANDLES
        x = 3 * ahead * t * (1 - t) ** 2 + 3 * behind * t * t * (1 - t) + t**3
        low, high = (t, high) if x < share else (low, t)
    return 3 * low * low - 2 * low**3
