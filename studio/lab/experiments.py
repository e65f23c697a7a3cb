"""The experiments by name, run from beginning to end, for the command line. No torch at import."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from studio.engine.errors import InvalidRequest
from studio.lab import laboratory as door
from studio.lab import views
from studio.lab.data import PointSet, make_data
from studio.lab.distance import class_accuracy, sliced_wasserstein, spread
from studio.lab.figure import Figure, Ink
from studio.lab.settings import SampleSettings, TrainSettings

FRAMES = 40  # of an animation through t
FLOORS = 0.02  # the least t that a film of the field shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an experiment may be asked. is_learned: by a network trained first, else exact."""

    data: str = "spiral"
    points: int = 600
    seed: int = 0
    t: float = 0.1
    train: TrainSettings = field(default_factory=TrainSettings)
    sample: SampleSettings = field(default_factory=SampleSettings)
    is_learned: bool = False
    is_moving: bool = False
    ink: Ink = field(default_factory=Ink)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """figures: one, or the frames of a film. facts: the numbers behind them.

    is_sheet: as a still picture all figures belong side by side, not the last alone.
    """

    figures: list[Figure]
    facts: dict[str, Any]
    is_sheet: bool = False


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment and what it shows, in words."""

    words: str
    run: Callable[[Options, PointSet], Outcome]


def _network(options: Options, data: PointSet) -> Any:
    if not options.is_learned:
        return None
    return door.run(door.train_task(data, options.train, threading.Event())).network


def _ts(options: Options) -> list[float]:
    """The shares of noise to show; a film goes faster through the noise, where little happens."""
    if not options.is_moving:
        return [options.t]
    return [float(FLOORS + (1 - FLOORS) * u**2) for u in np.linspace(1, 0, FRAMES)]


def _data(options: Options, data: PointSet) -> Outcome:
    return Outcome(figures=[views.data_view(data, options.ink)], facts={"points": len(data.points)})


def _forward(options: Options, data: PointSet) -> Outcome:
    process = options.sample.process
    walk = door.run(door.walk_task(data, process, 60, options.seed))
    positions = range(61) if options.is_moving else [60 * options.t]
    figures = [views.forward_view(data, walk, float(p), process, options.ink, highlighted=5)
               for p in positions]  # fmt: skip
    return Outcome(figures=figures, facts={"steps": 60, "end_spread": spread(walk[-1])})


def _learn(options: Options, data: PointSet) -> Outcome:
    reports = door.reports(door.train_task(data, options.train, threading.Event()))
    losses = [(report.step, report.loss) for report in reports]
    if not options.is_moving:
        figure = views.loss_view(losses, options.ink, steps=options.train.steps)
    networks = [report.network for report in reports if report.network is not None]
    figures = [figure] if not options.is_moving else [
        views.field_view(data, door.items(door.fields_task(
            data, options.train.process, [options.t], network=network))[0],
            options.ink, source="learned") for network in networks]  # fmt: skip
    return Outcome(figures=figures, facts={"loss": losses[-1][1], "seconds": reports[-1].seconds})


def _field(options: Options, data: PointSet) -> Outcome:
    network, process = _network(options, data), options.sample.process
    fields = door.items(door.fields_task(data, process, _ts(options), label=options.sample.label,
                                         network=network))  # fmt: skip
    source = "learned" if options.is_learned else "exact"
    figures = [views.field_view(data, one, options.ink, source=source) for one in fields]
    return Outcome(figures=figures, facts={"t": [round(one.share, 4) for one in fields]})


def _difference(options: Options, data: PointSet) -> Outcome:
    """The learned field beside the exact one."""
    process, network = options.train.process, _network(replace(options, is_learned=True), data)
    pairs = [door.items(door.fields_task(data, process, _ts(options), label=options.sample.label,
                                         network=one)) for one in (None, network)]  # fmt: skip
    figures = [views.difference_view(data, exact, learned, options.ink)
               for exact, learned in zip(*pairs, strict=True)]  # fmt: skip
    gaps = {round(exact.share, 3): float(np.abs(exact.arrows - learned.arrows).mean())
            for exact, learned in zip(*pairs, strict=True)}  # fmt: skip
    return Outcome(figures=figures, facts={"mean_gap_at_t": gaps})


def _sample(options: Options, data: PointSet) -> Outcome:
    settings = options.sample
    paths = door.run(door.sample_task(data, settings, _network(options, data)))
    distance = sliced_wasserstein(paths.end, data.of_class(settings.label))
    ends = np.linspace(0, paths.steps, FRAMES) if options.is_moving else [float(paths.steps)]
    figures = [views.sampling_view(data, paths, float(p), options.ink, distance=distance,
                                   title=f"{settings.sampler}, {settings.steps} steps")
               for p in ends]  # fmt: skip
    facts: dict[str, Any] = {"distance": distance, "spread": spread(paths.end)}
    if settings.label is not None:
        facts["class_accuracy"] = class_accuracy(paths.end, data, settings.label)
    return Outcome(figures=figures, facts=facts | {"seconds": paths.seconds})


def _guidance(options: Options, data: PointSet) -> Outcome:
    settings = options.sample
    fields = door.items(door.guidance_task(
        data, settings.process, _ts(options), label=settings.label or 0,
        negative=settings.negative, scale=settings.guidance_scale,
        network=_network(options, data)))  # fmt: skip
    figures = [views.guidance_view(data, one, options.ink, scale=settings.guidance_scale)
               for one in fields]  # fmt: skip
    return Outcome(figures=figures, facts={"label": settings.label or 0})


def _turn(options: Options, data: PointSet) -> Outcome:
    task = door.turn_task(data, options.sample.process, _network(options, data))
    turns, turning = door.run(task)
    return Outcome(figures=[views.turn_view(turns, turning, options.ink)],
                   facts={"turns_at": turning})  # fmt: skip


def _compare(options: Options, data: PointSet) -> Outcome:
    """The same noise by several samplers: the distance of each to the data."""
    runs = [("DDPM", 200), ("DDPM, noise removed", 200), ("DDIM", 5), ("DDIM", 20), ("DDIM", 200),
            ("DPM++ 2M", 20)]  # fmt: skip
    network, facts = _network(options, data), {}
    figures = []
    for sampler, steps in runs:
        settings = replace(options.sample, sampler=sampler, steps=steps)
        paths = door.run(door.sample_task(data, settings, network))
        distance = sliced_wasserstein(paths.end, data.of_class(settings.label))
        facts[f"{sampler}, {steps}"] = distance
        figures.append(views.sampling_view(data, paths, paths.steps, options.ink, highlighted=None,
                                           title=f"{sampler}, {steps} steps",
                                           distance=distance))  # fmt: skip
    return Outcome(figures=figures, facts={"distance": facts}, is_sheet=True)


EXPERIMENTS: dict[str, Experiment] = {
    "data": Experiment("The data: pictures of two pixels as points.", _data),
    "forward": Experiment("Noise is added step by step, until nothing is left.", _forward),
    "learn": Experiment("A small network learns to undo it: the error, or the field.", _learn),
    "field": Experiment("Where a model points at each place of the plane.", _field),
    "difference": Experiment("A learned field beside the exact one.", _difference),
    "turn": Experiment("How the field turns from the middle to the data.", _turn),
    "sample": Experiment("Points go from noise to data.", _sample),
    "compare": Experiment("The same noise by six samplers, side by side.", _compare),
    "guidance": Experiment("The field with a class, without it, and guided.", _guidance),
}


def run_experiment(name: str, options: Options) -> Outcome:
    """Run one experiment to its end. Raises StudioError for impossible options."""
    options.sample.check()
    data = make_data(options.data, options.points, options.seed)
    for label in (options.sample.label, options.sample.negative):
        if label is not None and not 0 <= label < len(data.class_names):
            named = ", ".join(f"{k} = {name}" for k, name in enumerate(data.class_names))
            raise InvalidRequest("class", f"There is no class {label} in the {data.name}.",
                                 f"Choose one of {named}.")  # fmt: skip
    return EXPERIMENTS[name].run(options, data)
