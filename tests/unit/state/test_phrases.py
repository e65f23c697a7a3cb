from __future__ import annotations

import random

import pytest

from studio.state.phrases import move_phrase, phrases


def words(text):
    return [text[start:end] for start, end in phrases(text)]


def test_commas_and_lines_separate_but_not_within_brackets():
    assert words("a fox,  in (snow, ice:1.2)\n at night ") == ["a fox", "in (snow, ice:1.2)",
                                                               "at night"]  # fmt: skip
    assert words("a (fox, snow") == ["a (fox", "snow"]
    assert words(r"a \(, b\)") == [r"a \(", r"b\)"]
    assert words("") == [""]


@pytest.mark.parametrize(
    ("text", "direction", "after"),
    [
        ("a fo|x, snow, night", 1, "snow, [a fox], night"),
        ("a fox, snow, ni|ght", -1, "a fox, [night], snow"),
        ("a f|ox, snow", -1, None),
        ("a fox, sn|ow", 1, None),
        ("a fox,\n(snow, i|ce:1.2)", -1, "[(snow, ice:1.2)],\na fox"),
        ("|", 1, None),
        ("a, ,b|", -1, "[b], ,a"),
    ],
)
def test_the_phrase_at_the_cursor_changes_places(text, direction, after):
    at = text.index("|")
    text = text.replace("|", "")
    edit = move_phrase(text, at, at, direction)
    shown = f"{edit.text[: edit.start]}[{edit.text[edit.start : edit.end]}]{edit.text[edit.end :]}"
    if after is None:
        assert edit == (text, at, at)
    else:
        assert shown == after


def test_a_selection_over_several_phrases_moves_as_one():
    text = "one, two, three, four"
    edit = move_phrase(text, text.index("wo"), text.index("ree"), 1)
    assert edit.text == "one, four, two, three"
    assert edit.text[edit.start : edit.end] == "two, three"


def test_there_and_back_again_whatever_the_text():
    draw = random.Random(5)
    for _ in range(300):
        text = "".join(draw.choice("ab ,,()[]\\\n") for _ in range(draw.randrange(30)))
        start = draw.randrange(len(text) + 1)
        there = move_phrase(text, start, start, 1)
        assert sorted(there.text) == sorted(text)
        if there.text != text:
            assert move_phrase(*there, -1).text.count(",") == text.count(",")
