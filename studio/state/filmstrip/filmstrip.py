"""The filmstrip's state: which take is shown, where the scrubber is, what the canvas shows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.errors import StudioError
from studio.engine.record import Frame, Step, Take
from studio.engine.request import Pixels
from studio.jobs.job import Job
from studio.jobs.queue import JobQueue
from studio.library.forks import CannotFork, step_at
from studio.library.strip_words import LANE, sigma_text, step_name
from studio.library.strips import lane_picture
from studio.state.filmstrip.errands import Errands, once
from studio.state.filmstrip.loading import Opened, open_take, picture_frame, take_file
from studio.state.filmstrip.model import FilmstripModel
from studio.state.filmstrip.player import Player
from studio.state.filmstrip.sharp import SharpDecoder, SharpKey
from studio.state.filmstrip.tree import Node, NodeState, TakeTree
from studio.state.messages import Messages

if TYPE_CHECKING:
    from studio.engine.engine import Engine

log = logging.getLogger(__name__)

NAMES_MIME = "application/x-latent-studio-names"  # lines; of pictures, as expressions name them
SHARP_LANES = frozenset({"noisy", "x0", "cond", "uncond"})  # heat maps are not decoded


@dataclass(frozen=True, slots=True)
class Shown:
    """What the canvas shows large. width, height: the full picture's, px; pixels may be smaller."""

    pixels: Pixels
    width: int
    height: int
    caption: str
    is_sharp: bool


@dataclass(frozen=True, slots=True)
class Rival:
    """A frame of another take, to be compared with the shown one."""

    node: Node
    frame: Frame | None


class Filmstrip(QObject):
    """The takes that are known, the one that is shown, and the step under the scrubber.

    Signals:
        take_shown(): another take is shown (see `node`), or its facts have changed.
        take_opened(str): the take with this id was read from disk.
        picture_opened(Path): a picture that has no strip of its own is shown.
        take_saved(): a run has ended and its take is on disk.
        take_stopped(Node): a run was stopped; its steps are in memory, and saved if possible.
        shown_changed(): the picture for the canvas is another one (see `shown`).
        lane_changed(str): the lane that the canvas shows.
        marks_changed(): A/B was switched on or off.
        rival_shown(): another take is compared with the shown one.
        repainted(): some frames show the same more sharply.
    """

    take_shown = Signal()
    take_opened = Signal(str)
    picture_opened = Signal(object)
    take_saved = Signal()
    take_stopped = Signal(object)
    shown_changed = Signal()
    lane_changed = Signal(str)
    marks_changed = Signal()
    rival_shown = Signal()
    repainted = Signal()

    def __init__(
        self,
        engine: Engine,
        background: JobQueue,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.engine = engine
        self.messages = messages
        self.model = FilmstripModel(self)
        self.player = Player(self.model, self)
        self.tree = TakeTree(self)
        self.errands = Errands(background, self)
        self._opening: Job | None = None
        self.sharp = SharpDecoder(background, self)
        self.lane = "x0"
        self.node: Node | None = None
        self.mark: int | None = None  # the row held as A
        self.rival: Rival | None = None
        self.running: Node | None = None  # the take that is being made (see runs.py)
        self.update_every = 1  # frames; more where motion shall be reduced
        self.model.current_changed.connect(self._on_current_changed)
        self.sharp.decoded.connect(self._on_decoded)
        self.take_shown.connect(self._wish_for_sharp)  # a stopped run rests on its last step

    # ------------------------------------------------------------ what is shown
    @property
    def is_live(self) -> bool:
        """Whether the shown take is being made right now."""
        return self.node is not None and self.node is self.running

    @property
    def frame(self) -> Frame | None:
        """The frame under the scrubber."""
        return self.model.current_frame

    def shown(self) -> Shown | None:
        """What the canvas should show now: the sharp picture if it is there, else the preview."""
        frame, node = self.frame, self.node
        if frame is None or node is None:
            return None
        try:
            return self.picture_of(node, frame, self.lane)
        except StudioError as error:
            log.warning("no preview: %s", error.message)
            return None

    def shown_name(self) -> str:
        """What expressions call the shown picture: its file, or FILE.take#STEP.

        "" where no file holds it: while it is being made, and in lanes but the predicted one.
        """
        frame, node = self.frame, self.node
        if frame is None or node is None or self.is_live:
            return ""
        if frame.index >= frame.total:
            return str(node.picture or "")
        holder = self.tree.holder(node, frame.index) or node
        return f"{holder.file}#{frame.index}" if self.lane == "x0" and holder.file else ""

    def picture_of(self, node: Node, frame: Frame, lane: str) -> Shown | None:
        """One lane of one frame, as sharp as it is at hand; x0 where the lane is absent."""
        used = lane if lane in frame.lanes else "x0"
        pixels = self.sharp.get(self._key(node, frame.index, used)) if used == lane else None
        if frame.index >= frame.total and used in ("x0", "noisy") and node.pixels is not None:
            pixels = node.pixels
        preview = lane_picture(frame, used) if pixels is None else pixels
        if preview is None:
            return None
        words = [step_name(frame.index, frame.total)]
        if frame.index < frame.total:
            words += [f"σ {sigma_text(frame.sigma)}", _lane_words(used)]
        size = (node.request.width, node.request.height)
        if pixels is node.pixels and pixels is not None:
            size = (pixels.shape[1], pixels.shape[0])
        return Shown(preview, *size, " · ".join(words), pixels is not None)

    def other(self) -> tuple[Shown, str] | None:
        """The picture to compare with in A/B and its label; None while A/B is off."""
        if self.rival is not None and self.rival.frame is not None:
            shown = self.picture_of(self.rival.node, self.rival.frame, self.lane)
            frame = self.rival.frame
            where = "" if frame.index >= frame.total else f" · step {frame.index + 1}"
            name = shortened(self.tree.title(self.rival.node), 36) + where
        elif self.mark is not None and self.mark < self.model.rowCount() and self.node is not None:
            frame = self.model.frame(self.mark)
            shown = self.picture_of(self.node, frame, self.lane)
            name = step_name(frame.index, frame.total)
        else:
            return None
        return (shown, f"A  {name}") if shown is not None else None

    @Slot()
    def toggle_ab(self) -> None:
        """Hold this step as A, to compare it with wherever the scrubber goes; again: off."""
        is_on = self.mark is not None
        self.mark = None if is_on or self.model.current < 0 else self.model.current
        self.marks_changed.emit()
        self.shown_changed.emit()

    def set_rival(self, rival: Rival | None) -> None:
        """Compare with a frame of another take; None = no longer."""
        before, self.rival = self.rival, rival
        self._wish_for_sharp()
        self.shown_changed.emit()
        if rival is not None and (before is None or before.node is not rival.node):
            self.rival_shown.emit()

    def set_lane(self, lane: str) -> None:
        """Show this lane large."""
        if lane in LANE and lane != self.lane:
            self.lane = lane
            self.lane_changed.emit(lane)
            self._on_current_changed()

    def show(self, node: Node, row: int | None = None) -> None:
        """Show a take of the tree. row: where the scrubber goes; None = the newest frame."""
        self.node = node
        self.sharp.try_again()
        if self.mark is not None:
            self.mark = None
            self.marks_changed.emit()
        self.model.show_frames(self.tree.frames_of(node), node.total)
        if row is not None:
            self.model.set_current(row)
        self.take_shown.emit()

    def clear(self) -> None:
        """Show nothing: the last take was deleted."""
        self.node = None
        self.model.show_frames(())
        self.take_shown.emit()

    def refresh(self, node: Node) -> None:
        """The node's frames are the same, but come from another place; its picture may be new."""
        if node is self.node:
            self.model.replace_frames(self.tree.frames_of(node))
            self.take_shown.emit()
            self.shown_changed.emit()
        self.tree.touch()

    def repaint(self, node: Node) -> None:
        """The node's frames show the same more sharply: its strip, or a fork's, is drawn anew."""
        here = self.node
        if here is not None and self.tree.root_of(here) is self.tree.root_of(node):
            self.model.replace_frames(self.tree.frames_of(here))
        self.repainted.emit()
        self.tree.touch()

    def extend(self) -> None:
        """A take that the shown one comes from is there now: the strip begins earlier."""
        node, frame, is_pinned = self.node, self.frame, self.model.is_pinned
        if node is None or self.is_live:
            return
        mark = None if self.mark is None else self.model.frame(self.mark).index
        self.model.show_frames(self.tree.frames_of(node), node.total)
        self.mark = None if mark is None else self.model.row_of(mark)
        if is_pinned and frame is not None:
            self.model.set_current(self.model.row_of(frame.index))
        self.take_shown.emit()

    def _key(self, node: Node, index: int, lane: str) -> SharpKey:
        holder = self.tree.holder(node, index) or node
        return SharpKey(holder.id, index, lane)

    # ------------------------------------------------------------ opening from disk
    def open_picture(self, picture: Path, step: int | None = None) -> None:
        """Show the take of a saved picture (from the gallery, weeks later). step: to scrub to."""
        self.errands.drop(self._opening)
        for node in self.tree.nodes():
            if node.picture == picture and node.take is not None:
                self._show_at(node, step)
                return
        work = once(partial(open_take, take_file(picture), picture))
        done = partial(self._on_opened, step=step)
        self._opening = self.errands.run(work, "Opening a strip", done, front=True)

    def _show_at(self, node: Node, step: int | None) -> None:
        self.show(node)
        if step is not None:
            self.model.set_current(self.model.row_of(step))

    def open_file(self, file: Path) -> None:
        """Show a take file that need not belong to a picture."""
        picture = file.with_suffix(".png")
        if picture.exists():
            self.open_picture(picture)
            return
        self.errands.drop(self._opening)
        work, done = once(partial(open_take, file, None)), self._on_opened
        self._opening = self.errands.run(work, "Opening a strip", done, front=True)

    def _on_opened(self, opened: Opened, step: int | None = None) -> None:
        if opened.problem is not None:
            self.messages.failure(opened.problem)
        if opened.take is not None:
            self._show_at(self.add_opened(opened), step)
            self.take_opened.emit(opened.take.id)
        elif opened.pixels is not None:
            self.show(self.add_picture(opened, opened.pixels))
            self.picture_opened.emit(opened.picture)

    def add_picture(self, opened: Opened, pixels: Pixels) -> Node:
        """Put a picture without a strip into the tree: it alone is its strip."""
        request = opened.request.edit(width=pixels.shape[1], height=pixels.shape[0], parent=None)
        return self.tree.add(
            Node(id=f"picture:{opened.picture}", request=request, picture=opened.picture,
                 own=[picture_frame(pixels)], pixels=pixels, has_steps=False)
        )  # fmt: skip

    def add_opened(self, opened: Opened) -> Node:
        """Put a take from disk into the tree; one that is there is brought up to date."""
        take = opened.take
        assert take is not None
        node = self.tree.get(take.id) or Node(id=take.id, request=take.request)
        node.picture, node.file = opened.picture, opened.file
        node.size_bytes, node.pixels = opened.size_bytes, opened.pixels
        fill(node, take)
        return self.tree.add(node)

    @Slot()
    def _on_current_changed(self) -> None:
        self._wish_for_sharp()
        self.shown_changed.emit()

    @Slot(object)
    def _on_decoded(self, _key: SharpKey) -> None:
        self.shown_changed.emit()
        self._wish_for_sharp()

    # ------------------------------------------------------------ steps
    def step(self, node: Node, index: int) -> tuple[Take, Step]:
        """The record of a step, and the take that holds it (the node's, or one it left).

        Raises CannotFork in words where there is none.
        """
        holder = self.tree.holder(node, index) or node
        if holder.take is None:
            raise CannotFork(*_NOT_THERE[holder.state])
        return holder.take, step_at(holder.take, index)

    def decode(self, node: Node, index: int, lane: str) -> Callable[[], Pixels]:
        """A function for the worker that decodes a lane sharply. Raises CannotFork."""
        holder = self.tree.holder(node, index) or node
        if holder.take is None or not holder.has_steps:
            raise CannotFork(*_NOT_THERE[holder.state])
        return partial(_decode, self.engine, holder.take, index, lane)

    @Slot()
    def _wish_for_sharp(self) -> None:
        """Ask for the frame under the scrubber; once it is there, for the one beside it in A/B."""
        for node, frame in self._looked_at():
            if self._wish_for(node, frame):
                return
        self.sharp.forget_wish()

    def _looked_at(self) -> list[tuple[Node, Frame]]:
        is_moving = self.is_live or self.player.is_playing
        if self.node is None or self.frame is None or is_moving:
            return []
        looked = [(self.node, self.frame)]
        if self.rival is not None and self.rival.frame is not None:
            looked.append((self.rival.node, self.rival.frame))
        elif self.mark is not None and self.mark < self.model.rowCount():
            looked.append((self.node, self.model.frame(self.mark)))
        return looked

    def _wish_for(self, node: Node, frame: Frame) -> bool:
        """Ask for a sharp decode; False if it is there already, or never will be."""
        key = self._key(node, frame.index, self.lane)
        is_due = (
            self.lane in SHARP_LANES and self.lane in frame.lanes
            and frame.index < frame.total and self.sharp.get(key) is None
        )  # fmt: skip
        if not is_due:
            return False
        try:
            self.sharp.ask(key, self.decode(node, frame.index, self.lane))
        except CannotFork:
            return False
        return True


_NOT_THERE = {
    NodeState.WAITING: ("The take waits in the queue.", "It can be forked once it is made."),
    NodeState.RUNNING: ("The take is still being made.", "Wait, or stop it and fork then."),
    NodeState.FINISHED: ("The steps of this take are not at hand.", "Open its picture again."),
    NodeState.CANCELLED: ("No steps of this take were kept.", "Generate it again."),
}


def _decode(engine: Engine, take: Take, index: int, lane: str) -> Pixels:
    return engine.sharp(step_at(take, index), lane, take.request)


def fill(node: Node, take: Take) -> None:
    """Put what a take says into its node. Its frames are read lazily from now on."""
    node.take, node.request, node.parent, node.name = take, take.request, take.parent, take.name
    node.state = NodeState.FINISHED if take.state == "finished" else NodeState.CANCELLED
    node.has_steps = len(take.steps) > 0
    node.own = take.frames


def shortened(text: str, limit: int) -> str:
    """`text` on one line, cut with an ellipsis."""
    text = " ".join(text[: 4 * limit].split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _lane_words(lane: str) -> str:
    return "predicted picture" if lane == "x0" else LANE[lane].label
