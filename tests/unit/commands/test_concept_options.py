"""What the commands about concepts share."""

from __future__ import annotations

import argparse

import pytest

from studio.commands.concept_options import (
    add_clip_options,
    facts_of_word,
    open_concepts,
    point_at,
)
from studio.concepts.expression import ExpressionError, parse
from studio.concepts.store import StoreError
from studio.concepts.words import RankedWord, Verdict


class Headless:
    device = "cpu"

    def __init__(self, home):
        self.home, self.notes = home, []

    def engine(self):
        return None

    def note(self, words):
        self.notes.append(words)


def mistake(text):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize("text", ["hat - - beard", "a\thill + + x", f"{'long ' * 60}- - beard"])
def test_the_mark_stands_below_the_mistake(home, text):
    headless = Headless(home)
    error = mistake(text)
    told = point_at(headless, text, error)
    line, mark = headless.notes
    assert line[mark.index("^")] == text[error.position]
    assert len(line) < 130
    assert told.field == "expression"


def test_a_word_tells_its_numbers():
    word = RankedWord("hat", 4.1, 0.31, Verdict.CLEAR, ("cap",))
    assert facts_of_word(word) == {
        "word": "hat", "z": 4.1, "cosine": 0.31, "verdict": "clear", "synonyms": ["cap"],
    }  # fmt: skip


def test_the_clip_that_was_asked_for_is_used(home):
    parser = argparse.ArgumentParser()
    add_clip_options(parser)
    args = parser.parse_args(["--clip", "mine", "--device", "cpu"])
    assert open_concepts(args, Headless(home)).model == "mine"
    assert open_concepts(parser.parse_args([]), Headless(home)).model == "starter"


def test_a_shared_index_is_named_by_option_or_environment(home, monkeypatch):
    parser = argparse.ArgumentParser()
    add_clip_options(parser)
    shared = open_concepts(parser.parse_args(["--milvus", "nowhere"]), Headless(home))
    with pytest.raises(StoreError):
        shared.indexed_count()
    monkeypatch.setenv("STUDIO_MILVUS", "nowhere")
    with pytest.raises(StoreError):
        open_concepts(parser.parse_args([]), Headless(home)).indexed_count()
    monkeypatch.delenv("STUDIO_MILVUS")
    assert open_concepts(parser.parse_args([]), Headless(home)).indexed_count() == 0
