"""`studio fork`: continue a take from one of its steps, with some settings changed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.commands.generate import OUTPUTS, add_output_options, check_outputs, make_and_write
from studio.commands.options import pick, worded
from studio.commands.outputs import expanded
from studio.commands.repaint import add_mask_options, check_mask_options
from studio.engine.context import mask_from
from studio.engine.errors import InvalidRequest, StudioError
from studio.engine.levels import SCHEDULES
from studio.engine.record import Take
from studio.engine.request import Inpaint
from studio.engine.sampler_table import SAMPLERS
from studio.library.forks import fork_request, last_step, step_at
from studio.library.images import read_picture
from studio.library.takes import SUFFIX, load_take

if TYPE_CHECKING:
    from studio.cli import Headless
    from studio.library.database import Library

NAME = "fork"
TAKE_ENDINGS = OUTPUTS["take"]  # what `studio generate --take` may have written
HELP = "Continue a take from one of its steps; unchanged, the bytes are the same."

# option: (type, field of the request, help)
_CHANGES: dict[str, tuple[Callable[[str], Any], str, str]] = {
    "--prompt": (str, "prompt", "another prompt from here on"),
    "--negative": (str, "negative_prompt", "another negative prompt from here on"),
    "--cfg": (float, "guidance_scale", "CFG scale; 1 = guidance off"),
    "--rescale": (float, "guidance_rescale", "guidance rescale, 0 to 1"),
    "--steps": (int, "steps", "steps of the whole run"),
    "--remaining": (int, "remaining", "steps from here on, instead of --steps"),
    "--eta": (float, "eta", "0 = deterministic, 1 = ancestral, inf = all noise anew"),
    "--noise": (float, "noise", "weight of the fresh noise of each step"),
    "--noise-seed": (int, "noise_seed", "another seed of the fresh noise from here on"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio fork`."""
    add_take_argument(parser)
    parser.add_argument(
        "--step", type=int, metavar="K",
        help="fork before this step is made, 1 = the first; without it, a stopped take goes on",
    )  # fmt: skip
    for option, (kind, field, words) in _CHANGES.items():
        metavar = "TEXT" if kind is str else "N"
        parser.add_argument(option, type=kind, dest=field, metavar=metavar, help=words)
    parser.add_argument("--cfg-from", type=int, metavar="A", help="guidance acts from step A")
    parser.add_argument("--cfg-to", type=int, metavar="B", help="guidance acts up to step B")
    parser.add_argument("--sampler", help="one of: " + "; ".join(SAMPLERS))
    parser.add_argument("--schedule", help="one of: " + "; ".join(SCHEDULES))
    parser.add_argument(
        "--mask", type=Path, metavar="MASK", help="from here on only what is white in it changes"
    )
    parser.add_argument(
        "--image", type=Path, metavar="IMAGE",
        help="with --mask: what is kept; without it, the take's own picture",
    )  # fmt: skip
    add_mask_options(parser)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], help="what computes")
    add_output_options(parser)


def add_take_argument(parser: argparse.ArgumentParser) -> None:
    """TAKE: a take's file, or the picture that it lies beside."""
    parser.add_argument(
        "take_file", metavar="TAKE", type=Path, help="a .take file, or the picture beside it"
    )


def open_take_argument(path: Path) -> Take:
    """The take that TAKE names. Raises InvalidRequest, BrokenFile or UnsafeFile in words."""
    path = expanded(path)
    if not path.name:
        raise InvalidRequest("take", f"{path} names no take.",
                             "Give a .take file, or the picture beside it.")  # fmt: skip
    return load_take(path if path.suffix in TAKE_ENDINGS else path.with_suffix(SUFFIX))


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Make the fork; 0 when it is saved."""
    check_outputs(args)
    take = open_take_argument(args.take_file)
    index = last_step(take).index if args.step is None else args.step - 1
    if index < 0:
        raise InvalidRequest("step", "Steps are counted from 1.", "Choose a step of the take.")
    take = holder_of(take, index, headless.library)
    changes = changes_from(args, take, index) | masked_from(args, take)
    request = fork_request(take, index, changes)
    if args.prompt is not None or args.negative_prompt is not None:
        request = worded(headless, request)
    facts = make_and_write(
        headless, args, request, fork=step_at(take, index), arrays=take.arrays or None
    )
    headless.answer(facts | {"parent": take.id, "step": index + 1})
    return 0


def masked_from(args: argparse.Namespace, take: Take) -> dict[str, Any]:
    """The start picture and mask that --mask asks for; {} without it. Raises StudioError.

    A run that saw a context frame goes on in the same frame, on the picture it began with.
    """
    if args.mask is None:
        if args.image is not None:
            raise InvalidRequest("image", "--image says what is kept around a mask.",
                                 "Give --mask, too.")  # fmt: skip
        return {}
    check_mask_options(args)
    mine, before = expanded(args.take_file).with_suffix(".png"), take.request.inpaint
    frame = None
    if args.image is not None:
        picture = read_picture(expanded(args.image))
    elif before is not None and take.request.image is not None:
        picture, frame = take.request.image, before.frame
    elif mine.exists():
        picture = read_picture(mine)
    else:
        raise InvalidRequest("image", "There is no picture beside the take.",
                             "Say with --image what is to be kept.")  # fmt: skip
    mask = mask_from(read_picture(expanded(args.mask), keep_alpha=True), picture)
    inpaint = Inpaint(mask=mask, soft=not args.hard, fill=args.fill, frame=frame,
                      feather=args.feather, match_colour=not args.no_match)  # fmt: skip
    return {"image": picture, "inpaint": inpaint}


def holder_of(take: Take, index: int, library: Callable[[], Library]) -> Take:
    """The take that owns step `index`: this one, or, before its fork, the one that it left."""
    seen = {take.id}
    while take.parent and take.steps and index < take.steps[0].index:
        if take.parent[0] in seen:
            break
        seen.add(take.parent[0])
        try:
            file = library().of_take(take.parent[0]).take_path
        except StudioError:
            break  # step_at says which steps there are
        if file is None:
            break
        take = load_take(file)
    return take


def changes_from(args: argparse.Namespace, take: Take, index: int) -> dict[str, Any]:
    """The changed settings that the options ask for. Raises InvalidRequest."""
    given = vars(args)
    changes = {f: given[f] for _, f, _ in _CHANGES.values() if given.get(f) is not None}
    for name, table in (("sampler", SAMPLERS), ("schedule", SCHEDULES)):
        if given.get(name):
            changes[name] = pick(name, given[name], table)
    total = changes.get("steps", take.request.steps)
    if "remaining" in changes:
        total = index + changes["remaining"]
    if args.cfg_from is not None:
        changes["guidance_start"] = _fraction(args.cfg_from - 1, total)
    if args.cfg_to is not None:
        changes["guidance_end"] = _fraction(args.cfg_to, total)
    return changes


def _fraction(step: int, total: int) -> float:
    return min(1.0, max(0.0, step / max(1, total)))
