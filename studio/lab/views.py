"""What each experiment shows, as figures. Torch-free: only looks at results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.lab.data import PointSet
from studio.lab.figure import (
    Arrows,
    Dots,
    Figure,
    Heat,
    Ink,
    Layer,
    Line,
    Segments,
    Stamps,
    Words,
)
from studio.lab.process import Process
from studio.lab.settings import Field, Floats, Paths, Turn
from studio.lab.space import Space, bend, sharpest_turn

PLANE = (-2.0, 2.0, -2.0, 2.0)
NEAR = (-1.5, 1.5, -1.5, 1.5)
FAN_SHARE = 0.92  # of the lattice's step: the longest arrow of a fan
ARROW_SHARE = 0.42  # of the lattice's step: how long the longest arrows are drawn
FIRST, SECOND = "first pixel", "second pixel"


def _classes(data: PointSet, points: Floats, ink: Ink, *, radius: float, opacity: float,
             ) -> list[Layer]:  # fmt: skip
    """Points in the colours of their classes. points: [N, 2], in the order of the data."""
    return [
        Dots(xy=points[data.labels == k], color=ink.of_class(k), radius=radius, opacity=opacity)
        for k in range(len(data.class_names))
    ]


def class_legend(data: PointSet, ink: Ink) -> list[tuple[str, str]]:
    """The colours of the classes that have points, and their names."""
    return [(ink.of_class(k), data.class_names[k]) for k in data.present]


def data_view(data: PointSet, ink: Ink) -> Figure:
    """The data: every point a picture of two pixels."""
    return Figure(
        extent=NEAR, layers=_classes(data, data.points, ink, radius=2.4, opacity=0.9), ink=ink,
        title="Pictures of two pixels", note=f"{len(data.points):,} points",
        legend=class_legend(data, ink), x_title=FIRST, y_title=SECOND,
    )  # fmt: skip


def forward_view(
    data: PointSet, walk: Floats, position: float, process: Process, ink: Ink, *,
    highlighted: int | None = None,
) -> Figure:  # fmt: skip
    """The forward walk at a position of 0 .. its steps, between steps too; one walk drawn out.

    walk: [S + 1, N, 2], the data first.
    """
    steps = len(walk) - 1
    position = min(max(position, 0.0), float(steps))
    points = between(walk, position)
    layers = _classes(data, points, ink, radius=2.0, opacity=0.75)
    if highlighted is not None:
        path = np.concatenate([walk[: int(position) + 1, highlighted], points[None, highlighted]])
        layers += [Line(xy=path, color=ink.accent, width=1.8),
                   Dots(xy=path[:1], color=ink.text, radius=4),
                   Dots(xy=path[-1:], color=ink.accent, radius=5)]  # fmt: skip
    share = position / steps if steps else 0.0
    level = process.at(share)
    return Figure(
        extent=PLANE, layers=layers, ink=ink, title="Adding noise, step by step",
        note=f"t = {share:.2f}   picture {level.a:.2f}   noise {level.s:.2f}",
        legend=class_legend(data, ink), x_title=FIRST, y_title=SECOND,
    )  # fmt: skip


def between(steps: Floats, position: float) -> NDArray[np.float32]:
    """Points at a fractional step of [S + 1, N, 2]: straight lines between the steps."""
    position = min(max(position, 0.0), len(steps) - 1.0)
    first = int(position)
    after = min(first + 1, len(steps) - 1)
    share = np.float32(position - first)
    return np.asarray(steps[first] + share * (steps[after] - steps[first]))


def schedule_view(process: Process, share: float, ink: Ink) -> Figure:
    """The schedule as two curves: how much of the picture and how much noise there is at t."""
    ts = np.linspace(0, 1, 101)
    levels = [process.at(float(t)) for t in ts]
    curves = [np.stack([ts, [level.a for level in levels]], 1),
              np.stack([ts, [level.s for level in levels]], 1)]  # fmt: skip
    here = process.at(share)
    layers: list[Layer] = [
        Line(xy=curves[0], color=ink.accent), Line(xy=curves[1], color=ink.noise),
        Line(xy=np.array([[share, 0.0], [share, 1.0]]), color=ink.muted, is_dashed=True),
        Dots(xy=np.array([[share, here.a]]), color=ink.accent, radius=4),
        Dots(xy=np.array([[share, here.s]]), color=ink.noise, radius=4),
    ]  # fmt: skip
    return Figure(
        extent=(0, 1, 0, 1.04), layers=layers, ink=ink, is_square=False, width=420, height=220,
        legend=[(ink.accent, "picture"), (ink.noise, "noise")], x_title="t", y_title="amount",
    )  # fmt: skip


def field_layers(field: Field, color: str, *, opacity: float = 1.0, longest: float | None = None,
                 ) -> list[Layer]:  # fmt: skip
    """A field's arrows at half their lattice's step; the cube root of lengths, to see all."""
    xy, arrows = field.xy.reshape(-1, 2), field.arrows.reshape(-1, 2)
    length = np.linalg.norm(arrows, axis=1, keepdims=True)
    most = float(length.max()) if longest is None else longest
    step = float(field.xy[0, 1, 0] - field.xy[0, 0, 0])
    drawn = np.cbrt(length / max(most, 1e-6)) * step * 2 * ARROW_SHARE
    unit = arrows / np.maximum(length, 1e-9)
    return [Arrows(xy=xy - unit * drawn / 2, delta=unit * drawn, color=color, opacity=opacity)]


def _extent(field: Field) -> tuple[float, float, float, float]:
    half = float(field.xy[0, 1, 0] - field.xy[0, 0, 0]) / 2
    low, high = float(field.xy[0, 0, 0]) - half, float(field.xy[0, -1, 0]) + half
    return low, high, low, high


def field_view(data: PointSet, field: Field, ink: Ink, *, source: str = "exact") -> Figure:
    """A field over the plane: arrows to the guess, warm where the guess is far."""
    size = field.size
    heat = Heat(values=size / max(float(size.max()), 1e-6), extent=_extent(field),
                cold=ink.cold, warm=ink.warm)  # fmt: skip
    layers = [heat, *_classes(data, data.points, ink, radius=1.6, opacity=0.55),
              *field_layers(field, ink.text, opacity=0.9)]  # fmt: skip
    words = {"exact": "What a perfect model would say", "learned": "What this model has learned"}
    return Figure(
        extent=_extent(field), layers=layers, ink=ink, title=words.get(source, source),
        note=f"t = {field.share:.2f}", x_title=FIRST, y_title=SECOND,
    )  # fmt: skip


def difference_view(data: PointSet, exact: Field, learned: Field, ink: Ink) -> Figure:
    """How far the learned field is from the exact one, and both arrows."""
    gap = np.linalg.norm(exact.arrows - learned.arrows, axis=-1)
    heat = Heat(values=gap / max(float(exact.size.max()), 1e-6), extent=_extent(exact),
                cold=ink.cold, warm=ink.minus)  # fmt: skip
    longest = float(max(exact.size.max(), learned.size.max()))
    layers = [heat, *_classes(data, data.points, ink, radius=1.6, opacity=0.5),
              *field_layers(exact, ink.plus, longest=longest),
              *field_layers(learned, ink.accent, longest=longest)]  # fmt: skip
    return Figure(
        extent=_extent(exact), layers=layers, ink=ink, title="Learned beside exact",
        note=f"t = {exact.share:.2f}   mean gap {gap.mean():.3f}",
        legend=[(ink.plus, "exact"), (ink.accent, "learned")], x_title=FIRST, y_title=SECOND,
    )  # fmt: skip


def guidance_view(data: PointSet, fields: dict[str, Field], ink: Ink, *, scale: float) -> Figure:
    """At each place three arrows from one point: without the class, with it, and guided.

    A thin line joins their ends: guidance goes along it, and beyond.
    """
    colors = {"uncond": ink.noise, "cond": ink.plus, "guided": ink.accent}
    names = {"uncond": "without", "cond": "with the class", "guided": f"guided, scale {scale:g}"}
    layers: list[Layer] = _classes(data, data.points, ink, radius=1.8, opacity=0.5)
    layers += fan_layers({key: thin(fields[key]) for key in colors}, colors, ink.muted)
    return Figure(
        extent=_extent(fields["cond"]), layers=layers, ink=ink,
        title="Guidance: along the difference, and beyond",
        note=f"t = {fields['cond'].share:.2f}",
        legend=[(colors[key], names[key]) for key in colors], x_title=FIRST, y_title=SECOND,
    )  # fmt: skip


def fan_layers(fields: dict[str, Field], colors: dict[str, str], line: str) -> list[Layer]:
    """Arrows of several fields from the same places, each place's fan drawn to its own scale.

    So the directions and the ratios of lengths within a fan are true. The last field's ends are
    joined to the first's.
    """
    first = next(iter(fields.values()))
    step = float(first.xy[0, 1, 0] - first.xy[0, 0, 0])
    size = np.max([field.size for field in fields.values()], axis=0)
    share = np.cbrt(size / max(float(size.max()), 1e-6)) * step * FAN_SHARE / np.maximum(size, 1e-9)
    drawn = [(field.arrows * share[..., None]).reshape(-1, 2) for field in fields.values()]
    places = first.xy.reshape(-1, 2)
    ends = np.stack([places + drawn[0], places + drawn[-1]], axis=1)
    layers: list[Layer] = [Segments(xy=ends, color=line, width=0.8)]
    # The last is the longest: where all point the same way, the others lie on it.
    for color, delta in reversed(list(zip(colors.values(), drawn, strict=True))):
        layers.append(Arrows(xy=places, delta=delta, color=color, width=1.6, head=5.0))
    return [*layers, Dots(xy=places, color=line, radius=1.4)]


def thin(field: Field, every: int = 3) -> Field:
    """Every third arrow of a field."""
    return Field(share=field.share, xy=field.xy[1::every, 1::every],
                 arrows=field.arrows[1::every, 1::every])  # fmt: skip


def sampling_view(
    data: PointSet, paths: Paths, position: float, ink: Ink, *, highlighted: int | None = 0,
    title: str = "From noise to pictures", distance: float | None = None, opacity: float = 0.8,
) -> Figure:  # fmt: skip
    """The cloud at a position of 0 .. steps; one point's path, model and noise steps apart."""
    position = min(max(position, 0.0), float(paths.steps))
    layers: list[Layer] = _classes(data, data.points, ink, radius=1.6, opacity=0.35)
    layers.append(Dots(xy=between(paths.x, position), color=ink.text, radius=1.8,
                       opacity=opacity))  # fmt: skip
    if highlighted is not None:
        layers += path_layers(paths, highlighted, position, ink)
    index = min(int(position), paths.steps)
    note = f"step {index} of {paths.steps}   noise {paths.levels[index].s:.2f}"
    if distance is not None:
        note += f"   distance to the data {distance:.3f}"
    return Figure(
        extent=PLANE, layers=layers, ink=ink, title=title, note=note,
        legend=[(ink.model, "model's part of a step"), (ink.noise, "fresh noise")],
        x_title=FIRST, y_title=SECOND,
    )  # fmt: skip


def path_layers(paths: Paths, point: int, position: float, ink: Ink) -> list[Layer]:
    """The path of one point up to a position: what the model did, and what the noise did."""
    layers: list[Layer] = []
    for i in range(min(int(np.ceil(position)), paths.steps)):
        before, moved, after = paths.x[i, point], paths.moved[i, point], paths.x[i + 1, point]
        if not np.array_equal(moved, after):
            layers.append(Line(xy=np.stack([moved, after]), color=ink.noise, width=1.4))
        layers.append(Line(xy=np.stack([before, moved]), color=ink.model, width=2.0))
    here = between(paths.x[:, [point]], position)
    layers += [Dots(xy=paths.x[:1, point], color=ink.muted, radius=4),
               Dots(xy=here, color=ink.accent, radius=5)]  # fmt: skip
    return layers


def loss_view(losses: Sequence[tuple[int, float]], ink: Ink, *, steps: int) -> Figure:
    """The loss over the training so far. losses: (step, smoothed loss)."""
    curve = np.array(losses, float).reshape(-1, 2)
    most = float(np.quantile(curve[:, 1], 0.95)) * 1.3 if len(curve) else 1.0
    layers: list[Layer] = [Line(xy=curve, color=ink.accent)] if len(curve) > 1 else []
    return Figure(
        extent=(0, max(steps, 1), 0, max(most, 1e-3)), layers=layers, ink=ink, is_square=False,
        width=420, height=220, x_title="training step", y_title="error", ticks=(4, 4),
    )  # fmt: skip


def turn_view(turns: Sequence[Turn], turning: float, ink: Ink) -> Figure:
    """Where the arrows point as t falls: to the middle, or to the data."""
    ordered = sorted(turns, key=lambda turn: turn.share)
    ts = np.array([turn.share for turn in ordered])
    middle = np.stack([ts, [turn.towards_middle for turn in ordered]], 1)
    arm = np.stack([ts, [turn.towards_data for turn in ordered]], 1)
    layers: list[Layer] = [
        Line(xy=middle, color=ink.noise), Line(xy=arm, color=ink.accent),
        Line(xy=np.array([[turning, -0.6], [turning, 1.0]]), color=ink.muted, is_dashed=True),
        Words(x=turning + 0.02, y=-0.45, text=f"turns at t = {turning:.2f}", color=ink.muted),
    ]  # fmt: skip
    return Figure(
        extent=(0, 1, -0.6, 1.04), layers=layers, ink=ink, is_square=False, width=420, height=240,
        legend=[(ink.noise, "to the middle"), (ink.accent, "to the data")], x_title="t",
        y_title="cosine", ticks=(5, 4),
    )  # fmt: skip


def space_view(
    space: Space, paths: Sequence[Floats], at: int, ink: Ink, *, name: str = ""
) -> Figure:  # fmt: skip
    """Pictures on their plane; takes as paths among them, the first of them in full.

    paths: vectors [S, D] each; at: the step of the first at which one stands.
    """
    layers: list[Layer] = [Stamps(xy=space.points, pictures=space.thumbs, opacity=0.85)]
    shown = [space.points]
    note = f"{len(space.points)} pictures   this plane holds {space.explained:.0%} of what differs"
    note = f"{name}   {note}" if name else note
    for path in paths[:0:-1]:
        shown.append(space.lay(path))
        layers.append(Line(xy=shown[-1], color=ink.muted, width=1.4, opacity=0.8))
    if paths:
        laid, near = space.lay(paths[0]), int(space.nearest(paths[0][[at]])[0])
        shown.append(laid)
        goal = space.points[[near]]
        layers += [Line(xy=laid, color=ink.accent, width=2.2),
                   Dots(xy=laid, color=ink.accent, radius=2.6),
                   Line(xy=np.concatenate([laid[[at]], goal]), color=ink.text, is_dashed=True),
                   Stamps(xy=goal, pictures=[_framed(space.thumbs[near], ink.accent)]),
                   Dots(xy=laid[[at]], color=ink.text, radius=6)]  # fmt: skip
    points = np.concatenate(shown)
    low, high = points.min(axis=0), points.max(axis=0)
    pad = 0.07 * np.maximum(high - low, 1e-3)
    extent = (float(low[0] - pad[0]), float(high[0] + pad[0]),
              float(low[1] - pad[1]), float(high[1] + pad[1]))  # fmt: skip
    titles = {"pixels": "Alike in colours and shapes", "clip": "Alike in what they show"}
    return Figure(extent=extent, layers=layers, ink=ink, title=titles[space.kind], note=note,
                  is_square=False, width=900)  # fmt: skip


def _framed(picture: NDArray[np.uint8], color: str, width: int = 3) -> NDArray[np.uint8]:
    """A picture with a frame round it, [H + 2 width, W + 2 width, 3]."""
    ink = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    height, wide = picture.shape[:2]
    framed = np.empty((height + 2 * width, wide + 2 * width, 3), np.uint8)
    framed[:] = ink
    framed[width:-width, width:-width] = picture[..., :3]
    return framed


def bend_view(path: Floats, at: int, ink: Ink) -> Figure:
    """Why a path bends: the direction of each of its steps against the straight line."""
    cosines, last = bend(path), len(path) - 1
    curve = np.stack([np.arange(1, last + 1), cosines], 1)
    layers: list[Layer] = [
        Line(xy=np.array([[0.0, 0.0], [last + 1, 0.0]]), color=ink.muted, is_dashed=True),
        Line(xy=curve, color=ink.accent), Dots(xy=curve, color=ink.accent, radius=2.5),
    ]  # fmt: skip
    turn = sharpest_turn(path)
    if turn is not None:
        layers.append(Dots(xy=curve[[turn]], color=ink.noise, radius=4.5))
    figure = Figure(
        extent=(0.5, last + 0.5, -1.05, 1.05), layers=layers, ink=ink, is_square=False,
        width=420, height=220, legend=[(ink.accent, "straight ahead = 1"), (ink.noise, "turns")],
        x_title="step", y_title="cosine", ticks=(5, 4),
    )  # fmt: skip
    return with_marker(figure, float(at))


def with_marker(figure: Figure, x: float) -> Figure:
    """A graph with a line at x: where one is."""
    low, high = figure.extent[2:]
    marker = Line(xy=np.array([[x, low], [x, high]]), color=figure.ink.text, width=1.0)
    return replace(figure, layers=[*figure.layers, marker])
