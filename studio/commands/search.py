"""`studio search`: find indexed pictures by meaning, without a display."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from studio.commands.concept_options import (
    EXPRESSION_HELP,
    add_clip_options,
    open_concepts,
    point_at,
)
from studio.concepts.expression import ExpressionError

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "search"
HELP = "Find indexed pictures by words, by a picture, or by an expression of both."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio search`."""
    parser.add_argument("expression", metavar="EXPR", help=EXPRESSION_HELP)
    parser.add_argument("-k", type=int, default=20, metavar="N", help="how many pictures")
    parser.add_argument(
        "--minus", choices=["exclude", "steer"], default="exclude",
        help="minus terms leave pictures out, or are subtracted",
    )  # fmt: skip
    add_clip_options(parser)


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Print what is found, best first; 1 when nothing is indexed."""
    concepts = open_concepts(args, headless)
    count = max(1, min(args.k, 10_000))
    try:
        found = concepts.search(args.expression, minus=args.minus, count=count)
    except ExpressionError as error:
        raise point_at(headless, args.expression, error) from error
    finally:
        concepts.close()
    headless.answer({
        "hits": [{"path": hit.item.reference, "score": hit.score, "z": hit.z}
                 for hit in found.hits],
        "total": found.total, "strong": found.strong, "possible": found.possible,
        "excluded": found.excluded, "note": found.note,
    })  # fmt: skip
    for hit in found.hits:
        headless.say(f"{hit.score:6.3f}  z {hit.z:5.1f}  {hit.item.reference}")
    if found.note:
        headless.note(found.note)
    if not found.total:
        headless.note("Index folders first: studio index FOLDER")
    return 0 if found.total else 1
