"""What the README tells people to type is what the program understands."""

from __future__ import annotations

import re
import shlex

import pytest

from studio.cli import build_parser, command_names
from tests.laws.source import ROOT, STUDIO, modules

PAGES = ("README.md", "studio/README.md")


def code_lines() -> list[str]:
    """Every line of the pages' code blocks that begins with `studio` and a word."""
    found = []
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for block in re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            found += [line for line in block.splitlines() if re.match(r"studio [a-z]", line)]
    return found


def test_there_are_commands_to_look_at():
    assert {shlex.split(line)[1] for line in code_lines()} >= {"generate", "fork", "search"}


@pytest.mark.parametrize("line", code_lines())
def test_a_command_of_the_readme_is_understood(line):
    words = shlex.split(line, comments=True)[1:]
    assert words[0] in command_names()
    assert build_parser(words).parse_args(words).command == words[0]


def test_commands_named_in_sentences_exist():
    named = {
        word
        for page in PAGES
        for word in re.findall(r"`studio ([a-z]\w+)[ `]", (ROOT / page).read_text("utf-8"))
    }
    assert named
    assert named <= set(command_names())


def test_the_map_names_files_that_exist():
    text = (ROOT / "studio" / "README.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`([\w/]+(?:\.py|/))`", text)) - {"commands/NAME.py"}
    assert len(paths) > 100
    names = {path.name for path in STUDIO.rglob("*.py")}
    lost = {
        path
        for path in paths
        if not (STUDIO / path).exists() and not (ROOT / path).exists() and path not in names
    }
    assert not lost


def test_the_map_names_functions_that_exist():
    text = (ROOT / "studio" / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:\w+\.)*([a-z]+_[a-z_]+|[A-Z][a-z]+[A-Z]?[a-z]*)`", text))
    assert {"open_frame", "GenerationRequest"} <= named
    words = {word for module in modules().values() for word in re.findall(r"\w+", module.text)}
    assert not named - words
