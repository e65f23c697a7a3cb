"""`studio generate`: make pictures from a prompt, without a display."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.commands.options import add_request_options, request_from
from studio.engine.errors import InvalidRequest
from studio.engine.record import Take
from studio.engine.request import SEED_MAX, GenerationRequest
from studio.library.saving import NotSaved, Saved, facts_of
from studio.production import produce

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "generate"
HELP = "Make a picture from a prompt."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio generate`."""
    parser.add_argument("prompt", metavar="PROMPT", help="what to draw; - reads it from stdin")
    add_request_options(parser)
    parser.add_argument(
        "--batch", type=int, default=1, metavar="N", help="pictures: seed, seed+1, …"
    )
    add_output_options(parser)


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Where the results go; without --out, into the library."""
    parser.add_argument("--out", type=Path, metavar="FILE.png", help="write the picture here")
    parser.add_argument("--take", type=Path, metavar="FILE.take", help="write all steps here")
    parser.add_argument(
        "--strip", type=Path, metavar="FILE", help="write the filmstrip here (png, webp, gif, mp4)"
    )


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Make the pictures; 0 when all are saved."""
    prompt = sys.stdin.read().strip() if args.prompt == "-" else args.prompt
    if not 1 <= args.batch <= 10_000:
        raise InvalidRequest(
            "batch", "That number of pictures cannot be made.", "Choose 1 to 10000."
        )
    check_outputs(args)
    request = request_from(args, headless.engine(), prompt=prompt)
    if args.seed is None and args.settings is None:
        request = request.edit(seed=random.randrange(SEED_MAX + 1))
    answers = []
    for number in range(args.batch):
        one = request.edit(seed=(request.seed + number) % (SEED_MAX + 1))
        answers.append(make_and_write(headless, args, one, number))
    headless.answer(answers[0] if args.batch == 1 else {"pictures": answers})
    return 0


def check_outputs(args: argparse.Namespace) -> None:
    """Refuse impossible file names before any work is done. Raises InvalidRequest."""
    wanted = {"out": {".png"}, "take": {".take", ".safetensors"},
              "strip": {".png", ".webp", ".gif", ".mp4"}}  # fmt: skip
    for name, suffixes in wanted.items():
        path: Path | None = vars(args).get(name)
        if path is None:
            continue
        if path.suffix.lower() not in suffixes:
            choices = " or ".join(sorted(suffixes))
            raise InvalidRequest(name, f"--{name} {path} cannot be written.", f"Use {choices}.")
        if path.is_dir():
            raise InvalidRequest(name, f"{path} is a folder.", "Give the name of a file.")


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
    engine, library = headless.engine(), headless.library()
    keeper = Elsewhere(args, number) if args.out else library
    work = produce(engine, keeper, request, headless.stop, **options)
    try:
        saved = headless.run(work)
    except NotSaved as failure:
        if args.out:
            rescued = library.save(failure.result)
            headless.note(f"The picture was put into the library instead: {rescued.path}")
        raise
    facts = facts_of_saved(saved, request)
    facts |= write_extras(headless, args, saved.take, number)
    headless.say(f"{saved.path}   seed {request.seed}   {sum(saved.seconds.values()):.1f} s")
    if saved.warning:
        headless.note(saved.warning)
    return facts


class Elsewhere:
    """Saves where --out says, as the library would; an unfinished run leaves a take beside it."""

    def __init__(self, args: argparse.Namespace, number: int) -> None:
        self._out = numbered(args.out, number)

    def save(self, result: Any) -> Saved:
        """Write the finished picture, replacing what was there. Raises SaveFailed."""
        import time

        from studio.library.metadata import write_png
        from studio.library.store import write_atomic

        began = time.perf_counter()
        facts = facts_of(result.take, seconds=dict(result.seconds))
        write_atomic(self._out, write_png(result.picture, result.take.request, facts))
        seconds = {**result.seconds, "Saving": time.perf_counter() - began}
        return Saved(path=self._out, picture=result.picture, take=result.take, seconds=seconds)

    def save_unfinished(self, take: Take) -> None:
        """Write the steps so far beside the picture that was not finished. Raises SaveFailed."""
        from studio.library.takes import SUFFIX, save_take

        save_take(self._out.with_suffix(SUFFIX), take)


def numbered(path: Path, number: int) -> Path:
    """picture.png, picture-2.png, picture-3.png: the names of a batch."""
    return path if number == 0 else path.with_name(f"{path.stem}-{number + 1}{path.suffix}")


def write_extras(
    headless: Headless, args: argparse.Namespace, take: Take | None, number: int
) -> dict[str, str]:
    """Write --take and --strip; return their paths by name."""
    written: dict[str, str] = {}
    if take is not None and args.take:
        from studio.library.takes import save_take

        path = numbered(args.take, number)
        save_take(path, take)
        written["take"] = str(path)
    if take is not None and args.strip:
        from studio.library.strips import Look, export_strip

        path = numbered(args.strip, number)
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
