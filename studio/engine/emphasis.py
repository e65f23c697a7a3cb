r"""Prompt emphasis: (word), (word:1.2), [word], \( escapes and BREAK. Torch-free.

The grammar is the one that the A1111 web UI made common. Every function takes time linear in the
length of the text, whatever the text.
"""

from __future__ import annotations

import math
import re
from itertools import accumulate, islice
from typing import NamedTuple

ROUND, SQUARE = 1.1, 1 / 1.1
WEIGHT_MAX = 1e6  # a longer number than this is a slip of the keyboard
MAX_CHUNKS = 16  # of 75 tokens; what a model reads at most

# A number that is none, as in (a:1.2.3), is text.
_TOKEN = re.compile(
    r"\\[()\[\]\\]|\\|\(|\[|:\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*\)|\)|\]|[^\\()\[\]:]+|:"
)
_BREAK = re.compile(r"\bBREAK\b")


class Span(NamedTuple):
    """A run of text with one weight; 1 = neutral."""

    text: str
    weight: float


def parse(text: str) -> list[list[Span]]:
    """Split a prompt at each BREAK into sections, and each section into spans of one weight.

    Brackets and escapes are gone from the text; brackets without a partner act to the end.
    """
    pieces, factors = _read(text)
    weights = _weights(len(pieces), factors)
    sections: list[list[Span]] = [[]]
    for piece, weight in zip(pieces, weights, strict=True):
        if piece is None:
            sections.append([])
        elif piece:
            _append(sections[-1], piece, weight)
    return [section or [Span("", 1.0)] for section in sections]


def plain(text: str) -> str:
    """The prompt without its brackets, escapes and numbers; sections joined by a space."""
    return " ".join("".join(span.text for span in section) for section in parse(text))


def _append(section: list[Span], text: str, weight: float) -> None:
    if section and section[-1].weight == weight:
        section[-1] = Span(section[-1].text + text, weight)
    else:
        section.append(Span(text, weight))


def _read(text: str) -> tuple[list[str | None], list[tuple[int, int, float]]]:
    """Pieces of text, None for BREAK; and (first piece, end, factor) for each bracket."""
    pieces: list[str | None] = []
    factors: list[tuple[int, int, float]] = []
    opened: dict[str, list[int]] = {"(": [], "[": []}
    for match in _TOKEN.finditer(text):
        token, number = match[0], match[1]
        if token in opened:
            opened[token].append(len(pieces))
        elif number is not None and opened["("]:
            factors.append((opened["("].pop(), len(pieces), float(number)))
        elif token == ")" and opened["("]:
            factors.append((opened["("].pop(), len(pieces), ROUND))
        elif token == "]" and opened["["]:
            factors.append((opened["["].pop(), len(pieces), SQUARE))
        elif token.startswith("\\"):
            pieces.append(token[1:])
        else:
            pieces.extend(_split_at_breaks(token))
    for bracket, factor in (("(", ROUND), ("[", SQUARE)):
        factors += [(start, len(pieces), factor) for start in opened[bracket]]
    return pieces, factors


def _split_at_breaks(text: str) -> list[str | None]:
    """The text between the BREAKs without the spaces round them, None for each BREAK."""
    parts = _BREAK.split(text)
    pieces: list[str | None] = []
    for i, part in enumerate(parts):
        kept = part.lstrip() if i > 0 else part
        pieces += [kept.rstrip() if i < len(parts) - 1 else kept, None]
    return pieces[:-1]


def _weights(count: int, factors: list[tuple[int, int, float]]) -> list[float]:
    """The product of the factors over each piece; logarithms, so that nothing overflows."""
    logs, zeros, signs = [0.0] * (count + 1), [0] * (count + 1), [0] * (count + 1)
    for start, end, factor in factors:
        for index, sign in ((start, 1), (end, -1)):
            logs[index] += sign * math.log(min(abs(factor), WEIGHT_MAX)) if factor else 0.0
            zeros[index] += sign * (factor == 0)
            signs[index] += sign * (factor < 0)
    most, weights = math.log(WEIGHT_MAX), []
    changes = zip(accumulate(logs), accumulate(zeros), accumulate(signs), strict=True)
    for log, zero, negative in islice(changes, count):
        size = 0.0 if zero else round(math.exp(max(min(round(log, 12), most), -most)), 12)
        weights.append(-size if negative % 2 else size)
    return weights


class Edit(NamedTuple):
    """A prompt after an edit, and which characters are selected then: text[start:end]."""

    text: str
    start: int
    end: int


class _Group(NamedTuple):
    start: int  # of the opening bracket
    inner_start: int
    inner_end: int  # of the words, before ":1.2"
    end: int  # behind the closing bracket
    weight: float


def bump_weight(text: str, start: int, end: int, *, step: float = 0.1) -> Edit:
    """Raise (or, with a negative step, lower) the weight of a selection, as Ctrl+Up and Ctrl+Down.

    An empty selection means the bracket that the cursor is in, else the word under it. A weight of
    1 loses its brackets; weights stay within 0 .. 10. Half a bracket in the selection: no change.
    """
    start, end = sorted((max(0, min(start, len(text))), max(0, min(end, len(text)))))
    groups = _groups(text)
    if start == end:
        around = [g for g in groups if g.inner_start <= start <= g.inner_end]
        if around:
            return _reweigh(text, min(around, key=lambda g: g.end - g.start), step)
        start, end = _word(text, start)
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end = max(start, len(text[:end].rstrip()))
    for group in groups:
        if (start, end) in ((group.start, group.end), (group.inner_start, group.inner_end)):
            return _reweigh(text, group, step)
    crosses = any((g.start < start < g.end) != (g.start < end < g.end) for g in groups)
    if start == end or crosses or _is_unbalanced(text[start:end]):
        return Edit(text, start, end)
    return _reweigh(text, _Group(start, start, end, end, 1.0), step)


def _reweigh(text: str, group: _Group, step: float) -> Edit:
    weight = max(0.0, min(round(group.weight + step, 2), 10.0))
    words = text[group.inner_start : group.inner_end]
    before, after = text[: group.start], text[group.end :]
    if weight == 1.0:
        return Edit(before + words + after, len(before), len(before) + len(words))
    first = len(before) + 1
    return Edit(f"{before}({words}:{weight:g}){after}", first, first + len(words))


def _groups(text: str) -> list[_Group]:
    """Every closed bracket of the text, inner ones first."""
    opened: dict[str, list[int]] = {"(": [], "[": []}
    groups = []
    for match in _TOKEN.finditer(text):
        token, number = match[0], match[1]
        if token in opened:
            opened[token].append(match.start())
            continue
        bracket = "[" if token == "]" else "("
        if (number is None and token not in (")", "]")) or not opened[bracket]:
            continue
        weight = float(number) if number else (ROUND if bracket == "(" else round(SQUARE, 1))
        start = opened[bracket].pop()
        groups.append(_Group(start, start + 1, match.start(), match.end(), weight))
    return groups


def _is_unbalanced(text: str) -> bool:
    depth = 0
    for match in _TOKEN.finditer(text):
        depth += (match[0] in "([") - (match[0] in ")]" or match[1] is not None)
        if depth < 0:
            return True
    return depth != 0


def _word(text: str, cursor: int) -> tuple[int, int]:
    """The word at the cursor; letters, digits, apostrophes and hyphens belong to words."""
    is_part = re.compile(r"[\w'’-]").match
    start = end = cursor
    while start > 0 and is_part(text[start - 1]):
        start -= 1
    while end < len(text) and is_part(text[end]):
        end += 1
    return start, end
