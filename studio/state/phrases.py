"""A prompt as a row of phrases between commas: which one the cursor is in, and moving it."""

from __future__ import annotations

from studio.engine.emphasis import Edit

_OPEN, _CLOSE = "([{<", ")]}>"


def phrases(text: str) -> list[tuple[int, int]]:
    """(start, end) of each phrase, without the spaces round it.

    Commas and line ends separate phrases, except within brackets; a bracket that is never closed
    holds nothing back. Linear in the length of the text.
    """
    ends = [*_separators(text), len(text)]
    spans, begin = [], 0
    for end in ends:
        start, stop = begin, end
        while start < stop and text[start].isspace():
            start += 1
        while stop > start and text[stop - 1].isspace():
            stop -= 1
        spans.append((start, stop))
        begin = end + 1
    return spans


def move_phrase(text: str, start: int, end: int, direction: int) -> Edit:
    """Let the phrases that text[start:end] touches change places with their neighbour.

    direction: -1 = earlier, +1 = later. Spaces, commas and line ends stay where they are; the
    moved words are selected afterwards. At either end of the prompt nothing changes.
    """
    start, end = sorted((max(0, min(start, len(text))), max(0, min(end, len(text)))))
    spans = [span for span in phrases(text) if span[0] < span[1]]
    touched = [at for at, span in enumerate(spans) if span[1] >= start and span[0] <= end]
    if not touched:
        return Edit(text, start, end)
    first, last = touched[0], touched[-1]
    if (direction < 0 and first == 0) or (direction > 0 and last == len(spans) - 1):
        return Edit(text, start, end)
    low, high = (first - 1, last) if direction < 0 else (first, last + 1)
    words = [text[a:b] for a, b in spans[low : high + 1]]
    words = [*words[1:], words[0]] if direction < 0 else [words[-1], *words[:-1]]
    return _put(text, spans[low : high + 1], words, 0 if direction < 0 else 1, last - first + 1)


def _put(text: str, spans: list[tuple[int, int]], words: list[str], at: int, count: int) -> Edit:
    """The text with these words in these places; words[at : at + count] are selected."""
    made, done, begin, end = text[: spans[0][0]], spans[0][0], 0, 0
    for number, ((start, stop), word) in enumerate(zip(spans, words, strict=True)):
        made += text[done:start]
        if number == at:
            begin = len(made)
        made += word
        if number == at + count - 1:
            end = len(made)
        done = stop
    return Edit(made + text[done:], begin, end)


def _separators(text: str) -> list[int]:
    """Where commas and line ends are, outside of closed brackets."""
    partner: dict[int, int] = {}
    opened: list[int] = []
    for at, letter in enumerate(text):
        if at and text[at - 1] == "\\":
            continue
        if letter in _OPEN:
            opened.append(at)
        elif letter in _CLOSE and opened:
            partner[opened.pop()] = at
    found, at = [], 0
    while at < len(text):
        if at in partner:
            at = partner[at]
        elif text[at] in ",\n":
            found.append(at)
        at += 1
    return found
