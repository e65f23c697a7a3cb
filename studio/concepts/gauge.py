"""A gauge: how much of an expression pictures show, as z, in one vector. Torch-free.

    z(after) - z(before) = (after - before) . g      g = S^-1 d / sigma

d is the expression's direction; S the covariance of usual pictures; sigma the spread of their
differences along S^-1 d. The same measure as a word's in `words`, for anything that can be written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.concepts import draw, words
from studio.concepts.algebra import Vectors
from studio.concepts.expression import Expression
from studio.concepts.words import Verdict

if TYPE_CHECKING:
    from studio.concepts.space import Space

NAMES_OF_CHANGE = 1  # words said for pictures with signs, on each side
NAMES_OF_PICTURES = 3  # words said for pictures without


def gauge(space: Space, expression: Expression) -> Vectors:
    """[D]: a unit picture vector times it is the expression's z, up to a constant.

    Raises NothingLeft or BrokenFile.
    """
    direction = space.evaluate(expression).vector
    return words.gauged(direction, space.usual_pictures(), space.word_space().centred)


def phrases(space: Space, expression: Expression) -> tuple[tuple[str, float], ...]:
    """What can be said of an expression: its words; for its pictures, what CLIP calls them.

    Raises CannotDraw when there is nothing to say.
    """
    said = [(draw.sentence(term.value), term.factor)
            for term in expression.terms if term.kind == "text"]  # fmt: skip
    pictures = Expression(tuple(term for term in expression.terms if term.kind == "picture"))
    if pictures.terms:
        said += _names(space, pictures)
    if not said:
        raise draw.CannotDraw(
            "CLIP finds no words for these pictures, and has nothing to say to the model.",
            "Add words, or draw a point of meaning with the starter.",
        )
    return tuple(said)


def _names(space: Space, pictures: Expression) -> list[tuple[str, float]]:
    naming = space.name(pictures)
    is_change = bool(pictures.plus and pictures.minus)
    count = NAMES_OF_CHANGE if is_change else NAMES_OF_PICTURES
    loudness = max(term.weight for term in pictures.terms)
    sides = ((naming.added, 1.0), (naming.removed, -1.0))
    sure = (Verdict.CLEAR, Verdict.LIKELY)
    return [(draw.sentence(word.word), sign * loudness)
            for found, sign in sides for place, word in enumerate(found[:count])
            if word.verdict in sure or (sign > 0 and not place and word.verdict is Verdict.GUESS)]
