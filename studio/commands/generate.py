"""`studio generate`: make pictures from a prompt, without a display."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.commands.options import add_request_options, request_from, worded
from studio.commands.outputs import (
    add_overwrite_option,
    check_apart,
    check_output,
    free_name,
    numbered,
    still_free,
)
from studio.engine.errors import InvalidRequest, SaveFailed
from studio.engine.record import Take
from studio.engine.request import SEED_MAX, GenerationRequest
from studio.library.saving import NotSaved, Saved, facts_of

if TYPE_CHECKING:
    from studio.cli import Headless
    from studio.library.database import Library
    from studio.making import Maker
    from studio.production import Keeper

NAME = "generate"
HELP = "Make a picture from a prompt."
# Options that name a file, and what it may end in.
OUTPUTS = {
    "out": {".png"},
    "take": {".take", ".safetensors"},
    "strip": {".png", ".webp", ".gif", ".mp4"},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio generate`."""
    parser.add_argument("prompt", metavar="PROMPT", help="what to draw; - reads it from "
                        "stdin; <lora:name:0.8> and __list__ as in the window")  # fmt: skip
    add_request_options(parser)
    parser.add_argument(
        "--batch", type=int, default=1, metavar="N", help="pictures: seed, seed+1, …"
    )
    add_output_options(parser)


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Where the results go; without --out, into the library."""
    parser.add_argument(
        "--out", type=Path, metavar="FILE.png",
        help="write the picture here instead of into the library",
    )  # fmt: skip
    parser.add_argument("--take", type=Path, metavar="FILE.take", help="write all steps here")
    parser.add_argument(
        "--strip", type=Path, metavar="FILE", help="write the filmstrip here (png, webp, gif, mp4)"
    )
    add_overwrite_option(parser)


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Make the pictures; 0 when all are saved."""
    prompt = read_prompt() if args.prompt == "-" else args.prompt
    if not 1 <= args.batch <= 10_000:
        raise InvalidRequest(
            "batch", "That number of pictures cannot be made.", "Choose 1 to 10000."
        )
    check_outputs(args)
    request = request_from(args, headless.engine(), prompt=prompt)
    return make_all(args, headless, request)


def read_prompt() -> str:
    """The prompt from stdin. Raises InvalidRequest for what is no text."""
    try:
        return sys.stdin.read().strip()
    except UnicodeDecodeError:
        raise InvalidRequest("prompt", "What came from stdin is no text (broken UTF-8).",
                             "Convert it to UTF-8 first.") from None  # fmt: skip


def make_all(args: argparse.Namespace, headless: Headless, request: GenerationRequest) -> int:
    """Make --batch pictures with one seed after another; 0 when all are saved."""
    for number in range(args.batch):
        seed = (request.seed + number) % (SEED_MAX + 1)
        one = worded(headless, request.edit(seed=seed))  # which line of a list: the seed says it
        make_and_write(headless, args, one, number)
    headless.answer(headless.made[0] if args.batch == 1 else {"pictures": headless.made})
    return 0


def check_outputs(args: argparse.Namespace) -> None:
    """Refuse impossible and taken file names before any work is done. Raises InvalidRequest."""
    count = int(vars(args).get("batch", 1))
    for option, suffixes in OUTPUTS.items():
        check_output(args, option, suffixes, count=count)
    check_apart(args, *OUTPUTS)


def make_and_write(
    headless: Headless,
    args: argparse.Namespace,
    request: GenerationRequest,
    number: int = 0,
    **options: Any,
) -> dict[str, Any]:
    """Make one picture, write what the output options ask for, and return the facts of it.

    number: of the picture in a batch; later ones get it in their file names. options: as for
    `produce`: fork, arrays.
    """
    library = headless.library()
    keeper = Elsewhere(args, number) if args.out else library
    work = maker(headless, keeper)(request, headless.stop, **options)
    saved = kept(headless, work, request, library if args.out else None)
    facts = headless.made[-1]
    facts |= write_extras(headless, args, saved.take, number)
    headless.say(f"{saved.path}   seed {request.seed}   {sum(saved.seconds.values()):.1f} s")
    if saved.warning:
        headless.note(saved.warning)
    return facts


def kept(
    headless: Headless, work: Generator[Any, None, Saved], request: GenerationRequest,
    library: Library | None = None,
) -> Saved:  # fmt: skip
    """Run `work`, which makes and saves one picture; the facts of it go to what is made.

    A picture that could not be written where it should be is put elsewhere before that is raised;
    library: where to, first.
    """
    try:
        saved = headless.run(work)
    except NotSaved as failure:
        rescued = rescue(failure, library)
        headless.note(f"The picture was put here instead: {rescued.path}")
        headless.made.append(facts_of_saved(rescued, request))
        raise failure.reason from failure
    headless.made.append(facts_of_saved(saved, request))
    return saved


def maker(headless: Headless, keeper: Keeper | None = None) -> Maker:
    """Makes pictures as the window does: also those that CLIP guides."""
    from studio.making import Maker

    return Maker(headless.engine(), keeper, headless.home, headless.device)


def rescue(failure: NotSaved, library: Library | None) -> Saved:
    """Put a picture that could not be written into the library, else into the system's folder for
    passing things: this process ends, and the picture with it. Raises SaveFailed as a last word.
    """
    if library is not None:
        with contextlib.suppress(SaveFailed):
            return library.save(failure.result)
    try:
        folder = Path(tempfile.mkdtemp(prefix="latent-studio-"))
    except OSError:
        raise failure.reason from failure
    place = argparse.Namespace(out=folder / "picture.png", overwrite=False)
    return Elsewhere(place, 0).save(failure.result)


class Elsewhere:
    """Saves where --out says, as the library would; an unfinished run leaves a take beside it."""

    def __init__(self, args: argparse.Namespace, number: int) -> None:
        self._args = args
        self._out = numbered(args.out, number)

    def save(self, result: Any) -> Saved:
        """Write the finished picture. Raises SaveFailed."""
        import time

        from studio.library.metadata import write_png
        from studio.library.store import write_atomic

        began = time.perf_counter()
        facts = facts_of(result.take, seconds=dict(result.seconds))
        data = write_png(result.picture, result.take.request, facts)
        write_atomic(still_free(self._args, self._out), data)
        seconds = {**result.seconds, "Saving": time.perf_counter() - began}
        return Saved(path=self._out, picture=result.picture, take=result.take, seconds=seconds)

    def save_unfinished(self, take: Take) -> None:
        """Write the steps so far beside the picture that was not finished. Raises SaveFailed."""
        from studio.library.takes import SUFFIX, save_take

        save_take(free_name(self._out.with_suffix(SUFFIX)), take)


def write_extras(
    headless: Headless, args: argparse.Namespace, take: Take | None, number: int
) -> dict[str, str]:
    """Write --take and --strip; return their paths by name."""
    written: dict[str, str] = {}
    if take is not None and args.take:
        from studio.library.takes import save_take

        path = still_free(args, numbered(args.take, number))
        save_take(path, take)
        written["take"] = str(path)
    if take is not None and args.strip:
        from studio.library.strips import Look, export_strip

        path = still_free(args, numbered(args.strip, number))
        headless.run(export_strip(path, take.frames, Look(title=take.request.prompt[:200])))
        written["strip"] = str(path)
    return written


def facts_of_saved(saved: Saved, request: GenerationRequest) -> dict[str, Any]:
    """What --json tells about one picture."""
    return {
        "path": str(saved.path),
        "take": str(saved.take_path) if saved.take_path else None,
        "seed": request.seed,
        "model": request.model,
        "width": saved.picture.shape[1],
        "height": saved.picture.shape[0],
        "steps": request.steps,
        "seconds": {stage: round(spent, 4) for stage, spent in saved.seconds.items()},
    }
