"""Concept expressions as symbols: `portrait.png + 0.8 hat - "no hat"`. Torch-free.

    expression = [sign] term { sign term }        sign = + or - with a space before it
    term       = [weight] operand                 weight = 0.8 | 0.8* | 0.8×
    operand    = "quoted" | bare words            escapes in quotes: \\" and \\\\
                 'quoted'                         as it is; an apostrophe in words is none
                 text:"..." | picture:"..."       when the rule below guesses wrong

An operand is a picture when it looks like one: it ends like a picture file (.png, .take#12, ...)
or starts like a path (./ ~/ / file:). Everything else is words. Expressions are kept as symbols
because search, naming and drawing each evaluate them in another model's space.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from studio.engine.errors import StudioError

Kind = Literal["text", "picture"]
WEIGHT_MAX = 10.0
TERMS_MAX = 200
LENGTH_MAX = 20_000  # characters of a whole expression

_PICTURE = re.compile(r"\.(png|jpe?g|webp|take#\d+)$", re.IGNORECASE)
_PATH = re.compile(r"(\.{1,2}[/\\]|~[/\\]|/|file:|[A-Za-z]:[/\\])")
_SPACE = re.compile(r"\s*")
_SIGN = re.compile(r"[+\-−–]")
_WEIGHT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,3}))?(\s*[*×]\s*|\s+)")
_PREFIX = re.compile(r"(text|picture):(?=\")", re.IGNORECASE)
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_SINGLE = re.compile(r"'([^']*)'(?=\s*$|\s+[+\-−–])")
_BARE_END = re.compile(r"(?<!\s)\s+(?=[+\-−–])|(?<!\s)\s*\Z")  # each run of blanks looked at once
_BARE_SAFE = re.compile(r"[^\W\d_][\w'.,-]*( [\w'.,][\w'.,-]*(?<!-))*")


class ExpressionError(StudioError):
    """An expression cannot be read. position, length: where, in characters of the text."""

    def __init__(self, position: int, length: int, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.position = position
        self.length = length


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One signed, weighted operand. sign: +1 or -1; weight: 0 .. WEIGHT_MAX."""

    kind: Kind
    value: str  # the words, or the path of a picture, optionally .take#step
    sign: int = 1
    weight: float = 1.0

    @property
    def factor(self) -> float:
        """Sign times weight."""
        return self.sign * self.weight

    def flipped(self) -> Term:
        """The same term with the other sign."""
        return replace(self, sign=-self.sign)

    def weighted(self, weight: float) -> Term:
        """The same term with another weight, clipped to the legal range."""
        return replace(self, weight=min(max(round(weight, 4), 0.0), WEIGHT_MAX))


@dataclass(frozen=True, slots=True)
class Expression:
    """A sum of terms; empty when nothing has been asked yet."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return to_text(self)

    @property
    def plus(self) -> tuple[Term, ...]:
        """The terms that are added."""
        return tuple(term for term in self.terms if term.sign > 0)

    @property
    def minus(self) -> tuple[Term, ...]:
        """The terms that are taken away."""
        return tuple(term for term in self.terms if term.sign < 0)


def text_term(words: str, factor: float = 1.0) -> Term:
    """A term of words; a negative factor gives a minus term."""
    return Term(kind="text", value=words, sign=-1 if factor < 0 else 1, weight=abs(factor))


def picture_term(path: str, factor: float = 1.0) -> Term:
    """A term of one picture; a negative factor gives a minus term."""
    return Term(kind="picture", value=path, sign=-1 if factor < 0 else 1, weight=abs(factor))


def difference(after: Iterable[str], before: Iterable[str]) -> Expression:
    """mean(after) - mean(before) of two sets of picture paths: what was added between them."""
    sides = [(list(after), 1.0), (list(before), -1.0)]
    return Expression(
        tuple(picture_term(path, sign / len(side)) for side, sign in sides for path in side)
    )


def looks_like_picture(value: str) -> bool:
    """Whether an operand without a prefix is taken for a picture."""
    return bool(_PICTURE.search(value) or _PATH.match(value))


def parse(text: str) -> Expression:
    """Read an expression; the empty text gives the empty expression.

    Raises ExpressionError with the place of the mistake.
    """
    if len(text) > LENGTH_MAX:
        raise ExpressionError(
            LENGTH_MAX,
            len(text) - LENGTH_MAX,
            "The expression is too long.",
            "Use fewer or shorter terms.",
        )
    terms: list[Term] = []
    at = _skip(text, 0)
    while at < len(text):
        sign, at = _read_sign(text, at, is_first=not terms)
        term, at = _read_term(text, at, sign)
        terms.append(term)
        if len(terms) > TERMS_MAX:
            raise ExpressionError(at, 1, f"There are more than {TERMS_MAX} terms.",
                                  "Put the pictures into a set.")  # fmt: skip
        at = _skip(text, at)
    return Expression(tuple(terms))


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _read_sign(text: str, at: int, *, is_first: bool) -> tuple[int, int]:
    found = _SIGN.match(text, at)
    if found is None:
        if is_first:
            return 1, at
        raise ExpressionError(at, 1, "A + or − is missing here.", "Put one between two terms.")
    end = _skip(text, found.end())
    name = "plus" if found[0] == "+" else "minus"
    if end == len(text):
        raise ExpressionError(at, 1, f"Nothing follows the {name}.", "Add words or a picture.")
    again = _SIGN.match(text, end)
    if again is not None:
        raise ExpressionError(end, 1, "Two signs follow each other.", "Keep one of them.")
    return (1 if name == "plus" else -1), end


def _read_term(text: str, at: int, sign: int) -> tuple[Term, int]:
    weight, at = _read_weight(text, at)
    prefix = _PREFIX.match(text, at)
    at = prefix.end() if prefix else at
    single = _SINGLE.match(text, at)
    if single is not None:
        value, end = single[1], single.end()
    else:
        value, end = _read_quoted(text, at) if text[at] == '"' else _read_bare(text, at)
    if not value.strip():
        raise ExpressionError(at, max(end - at, 1), "This term is empty.",
                              "Write words between the quotes.")  # fmt: skip
    guess: Kind = "picture" if looks_like_picture(value) else "text"
    kind: Kind = guess
    if prefix:
        kind = "picture" if prefix[1].lower() == "picture" else "text"
    return Term(kind=kind, value=value, sign=sign, weight=weight), end


def _read_weight(text: str, at: int) -> tuple[float, int]:
    found = _WEIGHT.match(text, at)
    if found is None:
        return 1.0, at
    weight = float(found[1] + (f"e{found[2]}" if found[2] else ""))
    end = found.end()
    if end == len(text) or _SIGN.match(text, end):
        if "*" in found[3] or "×" in found[3]:
            raise ExpressionError(at, end - at, "This weight has nothing to weigh.",
                                  "Put words or a picture after it.")  # fmt: skip
        return 1.0, at  # a bare number is a word: "7 - 3"
    if not math.isfinite(weight) or weight > WEIGHT_MAX:
        raise ExpressionError(at, len(found[0].rstrip()), "This weight is too large.",
                              f"Choose from 0 to {WEIGHT_MAX:g}.")  # fmt: skip
    return weight, end


def _read_quoted(text: str, at: int) -> tuple[str, int]:
    found = _QUOTED.match(text, at)
    if found is None:
        raise ExpressionError(at, len(text) - at, "A quotation mark is not closed.",
                              'Add " at the end of the words.')  # fmt: skip
    return re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL), found.end()


def _read_bare(text: str, at: int) -> tuple[str, int]:
    found = _BARE_END.search(text, at)
    end = found.start() if found else len(text)
    quote = text.find('"', at, end)
    if quote >= 0:
        raise ExpressionError(quote, 1, "A quotation mark stands inside the words.",
                              "Put a + or − before it, or quote the whole term.")  # fmt: skip
    return " ".join(text[at:end].split()), end


def to_text(expression: Expression) -> str:
    """Print an expression in one canonical way; `parse` is its inverse."""
    parts: list[str] = []
    for term in expression.terms:
        sign = "- " if term.sign < 0 else "+ " if parts else ""
        weight = "" if term.weight == 1 else f"{_number(term.weight)} "
        parts.append(f"{sign}{weight}{_operand(term)}")
    return " ".join(parts)


def _number(weight: float) -> str:
    return repr(weight).removesuffix(".0")


def _operand(term: Term) -> str:
    is_guessed = looks_like_picture(term.value) == (term.kind == "picture")
    if is_guessed and (_BARE_SAFE.fullmatch(term.value) or _is_plain_path(term)):
        return term.value
    quoted = term.value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"' if is_guessed else f'{term.kind}:"{quoted}"'


def _is_plain_path(term: Term) -> bool:
    return (
        term.kind == "picture"
        and bool(re.fullmatch(r"[./~\w][\w./~#-]*", term.value))
        and not (term.value[0].isdigit())
    )
