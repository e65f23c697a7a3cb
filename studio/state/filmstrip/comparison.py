"""Two takes locked together by step or noise level: their difference, and where they part."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.errors import StudioError
from studio.engine.record import Frame
from studio.engine.request import Pixels
from studio.library.compare import LockBy, Parting, difference_map, parting, partners
from studio.state.filmstrip.errands import once
from studio.state.filmstrip.filmstrip import Filmstrip, Rival
from studio.state.filmstrip.loading import Opened, open_take
from studio.state.filmstrip.model import FilmstripModel
from studio.state.filmstrip.polish import is_sharp
from studio.state.filmstrip.tree import Node

log = logging.getLogger(__name__)


class WithDifference(Mapping[str, Pixels]):
    """The lanes of a frame and one more, "difference" to the other take, made when looked at."""

    def __init__(self, own: Mapping[str, Pixels], other: Mapping[str, Pixels]) -> None:
        self._own, self._other = own, other

    def __getitem__(self, lane: str) -> Pixels:
        if lane != "difference":
            return self._own[lane]
        if "x0" not in self._own or "x0" not in self._other:
            raise KeyError(lane)
        return difference_map(self._other["x0"], self._own["x0"])

    def __contains__(self, lane: object) -> bool:
        if lane == "difference":
            return "x0" in self._own and "x0" in self._other
        return lane in self._own

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        if "difference" in self:
            yield "difference"

    def __len__(self) -> int:
        return len(self._own) + ("difference" in self)


class Comparison(QObject):
    """A second strip whose rows belong, one by one, to the rows of the shown take.

    Signals:
        comparison_changed(): another take, another lock, or the comparison has ended.
        parting_found(): `words` says where the takes part.
    """

    comparison_changed = Signal()
    parting_found = Signal()

    def __init__(self, filmstrip: Filmstrip, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strip = filmstrip
        self.model = FilmstripModel(self)
        self.node: Node | None = None
        self.by: LockBy = "step"
        self.words = ""
        self.is_uneven = False  # some steps are sharp in one strip and previews in the other
        self._wanted: Node | None = None  # as `node`, or still being read
        filmstrip.model.current_changed.connect(self._follow)
        filmstrip.take_shown.connect(self._on_take_shown)
        filmstrip.model.rowsInserted.connect(self._rebuild)
        filmstrip.repainted.connect(self._repaint)

    def candidates(self) -> list[Node]:
        """The takes that the shown one can be compared with, nearest relatives first."""
        here, tree = self._strip.node, self._strip.tree
        if here is None:
            return []
        family = tree.branch(tree.root_of(here))
        others = [node for node in reversed(tree.nodes()) if node not in family]
        return [node for node in (*family, *others) if node is not here]

    def start(self, node: Node) -> None:
        """Compare the shown take with `node`, which is read from disk if need be."""
        self._wanted = node
        if node.take is None and not node.own and node.file is not None:
            work = once(partial(open_take, node.file, node.picture))
            done = partial(self._on_opened, node)
            self._strip.errands.run(work, "Opening the other strip", done, front=True)
            return
        self.node = node
        self._rebuild()
        self._find_parting()

    def _on_opened(self, wanted: Node, opened: Opened) -> None:
        if self._wanted is not wanted:
            return  # another one was chosen meanwhile, or none
        if opened.problem is not None:
            self._strip.messages.failure(opened.problem)
        if opened.take is not None:
            self.start(self._strip.add_opened(opened))
        elif opened.pixels is not None:
            self.start(self._strip.add_picture(opened, opened.pixels))

    def lock(self, by: LockBy) -> None:
        """Pair the rows by step, or by noise level."""
        if by != self.by:
            self.by = by
            self._rebuild()

    @Slot()
    def stop(self) -> None:
        """Back to one strip."""
        self.node, self.words, self._wanted = None, "", None
        self.model.show_frames(())
        self._strip.set_rival(None)
        self.comparison_changed.emit()

    @Slot()
    def _on_take_shown(self) -> None:
        if self.node is None:
            return
        if self.node is self._strip.node or self._strip.node is None:
            self.stop()
        else:
            self._rebuild()
            self._find_parting()

    def _paired(self, there: Node) -> list[Frame]:
        """For each frame of the shown take the other one's, with the difference as a lane."""
        mine, theirs = self._strip.model.frames, self._strip.tree.frames_of(there)
        rows = partners(mine, theirs, self.by)
        pairs = zip(mine, (theirs[row] for row in rows), strict=bool(rows))
        self.is_uneven = any(
            is_sharp(one) != is_sharp(other) for one, other in pairs
            if one.index < one.total and other.index < other.total  # pictures are as they are
        )  # fmt: skip
        return [
            replace(theirs[row], lanes=WithDifference(theirs[row].lanes, frame.lanes))
            for frame, row in zip(mine, rows, strict=bool(rows))
        ]

    @Slot()
    def _repaint(self) -> None:
        if self.node is not None:
            self.model.replace_frames(self._paired(self.node))

    @Slot()
    def _rebuild(self) -> None:
        if self.node is None:
            return
        paired = self._paired(self.node)
        self.model.show_frames(paired, self._strip.model.total)
        self._follow()
        self.comparison_changed.emit()

    @Slot()
    def _follow(self) -> None:
        if self.node is None:
            return
        self.model.set_current(self._strip.model.current)
        frame = self.model.current_frame
        self._strip.set_rival(Rival(self.node, frame))

    @Slot(int)
    def scrub(self, row: int) -> None:
        """The second strip was scrubbed: the first one follows."""
        if self.node is not None and row >= 0 and row != self._strip.model.current:
            self._strip.model.set_current(row)

    def _find_parting(self) -> None:
        here, there = self._strip.node, self.node
        self.words = ""
        if there is not None and there.file is None and not there.has_steps:
            self.words = "A picture without a strip: every step is compared with it."
            self.parting_found.emit()
            return
        if here is None or there is None or here.take is None or there.take is None:
            return
        if not here.has_steps or not there.has_steps:
            self.words = "Only previews were kept: where they part cannot be told exactly."
            self.parting_found.emit()
            return
        work = once(partial(_first_difference, self._strip, here, there))
        done = partial(self._on_parting, here, there)
        self._strip.errands.run(work, "Comparing takes", done)

    def _on_parting(self, here: Node, there: Node, found: Parting | str | None) -> None:
        if self._strip.node is not here or self.node is not there:
            return
        self.words = found if isinstance(found, str) else parting_words(found)
        self.parting_found.emit()


def parting_words(found: Parting | None) -> str:
    """Where two takes part, in one sentence."""
    if found is None:
        return "The same in every bit, at every step that both have."
    are = "are" if found.what.endswith("latents") else "is"
    return f"They part at step {found.index + 1}: {found.what} {are} the first to differ."


def _first_difference(strip: Filmstrip, here: Node, there: Node) -> Parting | str | None:
    try:
        return parting(strip.tree.steps_of(here), strip.tree.steps_of(there))
    except StudioError as error:
        log.warning("not compared: %s", error.message)
        return "A step could not be read; where they part is unknown."
