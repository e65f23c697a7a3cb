"""Brings the session's runs into the filmstrip: frames while they are made, the take afterwards."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Slot

from studio.engine.errors import Cancelled, StudioError
from studio.engine.record import Frame
from studio.jobs.heap import give_back
from studio.jobs.job import Job, JobState
from studio.library.saving import NotSaved
from studio.state.filmstrip.errands import once
from studio.state.filmstrip.filmstrip import Filmstrip, fill
from studio.state.filmstrip.loading import Opened, open_take
from studio.state.filmstrip.model import fitting
from studio.state.filmstrip.tree import Node, NodeState
from studio.state.session import Run, Session

TIDY_FROM, TIDY_EVERY = 60, 200  # frames of a run that is worth it; while it is being made
TIDY_DELAY_MS = 2000


class SavedPicture(Protocol):
    """What production returns: where picture and take lie."""

    @property
    def path(self) -> Path:
        """The picture."""

    @property
    def take_path(self) -> Path | None:
        """The take beside it."""


def provisional(run: Run) -> str:
    """The id of a run's node before its take is there; the tree knows it afterwards too."""
    return f"run-{run.job.id}"


class RunFollower(QObject):
    """Each run becomes a node of the tree; the newest one that was asked for is shown."""

    def __init__(
        self, filmstrip: Filmstrip, session: Session, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._strip = filmstrip
        self._shows_next = True
        self._held: list[Frame] = []  # with reduced motion, until there are some more
        self._untidy = 0  # frames since memory was last given back
        self._tidying = QTimer(self, singleShot=True, interval=TIDY_DELAY_MS)
        self._tidying.setObjectName("tidyingTimer")
        self._tidying.timeout.connect(self._tidy)
        session.run_added.connect(self._on_run_added)
        session.run_began.connect(self._on_run_began)
        session.frames_added.connect(self._on_frames_added)
        session.run_ended.connect(self._on_run_ended)

    def _node(self, run: Run) -> Node | None:
        return self._strip.tree.get(provisional(run))

    @Slot(object)
    def _on_run_added(self, _run: Run) -> None:
        self._shows_next = True  # the user has just asked for it

    @Slot(object)
    def _on_run_began(self, run: Run) -> None:
        request = run.request
        node = Node(
            id=provisional(run), request=request, parent=request.parent, state=NodeState.RUNNING
        )
        self._strip.running = self._strip.tree.add(node)
        # A later picture of a batch does not take away the step that the user is looking at.
        if self._shows_next or not self._strip.model.is_pinned:
            self._strip.show(node)
        self._shows_next = False

    @Slot(object, list)
    def _on_frames_added(self, run: Run, frames: list[Frame]) -> None:
        node, model = self._node(run), self._strip.model
        if node is None:
            return
        self._untidy += len(frames)
        if self._untidy >= TIDY_EVERY:
            self._tidy()
        self._held += frames
        is_last = self._held[-1].index >= self._held[-1].total
        if len(self._held) < self._strip.update_every and not is_last:
            return
        frames, self._held = self._held, []
        if self._strip.node is not node:
            node.own = [*node.own, *map(fitting, frames)]
            return
        first = model.rowCount()
        model.append(frames)
        node.own = [*node.own, *model.frames[first:]]

    @Slot(object)
    def _on_run_ended(self, run: Run) -> None:
        node = self._node(run)
        if node is None:
            return
        held, self._held = self._held, []
        if held:
            node.own = [*node.own, *map(fitting, held)]
            if node is self._strip.node:
                self._strip.model.append(held)
        if node is self._strip.running:
            self._strip.running = None
        if len(node.own) >= TIDY_FROM:
            self._tidying.start()  # once everybody has let go of the run
        if run.job.state is JobState.FINISHED:
            self._finish(node, run.job.result)
        elif node.own:
            self._keep_stopped(node, run)
        else:
            self._forget(node)
        self._strip.tree.touch()
        self._strip.take_shown.emit()

    @Slot()
    def _tidy(self) -> None:
        """A long run leaves holes in the heap that only asking gives back (see jobs.heap)."""
        self._untidy = 0
        self._strip.errands.run(once(give_back), "Giving memory back", bool)

    def _forget(self, node: Node) -> None:
        """A run that made nothing leaves nothing: what was there before is shown again."""
        above = self._strip.tree.parent_of(node)
        self._strip.tree.remove([node])
        if self._strip.node is not node:
            return
        rest = [n for n in (*self._strip.tree.nodes(), *([above] if above else [])) if n.own]
        if rest:
            self._strip.show(rest[-1])
        else:
            self._strip.clear()

    def _finish(self, node: Node, saved: SavedPicture) -> None:
        """The take is on disk: from now on its frames and steps are read from there."""
        node.state = NodeState.FINISHED
        node.picture, node.file = saved.path, saved.take_path
        if node.file is None:
            node.has_steps = False
            return
        _Opening(self._strip, node, self).begin()

    def _keep_stopped(self, node: Node, run: Run) -> None:
        """What a stopped or failed run has made stays, to be looked at and continued."""
        node.state = NodeState.CANCELLED
        error = run.job.error
        take = error.take if isinstance(error, (Cancelled, StudioError)) else None
        if take is None:
            node.has_steps = False
            return
        frames = node.own
        fill(node, take)
        node.own = frames  # the same pictures, packed where they are many
        if isinstance(error, NotSaved):  # it is whole, and its looks need not be guessed
            node.pixels = error.result.picture
        self._strip.tree.set_id(node, take.id)
        self._strip.take_stopped.emit(node)


class _Opening(QObject):
    """Opens the take that has just been saved, without disturbing what is shown."""

    def __init__(self, strip: Filmstrip, node: Node, parent: QObject) -> None:
        super().__init__(parent)
        self._strip, self._node = strip, node

    def begin(self) -> None:
        """Queue the reading."""
        assert self._node.file is not None
        work = once(partial(open_take, self._node.file, self._node.picture))
        self._strip.errands.run(work, "Opening the new strip", self._on_opened, ended=self._on_end)

    def _on_opened(self, opened: Opened) -> None:
        node, strip = self._node, self._strip
        node.pixels, node.size_bytes = opened.pixels, opened.size_bytes
        if opened.take is None:
            node.has_steps = False
            return
        fill(node, opened.take)
        strip.tree.set_id(node, opened.take.id)
        strip.refresh(node)
        strip.take_saved.emit()

    def _on_end(self, _job: Job) -> None:
        self.deleteLater()
