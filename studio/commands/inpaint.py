"""`studio inpaint`: repaint what a mask covers; every other pixel keeps its bytes."""

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
from studio.engine.context import context_frame, mask_from
from studio.engine.request import Inpaint
from studio.library.images import read_picture

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "inpaint"
HELP = "Repaint the masked part of a picture."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio inpaint`."""
    parser.add_argument("image", type=Path, metavar="IMAGE", help="the picture")
    parser.add_argument("prompt", metavar="PROMPT", help="what to draw under the mask")
    parser.add_argument(
        "--mask", type=Path, required=True, metavar="MASK",
        help="a picture of the same size: white is repainted, black is kept; if it has "
        "transparent parts, these are repainted (a white drawing on a transparent ground counts "
        "as drawn)",
    )  # fmt: skip
    parser.add_argument(
        "--whole", action="store_true",
        help="let the model see the whole picture, not only around the mask",
    )  # fmt: skip
    add_mask_options(parser)
    add_common(parser, strength=1.0)


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Repaint; 0 when all candidates are saved."""
    check_mask_options(args)
    request = base_request(args, headless, args.prompt)
    picture = read_picture(args.image)
    mask = mask_from(read_picture(args.mask, keep_alpha=True), picture)
    native, _ = native_size(args, headless, request.model)
    frame = None if args.whole else context_frame(mask, native_size=native)
    inpaint = Inpaint(mask=mask, soft=not args.hard, fill=args.fill, frame=frame,
                      feather=args.feather, match_colour=not args.no_match)  # fmt: skip
    size = (frame[2], frame[3]) if frame else (picture.shape[1], picture.shape[0])
    request = sized(args, headless, request, size, image=picture, inpaint=inpaint)
    return make_all(args, headless, request)
