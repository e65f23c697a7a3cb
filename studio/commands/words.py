"""`studio words`: name an expression or what differs between pictures, without a display."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from studio.commands.concept_options import (
    EXPRESSION_HELP,
    add_clip_options,
    facts_of_word,
    open_concepts,
    point_at,
)
from studio.concepts.expression import ExpressionError
from studio.concepts.words import Verdict

if TYPE_CHECKING:
    from studio.cli import Headless
    from studio.concepts.words import RankedWord

NAME = "words"
HELP = "Name what an expression adds and removes, with how sure that is."
BAR = 24  # characters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio words`."""
    parser.add_argument("expression", metavar="EXPR", help=EXPRESSION_HELP)
    parser.add_argument("-k", type=int, default=10, metavar="N", help="words on each side")
    add_clip_options(parser)


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Print the words; 0 when the expression could be read."""
    concepts = open_concepts(args, headless)
    try:
        naming = concepts.words(
            args.expression, count=max(1, min(args.k, 100)), stop=headless.stop,
            advance=lambda part: headless.progress(f"Reading the vocabulary {part:.0%}"),
        )  # fmt: skip
    except ExpressionError as error:
        raise point_at(headless, args.expression, error) from error
    finally:
        concepts.close()
    headless.progress("")
    for note in concepts.notes:
        headless.note(note)
    headless.answer({
        "added": [facts_of_word(word) for word in naming.added],
        "removed": [facts_of_word(word) for word in naming.removed],
        "verdict": naming.verdict.value,
        "note": naming.note,
    })  # fmt: skip
    top = max((abs(w.z) for w in (*naming.added, *naming.removed)), default=1.0) or 1.0
    first = "added" if naming.removed else "closest words"
    for title, sign, words in ((first, "+", naming.added), ("removed", "−", naming.removed)):
        if words:
            is_named = any(word.verdict is not Verdict.NONE for word in words)
            headless.say(title if is_named else f"{title}: nothing nameable")
        for word in words:
            headless.say(_line(sign, word, top))
    headless.say(f"\n{naming.note or 'Altogether'}: {naming.verdict.value}")
    return 0


def _line(sign: str, word: RankedWord, top: float) -> str:
    bar = "█" * max(0, round(BAR * word.z / top))
    names = " · ".join((word.word, *word.synonyms))
    return (f"  {sign} {names[:36]:36} {bar:{BAR}} z {word.z:5.1f}  cosine {word.cosine:6.3f}"
            f"  {word.verdict.value}")  # fmt: skip
