"""The frames of the shown take as a Qt list model; grows while the take is being made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from studio.engine.errors import StudioError
from studio.engine.record import Frame
from studio.engine.request import Pixels
from studio.library.lanes import decode_lane, encode_lane
from studio.library.strip_words import summary

BUDGET_BYTES = 96 * 2**20  # for the preview pictures of one strip
FrameRole = int(Qt.ItemDataRole.UserRole) + 1
_NONE = -1


class PackedLanes(Mapping[str, Pixels]):
    """The lanes of a frame as JPEG in memory, each decoded when it is looked at."""

    def __init__(self, lanes: Mapping[str, Pixels]) -> None:
        self._encoded = {name: encode_lane(pixels) for name, pixels in lanes.items()}

    def __getitem__(self, lane: str) -> Pixels:
        return decode_lane(self._encoded[lane])

    def __contains__(self, lane: object) -> bool:
        return lane in self._encoded

    def __iter__(self) -> Iterator[str]:
        return iter(self._encoded)

    def __len__(self) -> int:
        return len(self._encoded)

    @property
    def nbytes(self) -> int:
        """What the lanes take up."""
        return sum(map(len, self._encoded.values()))


def fitting(frame: Frame) -> Frame:
    """`frame`, packed if the whole strip would not fit into BUDGET_BYTES as it is."""
    if not isinstance(frame.lanes, dict):  # read from disk, or packed already
        return frame
    size = sum(picture.nbytes for picture in frame.lanes.values()) * (frame.total + 1)
    return frame if size <= BUDGET_BYTES else replace(frame, lanes=PackedLanes(frame.lanes))


def _aspect(frame: Frame) -> float:
    """Width by height of the frame's pictures, 1 if it has none that can be read."""
    for lane in frame.lanes:
        try:
            height, width = frame.lanes[lane].shape[:2]
        except StudioError:
            continue
        return width / height
    return 1.0


class FilmstripModel(QAbstractListModel):
    """Rows are steps. `current` is the scrub position; it follows the newest row until pinned.

    Signals:
        current_changed(int): the scrub position moved; -1 when the strip is empty.
        take_changed(): another take is shown; rows and `total` are new.
    """

    current_changed = Signal(int)
    take_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._frames: list[Frame] = []
        self._total = 0
        self._current = _NONE
        self._is_pinned = False
        self._aspect = 1.0

    def rowCount(
        self,
        parent: QModelIndex | QPersistentModelIndex = QModelIndex(),  # noqa: B008
    ) -> int:
        """The number of frames that have arrived."""
        return 0 if parent.isValid() else len(self._frames)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The step in words (display, tip, screen reader), or the Frame (FrameRole)."""
        if not index.isValid() or not 0 <= index.row() < len(self._frames):
            return None
        frame = self._frames[index.row()]
        if role == FrameRole:
            return frame
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return summary(frame)
        return None

    @property
    def frames(self) -> Sequence[Frame]:
        """The frames so far, in order of their steps."""
        return self._frames

    @property
    def total(self) -> int:
        """The number of steps that the take will have; 0 when nothing is shown."""
        return self._total

    @property
    def columns(self) -> int:
        """How many places the strip has: every step to come, and the picture."""
        first = self._frames[0].index if self._frames else 0
        if self._frames and first >= self._frames[0].total:
            return len(self._frames)  # a picture without a strip
        # A fork whose parent is not at hand begins at its own first step.
        return max(self._total + 1 - first if self._total else 0, len(self._frames))

    @property
    def aspect(self) -> float:
        """Width by height of the pictures."""
        return self._aspect

    @property
    def current(self) -> int:
        """The row of the scrub position, -1 when the strip is empty."""
        return self._current

    @property
    def current_frame(self) -> Frame | None:
        """The frame at the scrub position."""
        return self._frames[self._current] if self._current >= 0 else None

    @property
    def is_pinned(self) -> bool:
        """Whether the user has chosen a step, so that new frames do not move the position."""
        return self._is_pinned

    def frame(self, row: int) -> Frame:
        """The frame at `row`. Raises IndexError outside."""
        if row < 0:
            raise IndexError(row)
        return self._frames[row]

    def row_of(self, index: int) -> int:
        """The row of the step with this index, or the nearest one before it."""
        rows = [row for row, frame in enumerate(self._frames) if frame.index <= index]
        return rows[-1] if rows else min(0, len(self._frames) - 1)

    def begin(self, total: int) -> None:
        """Show an empty strip for a take of `total` steps that is about to be made."""
        self.show_frames((), total)

    def show_frames(self, frames: Iterable[Frame], total: int | None = None) -> None:
        """Show another take. total: steps in all; None = as the first frame says."""
        self.beginResetModel()
        self._frames = [fitting(frame) for frame in frames]
        self._total = total if total is not None else self._frames[0].total if self._frames else 0
        self._is_pinned = False
        self._current = len(self._frames) - 1
        self._aspect = _aspect(self._frames[0]) if self._frames else self._aspect
        self.endResetModel()
        self.take_changed.emit()
        self.current_changed.emit(self._current)

    def replace_frames(self, frames: Sequence[Frame]) -> None:
        """Take the same frames from another place (from disk instead of memory); nothing moves."""
        if [f.index for f in frames] != [f.index for f in self._frames]:
            row, is_pinned = self._current, self._is_pinned
            self.show_frames(frames, self._total)
            if is_pinned:
                self.set_current(row)
            return
        self._frames = [fitting(frame) for frame in frames]
        if self._frames:
            self.dataChanged.emit(self.index(0), self.index(len(self._frames) - 1))

    def append(self, frames: Iterable[Frame]) -> None:
        """Add frames that have just been made; the position follows unless it is pinned."""
        new = [fitting(frame) for frame in frames]
        if not new:
            return
        first = len(self._frames)
        if not first:
            self._aspect = _aspect(new[0])
        self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
        self._frames.extend(new)
        self._total = max(self._total, new[-1].total)
        self.endInsertRows()
        if not self._is_pinned:
            self._move_to(len(self._frames) - 1)

    def set_current(self, row: int) -> None:
        """Scrub to `row` (clamped) and stay there while new frames arrive."""
        if not self._frames:
            return
        self._is_pinned = True
        self._move_to(max(0, min(row, len(self._frames) - 1)))

    def follow(self) -> None:
        """Go to the newest frame and follow it again."""
        self._is_pinned = False
        self._move_to(len(self._frames) - 1)

    def _move_to(self, row: int) -> None:
        if row != self._current:
            self._current = row
            self.current_changed.emit(row)
