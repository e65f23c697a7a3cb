"""Prompt emphasis: the common grammar, hostile text, and weights by keyboard."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.engine.emphasis import WEIGHT_MAX, bump_weight, parse, plain

# What other programs make of these texts; 1.1 for round, 1/1.1 for square brackets.
EXAMPLES = [
    ("", [[("", 1)]]),
    ("a misty wood", [[("a misty wood", 1)]]),
    ("a (fox)", [[("a ", 1), ("fox", 1.1)]]),
    ("a (fox:1.5) runs", [[("a ", 1), ("fox", 1.5), (" runs", 1)]]),
    ("((((fox))))", [[("fox", 1.1**4)]]),
    ("[[fox]]", [[("fox", 1.1**-2)]]),
    ("[(fox)]", [[("fox", 1)]]),
    ("(fox, (owl, (elk:1.5):1.5):1.5)", [[("fox, ", 1.5), ("owl, ", 2.25), ("elk", 3.375)]]),
    ("(fox:+1.1)", [[("fox", 1.1)]]),
    ("(fox:.5)", [[("fox", 0.5)]]),
    ("(fox:-1)", [[("fox", -1)]]),
    ("(fox:0)(owl)", [[("fox", 0), ("owl", 1.1)]]),
    ("( fox : 1.2 )", [[(" fox ", 1.2)]]),
    ("(fox:)", [[("fox:", 1.1)]]),
    ("(fox:1.2.3)", [[("fox:1.2.3", 1.1)]]),
    ("(fox:1e2)", [[("fox:1e2", 1.1)]]),
    ("fox:1.2", [[("fox:1.2", 1)]]),
    ("at 10:30", [[("at 10:30", 1)]]),
    (r"\(fox\)", [[("(fox)", 1)]]),
    (r"(fox\):1.2)", [[("fox)", 1.2)]]),
    (r"fox \\ owl", [[("fox \\ owl", 1)]]),
    ("\\", [[("", 1)]]),
    ("fox)", [[("fox)", 1)]]),
    (")(", [[(")", 1)]]),
    ("((fox)", [[("fox", 1.1**2)]]),
    ("[fox)", [[("fox)", 1 / 1.1)]]),
    ("(fox:1.2)(owl:1.2)", [[("foxowl", 1.2)]]),
    ("fox BREAK owl", [[("fox", 1)], [("owl", 1)]]),
    ("fox\nBREAK\nowl", [[("fox", 1)], [("owl", 1)]]),
    ("BREAK BREAK", [[("", 1)], [("", 1)], [("", 1)]]),
    ("fox break owl BREAKFAST", [[("fox break owl BREAKFAST", 1)]]),
    ("(fox BREAK owl:1.2)", [[("fox", 1.2)], [("owl", 1.2)]]),
    ("(狐:1.3)、[海]", [[("狐", 1.3), ("、", 1), ("海", 1 / 1.1)]]),
]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_examples(text, expected):
    sections = parse(text)
    assert [[span.text for span in section] for section in sections] == [
        [words for words, _ in section] for section in expected
    ]
    for section, wanted in zip(sections, expected, strict=True):
        for span, (_, weight) in zip(section, wanted, strict=True):
            assert span.weight == pytest.approx(weight, rel=1e-9)


def test_plain_text_has_no_brackets():
    assert plain(r"a (red:1.4) [cat] BREAK \(x\)") == "a red cat (x)"


@pytest.mark.parametrize(
    "text",
    ["(" * 20_000, "[(" * 10_000, ": " * 10_000, " " * 20_000 + "BREAK", ":" + "1" * 19_999,
     "(a:0)" * 4_000, "BREAK " * 3_000, "(a:999999999)" * 1_500, "\\" * 19_999],
    ids=lambda text: repr(text[:8]),
)  # fmt: skip
def test_hostile_text_takes_linear_time_and_gives_finite_weights(text):
    began = time.process_time()
    sections = parse(text)
    bump_weight(text, 0, len(text))
    assert time.process_time() - began < 1.0
    assert all(abs(span.weight) <= WEIGHT_MAX for section in sections for span in section)


@given(st.text(alphabet="ab ()[]:\\.15BREAK\n", max_size=60))
def test_any_text_parses_and_drops_no_letters(text):
    sections = parse(text)
    kept = "".join(span.text for section in sections for span in section)
    if "BREAK" not in text:
        assert kept.count("b") == text.count("b")
    assert all(math.isfinite(span.weight) for section in sections for span in section)


BUMPS = [
    ("a red cat", 3, 3, "a (red:1.1) cat", "red"),
    ("a red cat", 2, 5, "a (red:1.1) cat", "red"),
    ("a red cat", 1, 6, "a (red:1.1) cat", "red"),
    ("a red cat", 2, 9, "a (red cat:1.1)", "red cat"),
    ("a (red:1.1) cat", 4, 4, "a (red:1.2) cat", "red"),
    ("a (red:1.2) cat", 2, 11, "a (red:1.3) cat", "red"),
    ("a (red:0.9) cat", 3, 6, "a red cat", "red"),
    ("(red) cat", 2, 2, "(red:1.2) cat", "red"),
    ("[dark] sky", 3, 3, "dark sky", "dark"),
    ("well-lit", 0, 0, "(well-lit:1.1)", "well-lit"),
    (r"a \(x\) b", 2, 7, r"a (\(x\):1.1) b", r"\(x\)"),
]


@pytest.mark.parametrize(("text", "start", "end", "wanted", "selected"), BUMPS)
def test_bump_raises_the_weight_and_keeps_the_selection(text, start, end, wanted, selected):
    edit = bump_weight(text, start, end)
    assert edit.text == wanted
    assert edit.text[edit.start : edit.end] == selected


@given(st.text(alphabet="ab ()[]:1.\\", max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_bumping_any_selection_stays_in_range(text, start, end):
    edit = bump_weight(text, start, end, step=-0.1)
    assert 0 <= edit.start <= edit.end <= len(edit.text)


def test_up_and_down_is_no_change():
    text = "a red cat, (blue:1.3) sky"
    up = bump_weight(text, 2, 5)
    assert bump_weight(up.text, up.start, up.end, step=-0.1).text == text
    floor = bump_weight("(red:0.05)", 2, 2, step=-0.1)
    assert floor.text == "(red:0)"


def test_half_a_bracket_is_left_alone():
    assert bump_weight("a (red:1.2) cat", 0, 6).text == "a (red:1.2) cat"
    assert bump_weight("a (red cat", 0, 8).text == "a (red cat"
    assert bump_weight("   ", 1, 2).text == "   "
