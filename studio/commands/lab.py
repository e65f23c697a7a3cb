"""`studio lab`: an experiment of the laboratory as a figure or a film, without a display."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from studio.commands.outputs import add_overwrite_option, check_output, still_free
from studio.engine.errors import InvalidRequest
from studio.engine.sampler_table import SAMPLERS
from studio.lab.data import DATA_SETS
from studio.lab.draw_png import MOVING, encode_animation, encode_figure, encode_sheet, suffix_of
from studio.lab.experiments import EXPERIMENTS, Options, Outcome, run_experiment
from studio.lab.figure import Ink
from studio.lab.paper import PAPER
from studio.lab.process import PROCESSES, Process
from studio.lab.settings import OBJECTIVES, SampleSettings, TrainSettings
from studio.library.store import write_atomic

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "lab"
HELP = "Run an experiment on the toy plane and draw it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The experiment, its settings and where the figure goes."""
    words = " ".join(f"{name}: {one.words}" for name, one in EXPERIMENTS.items())
    parser.add_argument("experiment", metavar="EXPERIMENT", choices=EXPERIMENTS, help=words)
    parser.add_argument("--out", type=Path, metavar="FILE", help="png, svg, webp or gif")
    add_overwrite_option(parser)
    parser.add_argument("--data", choices=DATA_SETS, default="spiral")
    parser.add_argument("--process", choices=PROCESSES, default="diffusion")
    parser.add_argument("--sampler", choices=SAMPLERS, default="DDIM")
    parser.add_argument("--schedule", default="karras", help="spacing of the steps")
    parser.add_argument("--steps", type=int, default=20, help="sampling steps")
    parser.add_argument("--count", type=int, default=1024, help="points to sample")
    parser.add_argument("--eta", type=float, help="0 = deterministic, 1 = ancestral")
    parser.add_argument("--noise", type=float, help="weight of the fresh noise of each step")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--t", type=float, default=0.1, help="share of noise to show, 0 to 1")
    parser.add_argument("--class", dest="label", type=int, metavar="K", help="0, 1, 2, ...")
    parser.add_argument("--negative-class", dest="negative", type=int, metavar="K")
    parser.add_argument("--cfg", type=float, default=1.0, help="guidance scale; 1 = off")
    parser.add_argument("--learned", action="store_true", help="train a network first and use it")
    parser.add_argument("--train-steps", type=int, default=1500)
    parser.add_argument("--objective", choices=OBJECTIVES, default=OBJECTIVES[0])
    parser.add_argument("--light", action="store_true", help="draw on white, for paper")


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Run the experiment, print its numbers, write the figure; 0 when done."""
    suffix = suffix_of(str(args.out)) if args.out else ""
    check_output(args, "out")
    outcome = run_experiment(args.experiment, _options(args, is_moving=suffix in MOVING))
    if args.out:
        write_atomic(still_free(args, args.out), _encode(outcome, suffix))
        headless.say(f"Written: {args.out}")
    headless.answer({"experiment": args.experiment, "out": str(args.out or ""), **outcome.facts})
    for name, value in outcome.facts.items():
        headless.say(f"{name.replace('_', ' ')}: {_number(value)}")
    return 0


def _options(args: argparse.Namespace, *, is_moving: bool) -> Options:
    if not 0 <= args.t <= 1:
        raise InvalidRequest("t", "t lies outside its range.", "Choose from 0 to 1.")
    if not 1 <= args.train_steps <= 100_000:
        raise InvalidRequest("steps", f"{args.train_steps:,} training steps cannot be run.",
                             "Choose from 1 to 100,000.")  # fmt: skip
    process = Process(args.process)
    sample = SampleSettings(
        process=process, sampler=args.sampler, schedule=args.schedule, steps=args.steps,
        eta=args.eta, noise=args.noise, count=args.count, seed=args.seed, label=args.label,
        negative=args.negative, guidance_scale=args.cfg,
    )  # fmt: skip
    train = TrainSettings(process=process, objective=args.objective, steps=args.train_steps,
                          seed=args.seed)  # fmt: skip
    return Options(data=args.data, seed=args.seed, t=args.t, train=train, sample=sample,
                   is_learned=args.learned, is_moving=is_moving,
                   ink=PAPER if args.light else Ink())  # fmt: skip


def _encode(outcome: Outcome, suffix: str) -> bytes:
    if suffix in MOVING:
        slow = len(outcome.figures) < 10
        return encode_animation(outcome.figures, suffix, fps=1.0 if slow else 12.0)
    if outcome.is_sheet:
        return encode_sheet(outcome.figures, suffix)
    return encode_figure(outcome.figures[-1], suffix)


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, dict):
        return "".join(f"\n  {key}: {_number(part)}" for key, part in value.items())
    return str(value)
