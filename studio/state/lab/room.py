"""The laboratory's room: holds the board, asks for what it needs, keeps the results."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.engine.errors import StudioError
from studio.jobs.queue import JobQueue
from studio.lab import laboratory as door
from studio.lab.data import PointSet, drawn_data, make_data
from studio.lab.distance import class_accuracy, sliced_wasserstein, spread
from studio.lab.process import Process
from studio.lab.settings import Paths, SampleSettings, TrainProgress, TrainSettings
from studio.state.lab.board import Board
from studio.state.lab.drawings import Drawings, clean_name
from studio.state.lab.latest import Latest
from studio.state.lab.results import FieldFilm, Results, Run, shares_around
from studio.state.messages import Messages

WALK_STEPS = 60
SETTLE_MS = 40  # a slider's movement asks once for what it needs
RUNS_KEPT = 12
DEFAULT_DATA = Board().data


class LabRoom(QObject):
    """What is chosen and computed on the toy plane.

    Signals:
        board_changed(): a control has changed.
        results_changed(): something to be seen is new.
        busy_changed(): work was begun or has ended.
        training_changed(): training was begun, paused, went on or has ended.
    """

    board_changed = Signal()
    results_changed = Signal()
    busy_changed = Signal()
    training_changed = Signal()

    def __init__(
        self, messages: Messages, parent: QObject | None = None, *,
        drawings: Drawings | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.board = Board()
        self.drawings = drawings or Drawings()
        self.results = Results()
        self.data: PointSet = make_data(self.board.data, self.board.points)
        self.drawn: list[tuple[float, float, int]] = []
        self._messages = messages
        self._plane: Latest | None = None  # threads are begun when the laboratory is first used
        self._school: Latest | None = None
        self._queues: list[JobQueue] = []
        self._paused = threading.Event()
        self._asked = SampleSettings()  # the newest sampling
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.setObjectName("labSettleTimer")
        self._settle.timeout.connect(self.refresh)

    # ------------------------------------------------------------------ the board
    def change(self, **changes: Any) -> None:
        """Set some fields of the board; what depends on them is computed anew."""
        before, self.board = self.board, replace(self.board, **changes)
        if self.board == before:
            return
        has_new_data = (before.data, before.points, before.drawing) != (
            self.board.data, self.board.points, self.board.drawing)  # fmt: skip
        if self.board.drawing != before.drawing:
            self.drawn = self.drawings.get(self.board.drawing)
        if before.draw_label is not None and self.board.draw_label is None:
            self._keep_drawing()
        if has_new_data:
            self._take_data()
        elif before.process != self.board.process:
            self._stop_school()
            self.results.forget_data()
            if self._plane is not None:
                self._plane.forget()  # back at this process, its answers are needed again
        self.board_changed.emit()
        if has_new_data or before.process != self.board.process:
            self.results_changed.emit()
        self._settle.start()

    def draw(self, strokes: list[tuple[float, float]]) -> None:
        """Add drawn points in the class being drawn; from three on they are the data."""
        label = self.board.draw_label or 0
        self.drawn += [(x, y, label) for x, y in strokes]
        if self.board.data != "drawn":
            self.board = replace(self.board, data="drawn")
            self.board_changed.emit()
        if self.is_drawn:
            self._take_data()
        self.results_changed.emit()

    @property
    def is_drawn(self) -> bool:
        """Whether enough is drawn for a data set: three points, not all in one place."""
        if len(self.drawn) < 3:
            return False
        return bool(np.ptp(np.array(self.drawn)[:, :2], axis=0).max() > 1e-3)

    def use_drawing(self) -> bool:
        """End drawing, keep and use what was drawn; False, with a message, if it is too little."""
        points = np.array(self.drawn, np.float32).reshape(-1, 3)
        try:
            drawn_data(points[:, :2], points[:, 2].astype(int))
        except StudioError as error:
            self._messages.failure(error)
            return False
        self.change(draw_label=None, data="drawn")
        return True

    def _keep_drawing(self) -> None:
        """Drawing has ended: keep what was drawn, if it is a data set."""
        if self.board.data == "drawn" and self.is_drawn:
            name = self.board.drawing or self.drawings.free_name()
            self._keep(partial(self.drawings.keep, name, self.drawn))
            self.board = replace(self.board, drawing=name)  # the points are those on the plane

    def _keep(self, write: Callable[[], object]) -> None:
        """Write the drawings; where that fails they last until the program ends."""
        try:
            write()
        except StudioError as error:
            self._messages.failure(error)

    def clear_drawing(self) -> None:
        """Throw the drawn points away, and go on with an empty plane; what was kept stays."""
        self.change(drawing="")
        self.drawn = []
        self.results_changed.emit()

    def rename_drawing(self, name: str) -> None:
        """Give the present drawing another name."""
        before = self.board.drawing
        self._keep(partial(self.drawings.rename, before, name))
        names = self.drawings.names
        new = before if before in names else next((n for n in names if n == clean_name(name)), "")
        self.board = replace(self.board, drawing=new)
        self.board_changed.emit()

    def delete_drawing(self) -> None:
        """Forget the present drawing; the spiral takes its place."""
        self._keep(partial(self.drawings.delete, self.board.drawing))
        self.change(drawing="", data=DEFAULT_DATA)

    def _take_data(self) -> None:
        self._stop_school()
        if self.board.data == "drawn":
            points = np.array(self.drawn, np.float32).reshape(-1, 3)
            try:
                self.data = drawn_data(points[:, :2], points[:, 2].astype(int))
            except StudioError:
                return  # one draws still; the plane shows the points as they are
        else:
            self.data = make_data(self.board.data, self.board.points)
        self.results.forget_data()
        board, there = self.board, self.data.present
        chosen = {name: getattr(board, name) for name in ("guided_label", "label", "negative")}
        there_now: dict[str, Any] = {name: there[-1] for name, label in chosen.items()
                                     if label not in (*there, None)}  # fmt: skip
        self.board = replace(board, **there_now)

    # ------------------------------------------------------------------ computing
    @property
    def process(self) -> Process:
        """The process on the board."""
        return Process(self.board.process)

    @property
    def network(self) -> Any:
        """The network to use, None for the exact field."""
        return None if self.board.source == "exact" else self.results.network

    def _begin(self) -> Latest:
        if self._plane is None:
            self._queues = [JobQueue("laboratory", parent=self), JobQueue("school", parent=self)]
            self._plane, self._school = (Latest(queue, self) for queue in self._queues)
            for latest in (self._plane, self._school):
                latest.arrived.connect(self._on_arrived)
                latest.done.connect(self._on_done)
                latest.failed.connect(self._on_failed)
                latest.busy_changed.connect(self.busy_changed)
        return self._plane

    @Slot()
    def refresh(self) -> None:
        """Ask for what the present view needs and does not have."""
        board = self.board
        if board.data == "drawn" and not self.is_drawn:
            return
        ground = (id(self.data), board.process)
        needs: dict[str, Callable[[tuple[Any, ...]], object]] = {
            "noise": self._ask_walk, "learn": self._ask_fields, "field": self._ask_fields,
            "sample": self._ask_sample, "guidance": self._ask_guidance,
        }  # fmt: skip
        if board.view in needs:
            self._begin()
            needs[board.view](ground)

    def _ask(self, kind: str, key: tuple[Any, ...], make: Callable[[], door.Task]) -> bool:
        return self._begin().ask(kind, key, make, "Laboratory")

    def _ask_walk(self, ground: tuple[Any, ...]) -> None:
        data, process, seed = self.data, self.process, self.board.seed
        self._ask("walk", (*ground, seed),
                  lambda: door.walk_task(data, process, WALK_STEPS, seed))  # fmt: skip

    def _ask_fields(self, ground: tuple[Any, ...]) -> None:
        data, process, label = self.data, self.process, self.board.label
        shares = shares_around(self.board.t)
        self._ask_film("exact", (*ground, label),
                       lambda: door.fields_task(data, process, shares, label=label))  # fmt: skip
        self._ask("turn", ground, lambda: door.turn_task(data, process))
        network, shown = self.results.network, self.board.t
        if network is None:
            return
        # While it learns only what is shown is worth the time.
        wanted = [shown] if self.is_training else shares
        key = (*ground, label, self.results.network_version, shown if self.is_training else None)
        self._ask_film("learned", key, lambda: door.fields_task(
            data, process, wanted, label=label, network=network))  # fmt: skip

    def _ask_film(self, kind: str, key: tuple[Any, ...], make: Callable[[], door.Task]) -> None:
        if self._ask(kind, key, make):
            self.results.old_films.add(kind)

    def sample_settings(self) -> SampleSettings:
        """What the sampling view asks of the door."""
        b = self.board
        return SampleSettings(
            process=self.process, sampler=b.sampler, schedule=b.schedule, steps=b.steps,
            eta=b.eta, noise=b.noise, count=b.count, seed=b.seed,
        )  # fmt: skip

    def _ask_sample(self, ground: tuple[Any, ...]) -> None:
        data, settings, network = self.data, self.sample_settings(), self.network
        version = self.results.network_version if network is not None else 0
        self._asked = settings
        self._ask("sample", (*ground, settings, version),
                  lambda: door.sample_task(data, settings, network))  # fmt: skip

    def _ask_guidance(self, ground: tuple[Any, ...]) -> None:
        b, data, process, network = self.board, self.data, self.process, self.network
        version = self.results.network_version if network is not None else 0
        key = (*ground, b.guided_label, b.negative, b.scale, version)
        shares = shares_around(self.board.t)
        self._ask_film("guidance", key, lambda: door.guidance_task(
            data, process, shares, label=b.guided_label, negative=b.negative,
            scale=b.scale, network=network))  # fmt: skip
        settings = replace(self.sample_settings(), sampler="DDIM", steps=20, eta=None, noise=None,
                           label=b.guided_label, negative=b.negative,
                           guidance_scale=b.scale)  # fmt: skip
        self._ask("guided", (*ground, settings, version),
                  lambda: door.sample_task(data, settings, network))  # fmt: skip

    # ------------------------------------------------------------------ training
    @property
    def is_training(self) -> bool:
        """Whether a network is being trained, or rests."""
        return self._school is not None and self._school.is_busy()

    @property
    def is_busy(self) -> bool:
        """Whether anything is being computed for the plane."""
        return self._plane is not None and self._plane.is_busy()

    @property
    def is_waiting(self) -> bool:
        """Whether what the present view moves through is still being computed."""
        kind = {"sample": "sample", "noise": "walk"}.get(self.board.view)
        is_due = self._settle.isActive()
        return kind is not None and (
            is_due or (self._plane is not None and self._plane.is_busy(kind)))  # fmt: skip

    @property
    def is_resting(self) -> bool:
        """Whether the training is paused."""
        return self._paused.is_set()

    @Slot()
    def train(self) -> None:
        """Begin to train a new network on the present data."""
        self._begin()
        assert self._school is not None
        self._stop_school()
        self.results.forget_network()
        self._paused = threading.Event()
        b = self.board
        settings = TrainSettings(process=self.process, objective=b.objective, steps=b.train_steps,
                                 seed=b.seed)  # fmt: skip
        data, paused = self.data, self._paused
        self._school.ask("train", (object(),), lambda: door.train_task(data, settings, paused),
                         "Training")  # fmt: skip
        self.training_changed.emit()

    @Slot()
    def pause_training(self) -> None:
        """Let the training rest, or go on."""
        if self._paused.is_set():
            self._paused.clear()
        else:
            self._paused.set()
        self.training_changed.emit()

    @Slot()
    def stop_training(self) -> None:
        """End the training; what was learned so far is kept."""
        self._stop_school()
        self._settle.start()  # the whole film of what was learned so far
        self.training_changed.emit()

    def _stop_school(self) -> None:
        self._paused.clear()
        if self._school is not None:
            self._school.drop("train")

    # ------------------------------------------------------------------ results
    @Slot(str, list)
    def _on_arrived(self, kind: str, items: list[Any]) -> None:
        if kind == "train":
            self._take_lessons(items)
        elif kind in ("exact", "learned"):
            self.results.renew(kind)
            film = self.results.exact if kind == "exact" else self.results.learned
            for one in items:
                film.add(one)
        elif kind == "guidance":
            self.results.renew(kind)
            for fields in items:
                for name, one in fields.items():
                    self.results.guidance.setdefault(name, FieldFilm()).add(one)
        else:
            return
        self.results_changed.emit()

    def _take_lessons(self, items: list[TrainProgress]) -> None:
        for report in items:
            self.results.losses.append((report.step, report.loss))
            self.results.train_seconds = report.seconds
            if report.network is not None:
                self.results.network = report.network
                self.results.network_version += 1
                self._settle.start()

    @Slot(str, object)
    def _on_done(self, kind: str, result: Any) -> None:
        if kind == "walk":
            self.results.walk = result
        elif kind == "turn":
            self.results.turns, self.results.turning = result
        elif kind in ("sample", "guided"):
            self._take_paths(kind, result)
        elif kind == "train":
            self._take_lessons([result])
            self.training_changed.emit()
        self.results_changed.emit()

    def _take_paths(self, kind: str, paths: Paths) -> None:
        b = self.board
        label = b.guided_label if kind == "guided" else None
        distance = sliced_wasserstein(paths.end, self.data.of_class(label))
        if kind == "guided":
            self.results.guided = paths
        else:
            self.results.paths, self.results.distance = paths, distance
            self.results.paths_title = f"{self._asked.sampler}, {paths.steps} steps"
        accuracy = None if label is None else class_accuracy(paths.end, self.data, label)
        name = self._asked.sampler if kind == "sample" else f"scale {b.scale:g}"
        source = "exact" if self.network is None else "learned"
        run = Run(name, paths.steps, source, distance, accuracy, spread(paths.end))
        self.results.runs = [run, *self.results.runs][:RUNS_KEPT]

    @Slot(str, object)
    def _on_failed(self, kind: str, error: Exception) -> None:
        self._messages.failure(error)
        if kind == "train":
            self.training_changed.emit()
        elif self._plane is not None:
            self._plane.drop(kind)  # the same may be asked again

    def close(self, timeout_ms: int = 2000) -> bool:
        """Stop all work; True when the threads have ended in time."""
        self._settle.stop()
        self._paused.clear()
        have_ended = [queue.close(timeout_ms) for queue in self._queues]  # each must be closed
        return all(have_ended)
