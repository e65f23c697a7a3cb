"""`studio img2img`: a new picture that begins with an old one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from studio.commands.repaint import add_common, base_request, make_all, sized
from studio.library.images import read_picture

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "img2img"
HELP = "Make a picture from another picture and a prompt."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio img2img`."""
    parser.add_argument("image", type=Path, metavar="IMAGE", help="the picture to begin with")
    parser.add_argument("prompt", metavar="PROMPT", help="what to draw")
    add_common(parser, strength=0.6)


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Make the pictures; 0 when all are saved."""
    request = base_request(args, headless, args.prompt)
    picture = read_picture(args.image)
    size = (picture.shape[1], picture.shape[0])
    return make_all(args, headless, sized(args, headless, request, size, image=picture))
