"""Pictures dropped from the desktop, the gallery, the strip or the canvas, as names for chips."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QFrame

from studio.concepts.decode import SUFFIXES, TAKE_SUFFIX
from studio.state.concepts.room import ConceptRoom
from studio.state.filmstrip.filmstrip import NAMES_MIME
from studio.ui.dropping import accept_copy
from studio.ui.qimage import from_qimage

NAMES_MAX = 50  # of one drop
TAKEN = (*SUFFIXES, TAKE_SUFFIX)


def has_pictures(data: QMimeData) -> bool:
    """Whether something droppable is in there."""
    return data.hasImage() or bool(_files(data)) or bool(_steps(data))


def names_of(room: ConceptRoom, data: QMimeData) -> list[str]:
    """The dropped pictures by name; a picture without a file is given one."""
    names = _steps(data) or _files(data)
    if len(names) > NAMES_MAX:
        words = f"The first {NAMES_MAX} of {len(names):,} dropped pictures were taken."
        room.studio.messages.info(words, "Index their folder to search among all of them.")
    if names or not data.hasImage():
        return names[:NAMES_MAX]
    image = data.imageData()
    if not isinstance(image, QImage) or image.isNull():
        return []
    try:
        return [str(room.keep_picture(from_qimage(image)))]
    except OSError as error:
        room.studio.messages.error(f"The picture could not be kept: {error.strerror}.",
                                   "Free some disk space.")  # fmt: skip
        return []


def _files(data: QMimeData) -> list[str]:
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.lower().endswith(TAKEN)]


def _steps(data: QMimeData) -> list[str]:
    """Pictures and steps of strips, as the strip and the search results name them."""
    own = bytes(data.data(NAMES_MIME).data()).decode(errors="surrogateescape")
    if own:
        return own.split("\n")
    lines = data.text().splitlines() if data.hasText() else []
    names = [line.removeprefix("file://") for line in lines]
    return names if any(f"{TAKE_SUFFIX}#" in name for name in names) else []


class DropFrame(QFrame):
    """A frame on which pictures can be dropped.

    Signals:
        dropped(list): their names.
    """

    dropped = Signal(list)

    def __init__(self, room: ConceptRoom, name: str) -> None:
        super().__init__()
        self.room = room
        self.setObjectName(name)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take pictures only."""
        if has_pictures(event.mimeData()):
            accept_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell their names."""
        names = names_of(self.room, event.mimeData())
        if names:
            accept_copy(event)
            self.dropped.emit(names)
