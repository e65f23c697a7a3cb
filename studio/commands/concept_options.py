"""What the commands of the concepts room share. No command itself."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from studio.concepts.expression import ExpressionError
from studio.engine.errors import InvalidRequest

if TYPE_CHECKING:
    from studio.cli import Headless
    from studio.concepts.concepts import Concepts
    from studio.concepts.words import RankedWord

EXPRESSION_HELP = (
    "words and pictures with + and -, weights before them, e.g. "
    "'portrait.png + 0.8 hat - \"no hat\"'; an expression that begins with a minus follows --"
)


def add_clip_options(parser: argparse.ArgumentParser) -> None:
    """Which CLIP reads the expression."""
    parser.add_argument("--clip", metavar="NAME", help="CLIP model; the starter's by default")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], help="what computes")
    parser.add_argument(
        "--milvus", metavar="ADDRESS",
        help="a shared index, http://host:19530[/database], instead of the own one; STUDIO_MILVUS"
        " sets it for all commands and the window",
    )  # fmt: skip


def open_concepts(args: argparse.Namespace, headless: Headless) -> Concepts:
    """The concepts room of this home, with the model asked for."""
    from studio.drawing import open_concepts as open_room

    milvus: str | None = getattr(args, "milvus", None)
    concepts = open_room(headless.home, headless.device, headless.engine(), milvus)
    if args.clip:
        concepts.choose(args.clip)
    return concepts


def point_at(headless: Headless, text: str, error: ExpressionError) -> InvalidRequest:
    """Show on stderr where the mistake is; the error to raise."""
    plain = text.replace("\n", " ").replace("\t", " ")
    start = max(0, error.position - 60)
    headless.note(f"    {plain[start : start + 120]}")
    headless.note("    " + " " * (error.position - start) + "^" * max(1, min(error.length, 40)))
    return InvalidRequest("expression", error.message, error.hint)


def facts_of_word(word: RankedWord) -> dict[str, Any]:
    """What --json tells about a word."""
    return {"word": word.word, "z": word.z, "cosine": word.cosine, "verdict": word.verdict.value,
            "synonyms": list(word.synonyms)}  # fmt: skip
