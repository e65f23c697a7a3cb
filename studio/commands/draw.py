"""`studio draw`: make a picture from a concept expression, without a display."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.commands.concept_options import EXPRESSION_HELP, open_concepts, point_at
from studio.commands.generate import Elsewhere, kept
from studio.commands.options import add_request_options, request_from, worded
from studio.commands.outputs import add_overwrite_option, check_output
from studio.concepts import draw, expression
from studio.concepts.expression import ExpressionError
from studio.engine.errors import InvalidRequest
from studio.engine.models import catalog
from studio.engine.request import ConceptWay, GenerationRequest, Pixels

if TYPE_CHECKING:
    from studio.cli import Headless
    from studio.concepts.checking import Check
    from studio.concepts.concepts import Concepts
    from studio.library.saving import Saved

NAME = "draw"
HELP = "Make a picture from an expression of words and pictures."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio draw`."""
    parser.add_argument("expression", metavar="EXPR", help=EXPRESSION_HELP)
    parser.add_argument("--amount", type=float, default=1.0, metavar="N", help="how far; 0 = not")
    parser.add_argument("--row", action="store_true", help="five amounts at the same seed")
    parser.add_argument(
        "--way", choices=["embedding", "direction", "guidance"],
        help="a point of the CLIP space (the starter), a direction of the prompt, CLIP guidance",
    )  # fmt: skip
    parser.add_argument("--prompt", help="words beside the expression")
    parser.add_argument("--clip", metavar="NAME", help="CLIP model; the starter's by default")
    parser.add_argument("--out", type=Path, metavar="FILE.png", help="write the picture here")
    add_overwrite_option(parser)
    add_request_options(parser)


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Make the picture, or the row; 0 when all are saved."""
    check_output(args, "out", {".png"}, count=len(draw.AMOUNTS) if args.row else 1)
    if not 0 <= args.amount <= 10:
        raise InvalidRequest("amount", "That amount is out of range.", "Choose from 0 to 10.")
    try:
        asked = expression.parse(args.expression)
    except ExpressionError as error:
        raise point_at(headless, args.expression, error) from error
    if not asked.terms:
        raise InvalidRequest("expression", "The expression is empty.", "Type words or a picture.")
    beside = {} if args.prompt is None else {"prompt": args.prompt}  # else that of --settings
    request = worded(headless, request_from(args, headless.engine(), **beside))
    concepts = open_concepts(args, headless)
    try:
        answers = _draw_all(args, headless, concepts, request)
    finally:
        concepts.close()
    headless.answer({"pictures": answers} if args.row else answers[0])
    return 0


def _draw_all(
    args: argparse.Namespace, headless: Headless, concepts: Concepts, request: GenerationRequest
) -> list[dict[str, Any]]:
    way: ConceptWay = args.way or _usual_way(headless, request)
    amounts = draw.AMOUNTS if args.row else (args.amount,)
    answers: list[dict[str, Any]] = []
    original, name = _original(args, concepts) if not args.row else (None, "amount 0")
    for number, amount in enumerate(amounts):
        concept = concepts.concept(args.expression, way, amount)
        one = request.edit(concept=concept)
        saved = _draw(args, headless, concepts, one, number)
        facts = headless.made[-1]
        facts |= {"expression": args.expression, "amount": amount, "way": way}
        if original is not None:
            found = checks(concepts, args.expression, saved.picture, original)
            facts["against"] = name
            facts["check"] = {word: round(check.z, 2) for word, check in found.items()}
            facts["doubts"] = {word: check.doubt for word, check in found.items() if check.doubt}
        elif args.row:
            original = saved.picture
        answers.append(facts)
        told = "  ".join(f"{word} {z:+.1f} z{'?' * (word in facts['doubts'])}"
                         for word, z in facts.get("check", {}).items())  # fmt: skip
        told += f"  against {name}" if told else ""
        for doubt in dict.fromkeys(facts.get("doubts", {}).values()):
            headless.note(doubt)
        headless.say(f"{saved.path}   amount {amount:g}   seed {one.seed}   {told}")
    return answers


def _original(args: argparse.Namespace, concepts: Concepts) -> tuple[Pixels | None, str]:
    """The picture of an expression that stays, to compare with, and its name; None without one."""
    base, _ = draw.base_and_change(expression.parse(args.expression))
    for term in base.terms:
        if term.kind == "picture":
            return np.asarray(concepts.picture(term.value)), Path(term.value).name
    return None, ""


def _usual_way(headless: Headless, request: GenerationRequest) -> ConceptWay:
    info = catalog.find(headless.engine().models(), request.model)
    return "embedding" if info.concept_dim else "direction"


def _draw(
    args: argparse.Namespace, headless: Headless, concepts: Concepts, request: GenerationRequest,
    number: int,
) -> Saved:  # fmt: skip
    from studio.drawing import produce

    library = headless.library()
    keeper = Elsewhere(args, number) if args.out else library
    work = produce(headless.engine(), keeper, concepts, request, headless.stop)
    return kept(headless, work, request, library if args.out else None)


def checks(concepts: Concepts, text: str, drawn: Pixels, original: Pixels) -> dict[str, Check]:
    """How much more of each word of the expression the picture shows than the original."""
    terms = [term for term in expression.parse(text).terms if term.kind == "text"]
    return {term.value: concepts.check(term.value, drawn, original)
            for term in terms}  # fmt: skip
