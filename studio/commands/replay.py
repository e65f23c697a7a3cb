"""`studio replay`: make a take again and say whether every bit is the same."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from studio.commands.fork import add_take_argument, open_take_argument
from studio.commands.generate import maker
from studio.commands.outputs import expanded
from studio.engine.errors import StudioError
from studio.engine.request import Pixels
from studio.library.images import read_picture
from studio.library.replay import replay

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "replay"
HELP = "Make a take again and compare every step; 0 = identical, 1 = different."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio replay`."""
    add_take_argument(parser)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], help="what computes")


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Replay; 0 when every bit is the same, 1 when not."""
    take = open_take_argument(args.take_file)
    picture: Pixels | None = None
    beside = expanded(args.take_file).with_suffix(".png")
    if beside.exists() and take.state == "finished":
        try:
            picture = read_picture(beside)
        except StudioError as error:
            headless.note(f"{error.message} The steps alone are compared.")
    outcome = headless.run(replay(maker(headless), take, headless.stop, picture=picture))
    headless.say(outcome.words)
    parting = outcome.parting
    headless.answer(
        {
            "identical": outcome.is_identical,
            "compared": outcome.compared,
            "step": parting.index + 1 if parting else None,
            "what": parting.what if parting else None,
            "largest": parting.largest if parting else 0.0,
            "picture_differs": outcome.picture_differs,
            "reasons": list(outcome.reasons),
        }
    )
    return 0 if outcome.is_identical else 1
