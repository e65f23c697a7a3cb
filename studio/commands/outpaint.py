"""`studio outpaint`: extend a picture beyond its edges."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from studio.commands.repaint import (
    add_common,
    add_mask_options,
    base_request,
    check_mask_options,
    make_all,
    native_size,
    sized,
)
from studio.engine.context import context_frame, extend
from studio.engine.errors import InvalidRequest
from studio.engine.request import SIDE_MAX, Inpaint
from studio.library.images import read_picture

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "outpaint"
HELP = "Extend a picture beyond its edges."
_SIDES = ("left", "top", "right", "bottom")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio outpaint`."""
    parser.add_argument("image", type=Path, metavar="IMAGE", help="the picture")
    parser.add_argument("prompt", metavar="PROMPT", help="what to draw around it")
    for side in _SIDES:
        parser.add_argument(f"--{side}", type=int, default=0, metavar="PX",
                            help=f"pixels to add at the {side}")  # fmt: skip
    parser.add_argument("--overlap", type=int, default=12, metavar="PX",
                        help="pixels of the old edge that are repainted so that no seam is seen; "
                        "0 keeps them all (default 12)")  # fmt: skip
    add_mask_options(parser)
    add_common(parser, strength=1.0)


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Extend the picture; 0 when all candidates are saved."""
    check_mask_options(args)
    sides = {side: vars(args)[side] for side in _SIDES}
    for side, pixels in sides.items():
        if not 0 <= pixels <= SIDE_MAX:
            raise InvalidRequest(side, f"{pixels} pixels cannot be added at the {side}.",
                                 f"Choose 0 to {SIDE_MAX}.")  # fmt: skip
    if not 0 <= args.overlap <= 512:
        raise InvalidRequest("overlap", "That overlap is impossible.", "Choose 0 to 512 pixels.")
    request = base_request(args, headless, args.prompt)
    picture, mask = extend(read_picture(args.image), **sides, overlap=args.overlap)
    native, _ = native_size(args, headless, request.model)
    frame = context_frame(mask, native_size=native)
    inpaint = Inpaint(mask=mask, soft=not args.hard, fill=args.fill, frame=frame,
                      feather=args.feather, match_colour=not args.no_match)  # fmt: skip
    size = (frame[2], frame[3]) if frame else (picture.shape[1], picture.shape[0])
    request = sized(args, headless, request, size, image=picture, inpaint=inpaint)
    return make_all(args, headless, request)
