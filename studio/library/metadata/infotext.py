"""The A1111 "infotext": read it with all its traps, write it so that others read it right.

    prompt lines
    Negative prompt: negative lines
    Steps: 20, Sampler: Euler, ..., key: "quoted, value", ...

Grammar after AUTOMATIC1111 webui infotext_utils.py. Every function runs in linear time and
never raises, whatever the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

TEXT_MAX = 262_144  # characters; what lies beyond is not settings
_JSON_TRIES = 64
_NEGATIVE = "Negative prompt:"
_STEPS_LINE = re.compile(r"\s*Steps:\s*\d")
_KEY = re.compile(r"\s*(\w[\w \-/.()]{0,79}):\s*")
_REFERENCE_KEY = re.compile(r"\s*(\w[\w \-/]+):\s*")
_QUOTED = re.compile(r'"(?:\\.|[^\\"])*"(?=\s*(?:,|$))', re.DOTALL)
_SIZE = re.compile(r"\s*(\d{1,6})\s*x\s*(\d{1,6})\s*$")


@dataclass(frozen=True, slots=True)
class Infotext:
    """A parsed infotext. fields: key -> value as text, in order, outermost and first mention wins.

    has_parameters: False where the text is a bare prompt.
    """

    prompt: str = ""
    negative_prompt: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_parameters(self) -> bool:
        """Whether a parameter line was found."""
        return bool(self.fields)

    def size(self, key: str = "Size") -> tuple[int, int] | None:
        """A "512x768" value as (width, height)."""
        match = _SIZE.match(self.fields.get(key, ""))
        return (int(match[1]), int(match[2])) if match else None


def parse(text: str) -> Infotext:
    """Take an infotext apart. The prompt is kept exactly, but for blanks at the ends of lines."""
    text = text[:TEXT_MAX].replace("\r\n", "\n").replace("\r", "\n").strip("\n\0")
    text = re.sub(r"\AParameters {2,}: ", "", text)  # a line of an ExifTool dump
    lines = text.split("\n")
    start = _parameter_line(lines)
    if start is None:
        return _parse_glued(text)
    fields, used = _parse_lines(lines[start:])
    if len(fields) < 3:
        return _split_prompts(lines, {})
    tail = "\n".join(lines[start + used :]).strip()  # e.g. the Template of dynamic-prompts
    if tail:
        fields.setdefault("Extra text", tail)
    return _split_prompts(lines[:start], fields)


def _parameter_line(lines: list[str]) -> int | None:
    """Index of the last line that begins with Steps; else the last line, if it holds pairs."""
    for index in range(len(lines) - 1, -1, -1):
        if _STEPS_LINE.match(lines[index]):
            return index
    last = len(lines) - 1
    is_line = len(dict(pairs(lines[last]))) >= 3 and not lines[last].startswith(_NEGATIVE)
    return last if is_line and _REFERENCE_KEY.match(lines[last]) else None


def _parse_lines(lines: list[str]) -> tuple[dict[str, str], int]:
    """Fields of the parameter line and of lines that go on with it; how many lines were used."""
    fields: dict[str, str] = {}
    used = 0
    for line in lines:
        if not line.strip():
            used += 1
            continue
        if used and (not _KEY.match(line) or _is_prose(line)):
            break
        for key, value in pairs(line):
            fields.setdefault(key, value)
        used += 1
    return fields, used


def _is_prose(line: str) -> bool:
    return line.startswith(("Template:", "Negative Template:", _NEGATIVE))


def _parse_glued(text: str) -> Infotext:
    """Text whose newlines became "." or vanished: "...photography).Steps: 50, Sampler: ..."."""
    at = text.rfind("Steps: ")
    while at > 0 and (text[at - 1].isalnum() or text[max(0, at - 6) : at].lower() == "hires "):
        at = text.rfind("Steps: ", 0, at)
    if at < 0 or not _STEPS_LINE.match(text, at):
        return _split_prompts(text.split("\n"), {})
    fields = dict(pairs(text[at:]))
    if len(fields) < 3:
        return _split_prompts(text.split("\n"), {})
    head, found, negative = text[:at].rpartition(_NEGATIVE)
    if not found:
        head, negative = text[:at], ""
    return Infotext(
        head.strip(" .\n").removesuffix(",").rstrip(" ."), negative.strip(" .\n"), fields
    )


def _split_prompts(lines: list[str], fields: dict[str, str]) -> Infotext:
    prompt: list[str] = []
    negative: list[str] = []
    target = prompt
    for line in lines:
        kept = line.rstrip()
        if target is prompt and kept.lstrip().startswith(_NEGATIVE):
            target = negative
            kept = kept.lstrip()[len(_NEGATIVE) :].removeprefix(" ")
        target.append(kept)
    return Infotext("\n".join(prompt).strip("\n"), "\n".join(negative).strip("\n"), fields)


def pairs(line: str) -> Iterator[tuple[str, str]]:
    """Yield the key: value pairs of a parameter line, JSON and quoted values whole."""
    position, tries = 0, _JSON_TRIES
    while position < len(line):
        match = _KEY.match(line, position)
        if match is None:
            comma = line.find(",", position)
            position = len(line) if comma < 0 else comma + 1
            continue
        start = match.end()
        if tries and line[start : start + 1] in ("{", "["):
            tries -= 1
            end = _json_end(line, start)
            if end is not None:
                yield match[1].strip(), line[start:end]
                position = end + 1
                continue
        quoted = _QUOTED.match(line, start)
        if quoted:
            yield match[1].strip(), unquote(quoted[0])
            position = quoted.end() + 1
            continue
        comma = line.find(",", start)
        end = len(line) if comma < 0 else comma
        yield match[1].strip(), line[start:end].strip()
        position = end + 1


def _json_end(text: str, start: int) -> int | None:
    try:
        return json.JSONDecoder().raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return None


def quote(value: Any) -> str:
    """Write a value as the reference does: quoted only if it holds "," or ":" or a newline."""
    text = str(value)
    if "," not in text and ":" not in text and "\n" not in text:
        return text
    return json.dumps(text, ensure_ascii=False)


def unquote(text: str) -> str:
    """Undo `quote`; text that was never quoted comes back as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, str) else text


def compose(prompt: str, negative_prompt: str, fields: Mapping[str, Any]) -> str:
    """Write an infotext. fields: in the order to write them; None values are left out."""
    parts = [prompt]
    if negative_prompt:
        parts.append(f"{_NEGATIVE} {negative_prompt}")
    written = (f"{key}: {quote(value)}" for key, value in fields.items() if value is not None)
    parts.append(", ".join(written))
    return "\n".join(parts).strip("\n").rstrip().replace("\0", "")
