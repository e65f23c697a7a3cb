"""The tree of takes and the library: open a relative, rename a take, delete a branch, undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.errors import StudioError
from studio.engine.request import GenerationRequest, Pixels
from studio.jobs.job import Job, JobState
from studio.state.filmstrip.errands import once
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.filmstrip.loading import Opened, open_take
from studio.state.filmstrip.tree import Node, NodeState
from studio.state.messages import MessageAction

if TYPE_CHECKING:
    from studio.library.database import Library, Picture

NAME_LIMIT = 120  # characters of a take's name


@dataclass(frozen=True, slots=True)
class _Relative:
    """A take of the family as the library's index knows it."""

    picture: Picture
    thumbnail: Pixels | None


class Branches(QObject):
    """Does to the tree what the user asks, on disk and in the tree.

    Signals:
        library_changed(): pictures went into the trash, or came back.
    """

    library_changed = Signal()

    def __init__(
        self, filmstrip: Filmstrip, library: Library, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._strip, self._library = filmstrip, library
        self._deleted: list[tuple[tuple[int, ...], list[Node]]] = []
        self._asked: set[str] = set()
        self._read: set[str] = set()  # takes before others that were read, or could not be
        filmstrip.take_opened.connect(self.load_family)
        filmstrip.take_stopped.connect(self._on_stopped)
        filmstrip.picture_opened.connect(self._on_picture_opened)

    # ------------------------------------------------------------ moving about
    def show(self, node: Node) -> None:
        """Show a take; one that is only known by name is read from disk first."""
        if node.take is None and node.state in (NodeState.FINISHED, NodeState.CANCELLED):
            if node.picture is not None:
                self._strip.open_picture(node.picture)
                return
            if node.file is not None:
                self._strip.open_file(node.file)
                return
        self._strip.show(node)

    @Slot(str)
    def load_family(self, take_id: str) -> None:
        """Bring the relatives of an opened take into the tree."""
        if take_id not in self._asked:
            self._asked.add(take_id)
            work = once(partial(_family, self._library, take_id))
            self._strip.errands.run(work, "Looking for related takes", self._on_family)
        else:
            self._load_line()

    def _on_family(self, family: Sequence[_Relative]) -> None:
        tree = self._strip.tree
        for relative in family:
            picture = relative.picture
            self._asked.add(picture.take_id)
            if picture.take_id in tree:
                continue
            is_whole = picture.state != "cancelled"
            tree.add(
                Node(
                    id=picture.take_id, request=picture.request or GenerationRequest(),
                    parent=picture.parent, name=picture.name, picture=picture.path,
                    file=picture.take_path, face=relative.thumbnail,
                    state=NodeState.FINISHED if is_whole else NodeState.CANCELLED,
                )
            )  # fmt: skip

        self._load_line()

    def _load_line(self) -> None:
        """Read the nearest take before the shown one that is only known by name: its steps are
        the strip's first ones.
        """
        tree, here, seen = self._strip.tree, self._strip.node, set[str]()
        while here is not None and here.id not in seen:
            seen.add(here.id)
            here = tree.parent_of(here)
            if here is None or here.take is not None or here.own or here.file is None:
                continue
            if here.id not in self._read:
                self._read.add(here.id)
                work = once(partial(open_take, here.file, here.picture))
                self._strip.errands.run(work, "Opening the take before", self._on_ancestor)
                return

    def _on_ancestor(self, opened: Opened) -> None:
        if opened.take is None:
            return  # the shown take is whole without it
        self._strip.add_opened(opened)
        self._strip.extend()
        self._load_line()

    @Slot(object)
    def _on_stopped(self, node: Node) -> None:
        work = once(partial(_find, self._library, node.id))
        self._strip.errands.run(work, "Finding the stopped picture", partial(self._found, node))

    def _found(self, node: Node, picture: Picture | None) -> None:
        if picture is not None:
            node.picture, node.file = picture.path, picture.take_path
            self._strip.take_saved.emit()

    @Slot(object)
    def _on_picture_opened(self, picture: Path) -> None:
        work = once(partial(_origin, self._library, picture))
        self._strip.errands.run(work, "Looking for the strip of a kept frame",
                               partial(self._on_origin, picture))  # fmt: skip

    def _on_origin(self, picture: Path, origin: tuple[Path, int] | None) -> None:
        """A kept frame leads back to the step that it was kept from."""
        if origin is None:
            return
        alone = [n for n in self._strip.tree.nodes() if n.picture == picture]
        self._strip.tree.remove(alone)
        self._strip.open_picture(*origin)

    # ------------------------------------------------------------ names
    def rename(self, node: Node, name: str) -> None:
        """Give a take a name; it is kept in its file."""
        node.name = " ".join(name.split())[:NAME_LIMIT]
        self._strip.tree.touch()
        if node.picture is not None:
            work = once(partial(_rename, self._library, node))
            self._strip.errands.run(work, "Naming a take", self._on_renamed)

    def _on_renamed(self, _none: None) -> None:
        self._strip.take_shown.emit()

    # ------------------------------------------------------------ deleting
    def delete(self, node: Node) -> None:
        """Put a take and all its forks into the trash; Undo brings them back."""
        branch = self._strip.tree.branch(node)
        if self._strip.running in branch:
            self._strip.messages.warning(
                "One of these takes is being made right now.", "Stop it first."
            )
            return
        work = once(partial(_trash, self._library, branch))
        self._strip.errands.run(work, "Deleting takes", partial(self._on_trashed, branch))

    def _on_trashed(self, branch: list[Node], ids: tuple[int, ...]) -> None:
        self._deleted.append((ids, branch))
        self.library_changed.emit()
        above = self._strip.tree.parent_of(branch[0])
        self._strip.tree.remove(branch)
        if self._strip.node in branch:
            rest = self._strip.tree.nodes()
            if above is not None or rest:
                self.show(above or rest[-1])
            else:
                self._strip.clear()
        count = len(branch)
        self._strip.messages.info(
            "The take was deleted." if count == 1 else f"{count} takes were deleted.",
            action=MessageAction("Undo", self.undo_delete),
        )

    @Slot()
    def undo_delete(self) -> None:
        """Bring back the branch deleted last; what cannot be brought back can be tried again."""
        if not self._deleted:
            return
        ids, branch = deleted = self._deleted.pop()
        work = once(partial(_restore, self._library, ids))
        self._strip.errands.run(work, "Bringing takes back", partial(self._on_restored, branch),
                                ended=partial(self._on_undone, deleted))  # fmt: skip

    def _on_undone(self, deleted: tuple[tuple[int, ...], list[Node]], job: Job) -> None:
        if job.state is not JobState.FINISHED:
            self._deleted.insert(0, deleted)  # it must not keep the others away

    def _on_restored(self, branch: list[Node], _none: None) -> None:
        self._strip.tree.restore(branch)
        self.library_changed.emit()
        self.show(branch[0])


def _family(library: Library, take_id: str) -> list[_Relative]:
    relatives = []
    for picture in library.family(take_id):
        try:
            thumbnail = library.thumbnails.get(picture.path)
        except StudioError:
            thumbnail = None
        relatives.append(_Relative(picture, thumbnail))
    return relatives


def _find(library: Library, take_id: str) -> Picture | None:
    try:
        return library.of_take(take_id)
    except StudioError:  # it could not be saved; the take is still in memory
        return None


def _origin(library: Library, picture: Path) -> tuple[Path, int] | None:
    """The picture of the take that a frame was kept from, and the step; None if it is not known."""
    try:
        kept = library.at(picture)
        if kept.parent is None or kept.take_id:
            return None
        return library.of_take(kept.parent[0]).path, kept.parent[1]
    except StudioError:  # not of this library, or the take was deleted
        return None


def _rename(library: Library, node: Node) -> None:
    assert node.picture is not None
    library.rename(library.at(node.picture).id, node.name)


def _trash(library: Library, branch: Sequence[Node]) -> tuple[int, ...]:
    ids = []
    for picture in [node.picture for node in branch if node.picture is not None]:
        try:
            ids.append(library.at(picture).id)
        except StudioError:
            if picture.exists():  # of another folder: not ours to delete
                raise
    return library.trash(ids)  # without those that the gallery has deleted already


def _restore(library: Library, ids: Sequence[int]) -> None:
    library.undo_trash(ids)
