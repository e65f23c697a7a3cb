"""The found pictures as a list model: sorted by match, date or name, cut at a score."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
    Signal,
)

from studio.concepts.decode import Thumbnails
from studio.concepts.search import Found, Hit

HIT_ROLE = Qt.ItemDataRole.UserRole
THUMBNAIL_ROLE = Qt.ItemDataRole.UserRole + 1
SORTS = ("match", "date", "name", "strip")  # strip: by match, the best of each strip alone
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_EMPTY = Found((), 0, 0, 0, 0, None, 0.0)


class HitsModel(QAbstractListModel):
    """Rows are search.Hit; what lies below the cut is not shown.

    Signals:
        found_changed(): `found`, `cut` or the order is another.
    """

    found_changed = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._shown: list[Hit] = []
        self.found = _EMPTY
        self.cut: float | None = None  # a score, or None for all
        self.sort_by = "match"

    def show_found(self, found: Found) -> None:
        """Show another answer; the cut stays where the artist has put it.

        One without a histogram is not cut: nobody could see by what.
        """
        self.found = found
        self._refill()

    def set_cut(self, score: float | None) -> None:
        """Show only pictures that score at least this; None = all that were found."""
        if score != self.cut:
            self.cut = score
            self._refill()

    def set_sort(self, key: str) -> None:
        """Order by one of SORTS."""
        if key in SORTS and key != self.sort_by:
            self.sort_by = key
            self._refill()

    def _refill(self) -> None:
        is_all = self.cut is None or self.found.histogram is None
        hits = [hit for hit in self.found.hits if is_all or hit.score >= (self.cut or 0.0)]
        if self.sort_by == "date":
            hits.sort(key=lambda hit: -hit.item.mtime_ns)
        elif self.sort_by == "name":
            hits.sort(key=lambda hit: (Path(hit.item.file).name.casefold(), hit.item.part))
        elif self.sort_by == "strip":  # with its finished picture, which lies beside it
            best: dict[Path, Hit] = {}
            for hit in hits:
                best.setdefault(Path(hit.item.file).with_suffix(""), hit)
            hits = list(best.values())
        self.beginResetModel()
        self._shown = hits
        self.endResetModel()
        self.found_changed.emit()

    def hit(self, row: int) -> Hit:
        """The picture of a row."""
        return self._shown[row]

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """How many pictures are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A hit, the path of its thumbnail, or its words."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        hit = self._shown[index.row()]
        name = Path(hit.item.file).name
        if hit.item.part >= 0:
            name += f", step {hit.item.part + 1}"  # as the strip counts them
        if role == HIT_ROLE:
            return hit
        if role == THUMBNAIL_ROLE:
            return str(self._thumbnails.path(hit.item.reference, hit.item.mtime_ns))
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{name}, match {hit.z:.1f}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be chosen and dragged out."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        """Files."""
        return ["text/uri-list"]

    def mimeData(self, indexes: Any) -> QMimeData:
        """The chosen pictures as files; steps of strips by their names in expressions."""
        data = QMimeData()
        hits = [self._shown[index.row()] for index in indexes]
        data.setUrls([QUrl.fromLocalFile(hit.item.file) for hit in hits if hit.item.part < 0])
        data.setText("\n".join(hit.item.reference for hit in hits))
        return data
