"""What is to be seen of the laboratory, as figures and numbers. No widgets."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from studio.lab import views
from studio.lab.figure import Dots, Figure, Ink
from studio.lab.settings import Field, Paths
from studio.state.lab.board import view_of
from studio.state.lab.room import LabRoom

FILM_FRAMES = 48


class Number(NamedTuple):
    """A number beside the plane. tip: what it means, plain words."""

    title: str
    value: str
    tip: str


def figure_of(room: LabRoom, ink: Ink) -> Figure:
    """The plane as it is to be drawn now."""
    board, results, data = room.board, room.results, room.data
    shown: Figure | None = None
    if board.view == "noise" and results.walk is not None:
        position = board.walk * (len(results.walk) - 1)
        point = _point(board.highlighted, len(data.points))
        shown = views.forward_view(
            data, results.walk, position, room.process, ink, highlighted=point
        )
    elif board.view in ("field", "learn"):
        shown = _field_figure(room, ink)
    elif board.view == "sample" and results.paths is not None:
        shown = _sample_figure(room, results.paths, ink)
    elif board.view == "guidance":
        shown = _guidance_figure(room, ink)
    return shown if shown is not None else _data_figure(room, ink)


def film_of(room: LabRoom, ink: Ink, frames: int = FILM_FRAMES) -> list[Figure]:
    """The plane from one end of its slider to the other; one figure where there is no slider."""
    slider, before = view_of(room.board).slider, room.board
    if not slider:
        return [figure_of(room, ink)]
    figures = []
    try:
        for i in range(frames):
            share = i / (frames - 1)
            value = (1 - share) ** 2 if slider == "t" else share  # as the slider moves
            room.board = replace(before, **{slider: value})  # type: ignore[arg-type]
            figures.append(figure_of(room, ink))
    finally:
        room.board = before
    return figures


def _point(wanted: int | None, count: int) -> int | None:
    return None if wanted is None or count == 0 else wanted % count


def _data_figure(room: LabRoom, ink: Ink) -> Figure:
    if room.board.draw_label is None and (room.board.data != "drawn" or room.is_drawn):
        return views.data_view(room.data, ink)
    points = np.array(room.drawn, float).reshape(-1, 3)
    layers = [Dots(xy=points[points[:, 2] == k, :2], color=ink.of_class(k), radius=2.6)
              for k in range(3)]  # fmt: skip
    empty = views.data_view(room.data, ink)
    note = f"{len(points):,} points" if len(points) else "draw with the mouse"
    return replace(empty, layers=layers, title="Your own pictures", note=note, legend=())


def _field_figure(room: LabRoom, ink: Ink) -> Figure | None:
    board, results = room.board, room.results
    exact, learned = results.exact.at(board.t), results.learned.at(board.t)
    source = "learned" if board.view == "learn" else board.source
    if source == "difference" and exact is not None and learned is not None:
        return views.difference_view(room.data, exact, learned, ink)
    field = learned if source in ("learned", "difference") else exact
    if field is None and board.view == "field":
        field, source = exact, "exact"
    if field is None:
        return None
    return views.field_view(room.data, field, ink, source=source)


def _sample_figure(room: LabRoom, paths: Paths, ink: Ink) -> Figure:
    point = _point(room.board.highlighted, paths.x.shape[1])
    words = room.results.paths_title
    return views.sampling_view(room.data, paths, room.board.run * paths.steps, ink,
                               highlighted=point, title=words)  # fmt: skip


def _guidance_figure(room: LabRoom, ink: Ink) -> Figure | None:
    fields: dict[str, Field] = {}
    for name, film in room.results.guidance.items():
        field = film.at(room.board.t)
        if field is not None:
            fields[name] = field
    if len(fields) < 4:
        return None
    figure = views.guidance_view(room.data, fields, ink, scale=room.board.scale)
    if room.results.guided is None:
        return figure
    cloud = Dots(xy=_at_t(room, room.results.guided), color=ink.text, radius=1.6, opacity=0.8)
    return replace(figure, layers=[*figure.layers, cloud])


def _at_t(room: LabRoom, paths: Paths) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The cloud when it has as much noise as the field that is shown."""
    noise = room.process.at(room.board.t).s
    levels = [level.s for level in paths.levels]
    position = float(np.interp(-noise, [-s for s in levels], range(len(levels))))
    if room.board.t <= 0.006:
        position = float(paths.steps)
    return views.between(paths.x, position)


def graph_of(room: LabRoom, ink: Ink) -> Figure | None:
    """The graph beside the plane, if the view has one."""
    board, results = room.board, room.results
    if board.view == "noise":
        return views.schedule_view(room.process, board.walk, ink)
    if board.view == "learn":
        return views.loss_view(results.losses, ink, steps=board.train_steps)
    if board.view == "field" and results.turns:
        figure = views.turn_view(results.turns, results.turning, ink)
        return views.with_marker(figure, board.t)
    if board.view == "guidance":
        return views.schedule_view(room.process, board.t, ink)
    return None


def numbers_of(room: LabRoom) -> list[Number]:
    """The numbers beside the plane."""
    board, results = room.board, room.results
    if board.view == "learn" and results.losses:
        return [
            Number("error", f"{results.losses[-1][1]:.3f}",
                   "How far the predicted noise is from the noise that was added."),
            Number("seconds", f"{results.train_seconds:.1f}", "Time spent on training so far."),
        ]  # fmt: skip
    if board.view == "field" and results.turns:
        return [Number("turns at t", f"{results.turning:.2f}",
                       "Above this noise the arrows point to the middle of all data; below, to "
                       "the nearest part of them.")]  # fmt: skip
    wanted = {"sample": True, "guidance": False}.get(board.view)
    if wanted is None or not results.runs:
        return []
    run = next((r for r in results.runs if (r.accuracy is None) == wanted), None)
    if run is None:
        return []
    numbers = [Number("distance", f"{run.distance:.3f}",
                      "Sliced Wasserstein distance to the data: 0 = the same cloud. Two fresh "
                      "draws of the data are about 0.05 apart.")]  # fmt: skip
    if run.accuracy is not None:
        numbers += [
            Number("on their class", f"{run.accuracy:.0%}",
                   "The share of points that ended on the part that was asked for."),
            Number("spread", f"{run.spread:.2f}",
                   "How wide the cloud is; too much guidance makes it narrow."),
        ]  # fmt: skip
    return numbers
