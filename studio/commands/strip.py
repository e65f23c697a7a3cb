"""`studio strip`: draw the filmstrip of a take as a contact sheet, an animation or a film."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from studio.commands.fork import add_take_argument, open_take_argument
from studio.commands.outputs import add_overwrite_option, check_output, expanded, still_free
from studio.engine.errors import InvalidRequest
from studio.engine.record import LANES
from studio.library.strip_words import in_order
from studio.library.strips import SUFFIXES, Look, export_strip

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "strip"
HELP = "Draw the filmstrip of a take."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio strip`."""
    add_take_argument(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE",
        help="the ending chooses the kind: " + "; ".join(f"{k} {v}" for k, v in SUFFIXES.items()),
    )  # fmt: skip
    add_overwrite_option(parser)
    parser.add_argument(
        "--lanes", default="noisy,x0,delta", metavar="A,B,…", help="any of: " + ", ".join(LANES)
    )
    parser.add_argument("--height", type=int, default=128, metavar="PX", help="of one picture")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="each Nth step only")
    parser.add_argument("--per-row", type=int, default=20, metavar="N", help="steps in a row")
    parser.add_argument("--speed", type=float, default=8, metavar="N", help="steps per second")
    parser.add_argument("--title", help="a line above the sheet; without it, the prompt")
    parser.add_argument("--no-captions", action="store_true", help="nothing under the pictures")


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Draw and write the strip."""
    look = look_from(args)
    args.out = expanded(args.out)
    check_output(args, "out", SUFFIXES)
    take = open_take_argument(args.take_file)
    title = take.name or take.request.prompt if args.title is None else args.title
    look = Look(
        lanes=look.lanes, height=look.height, per_row=look.per_row, every=look.every,
        has_captions=look.has_captions, speed=look.speed, title=" ".join(title[:200].split()),
    )  # fmt: skip
    path = headless.run(export_strip(still_free(args, args.out), take.frames, look))
    headless.say(f"{path}   {len(take.frames)} steps   {', '.join(look.lanes)}")
    headless.answer({"path": str(path), "steps": len(take.frames), "lanes": list(look.lanes)})
    return 0


def look_from(args: argparse.Namespace) -> Look:
    """How to draw. Raises InvalidRequest naming the option."""
    wanted = [name.strip() for name in args.lanes.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in LANES]
    if unknown or not wanted:
        raise InvalidRequest("lanes", f"There is no lane “{', '.join(unknown)}”.",
                             f"Choose any of: {', '.join(LANES)}.")  # fmt: skip
    ranges = {"height": (8, 2048), "every": (1, 1000), "per_row": (1, 1001), "speed": (0.1, 60)}
    for name, (low, high) in ranges.items():
        if not low <= vars(args)[name] <= high:
            option = name.replace("_", "-")
            raise InvalidRequest(
                name, f"--{option} {vars(args)[name]} is impossible.", f"Choose {low} to {high}."
            )
    return Look(
        lanes=in_order(wanted), height=args.height, per_row=args.per_row, every=args.every,
        has_captions=not args.no_captions, speed=args.speed,
    )  # fmt: skip
