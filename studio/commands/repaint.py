"""What inpaint, img2img and outpaint share: options, sizes and the way to the files. No command."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from studio.commands.generate import add_output_options, check_outputs
from studio.commands.generate import make_all as make_all
from studio.commands.options import add_request_options, request_from
from studio.engine.context import working_size
from studio.engine.errors import InvalidRequest
from studio.engine.models.catalog import find
from studio.engine.request import FEATHER_MAX, GenerationRequest, validate

if TYPE_CHECKING:
    from studio.cli import Headless

FILLS = ("original", "noise", "blur")


def add_common(parser: argparse.ArgumentParser, *, strength: float) -> None:
    """Prompt, strength, batch, and all that `studio generate` takes."""
    add_request_options(parser)
    parser.add_argument(
        "--strength", type=float, default=strength, metavar="S",
        help=f"how much may change, 0 to 1 (default {strength})",
    )  # fmt: skip
    parser.add_argument(
        "--batch", type=int, default=1, metavar="N", help="candidates: seed, seed+1, …"
    )
    add_output_options(parser)


def add_mask_options(parser: argparse.ArgumentParser) -> None:
    """How a mask is treated."""
    parser.add_argument("--fill", choices=FILLS, default="original",
                        help="what lies under the mask at the start")  # fmt: skip
    parser.add_argument("--hard", action="store_true",
                        help="a pixel is masked or not; without it, grey changes less")  # fmt: skip
    parser.add_argument("--feather", type=int, default=3, metavar="PX",
                        help="softness of the pasted edge, inwards (default 3)")  # fmt: skip
    parser.add_argument("--no-match", action="store_true",
                        help="leave the model's colour shift in the new part")  # fmt: skip


def check_mask_options(args: argparse.Namespace) -> None:
    """Raise InvalidRequest for numbers that make no sense."""
    if not 0 <= args.feather <= FEATHER_MAX:
        raise InvalidRequest("feather", "That feather is impossible.",
                             f"Choose 0 to {FEATHER_MAX} pixels.")  # fmt: skip


def native_size(args: argparse.Namespace, headless: Headless, model: str) -> tuple[int, int]:
    """(native size in px, multiple of) of the model that the request names."""
    info = find(headless.engine().models(), model)
    return info.native_size, info.multiple_of


def sized(
    args: argparse.Namespace, headless: Headless, request: GenerationRequest,
    frame: tuple[int, int], **more: Any,
) -> GenerationRequest:  # fmt: skip
    """The request at the model's size for a frame of (width, height); --size goes before.

    Raises InvalidRequest.
    """
    native, multiple_of = native_size(args, headless, request.model)
    if args.size is None:
        width, height = working_size(*frame, native_size=native, multiple_of=multiple_of)
        request = request.edit(width=width, height=height)
    request = request.edit(strength=args.strength, **more)
    validate(request, multiple_of=multiple_of)
    return request


def base_request(args: argparse.Namespace, headless: Headless, prompt: str) -> GenerationRequest:
    """The request without a picture: options over --settings or the model's defaults."""
    if not 1 <= args.batch <= 1000:
        raise InvalidRequest(
            "batch", "That number of pictures cannot be made.", "Choose 1 to 1000."
        )
    check_outputs(args)
    return request_from(args, headless.engine(), prompt=prompt)
