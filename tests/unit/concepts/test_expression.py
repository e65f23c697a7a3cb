"""Expressions: reading, printing, and mistakes shown where they are."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.concepts.expression import (
    WEIGHT_MAX,
    Expression,
    ExpressionError,
    Term,
    difference,
    parse,
    picture_term,
    text_term,
    to_text,
)

values = st.text(min_size=1, max_size=30).filter(str.strip)
looks = st.sampled_from(["a.png", "./x y.JPG", "7 cats", "t-shirt", "C:\\p\\a.webp", '"', "no hat",
                         "run.take#12", "- x", "1e3", "text:a", 'a "b" c', "cat -dog"])  # fmt: skip
weights = st.floats(0, WEIGHT_MAX, allow_subnormal=False)
terms = st.builds(
    Term, kind=st.sampled_from(["text", "picture"]), value=values | looks,
    sign=st.sampled_from([1, -1]), weight=weights,
)  # fmt: skip


@given(st.lists(terms, max_size=6).map(tuple).map(Expression))
def test_every_expression_survives_printing_and_reading(expression):
    assert parse(to_text(expression)) == expression


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place_inside_it(text):
    try:
        expression = parse(text)
    except ExpressionError as error:
        mistake = error
    else:
        assert parse(to_text(expression)) == expression
        return
    assert 0 <= mistake.position < len(text)
    assert mistake.length >= 1
    assert mistake.hint


@pytest.mark.parametrize("words", ["cat -dog", "cat --dog", "cat dog-", "a -b c", "a–b -c"])
def test_words_with_a_hyphen_before_them_stay_one_term(words):
    expression = Expression((text_term(words), text_term("hat", -0.5)))
    assert parse(to_text(expression)) == expression


def test_the_longest_run_of_blanks_is_read_at_once():
    began = time.perf_counter()
    assert parse("a" + " " * 19_990 + "b").terms == (text_term("a b"),)
    assert time.perf_counter() - began < 1.0  # a glance at each blank for each blank took 6 s


def test_the_example_of_the_manual():
    assert parse('portrait.png + 0.8 hat - "no hat"').terms == (
        picture_term("portrait.png"), text_term("hat", 0.8), text_term("no hat", -1),
    )  # fmt: skip


@pytest.mark.parametrize(("text", "term"), [
    ("black-and-white", text_term("black-and-white")),
    ("my own photo.JPEG", picture_term("my own photo.JPEG")),
    ('"/tmp/a - b.png"', picture_term("/tmp/a - b.png")),
    ("/tmp/strip.take#7", picture_term("/tmp/strip.take#7")),
    ("~/drawing", picture_term("~/drawing")),
    ("−hat", text_term("hat", -1)),
    ("2*golden   retriever", text_term("golden retriever", 2)),
    ("0.5 × hat", text_term("hat", 0.5)),
    (".5 hat", text_term("hat", 0.5)),
    ('"3 cats"', text_term("3 cats")),
    ("1984", text_term("1984")),
    ('text:"a.png"', text_term("a.png")),
    ('PICTURE:"scan"', picture_term("scan")),
    ('"say \\"hi\\""', text_term('say "hi"')),
])  # fmt: skip
def test_one_term(text, term):
    assert parse(text).terms == (term,)


@pytest.mark.parametrize(("text", "position", "words"), [
    ("hat +", 4, "Nothing follows the plus"),
    ("hat - - beard", 6, "Two signs"),
    ('hat + "beard', 6, "not closed"),
    ('"a" "b"', 4, "missing"),
    ("99 hat", 0, "too large"),
    ('hat "x"', 4, "inside"),
    ('a + ""', 4, "empty"),
    ("0.5 *", 0, "nothing to weigh"),
])  # fmt: skip
def test_a_mistake_is_shown_where_it_is(text, position, words):
    with pytest.raises(ExpressionError, match=words) as caught:
        parse(text)
    assert caught.value.position == position


def test_too_much_is_refused():
    with pytest.raises(ExpressionError, match="too long"):
        parse("a" * 30_000)
    with pytest.raises(ExpressionError, match="terms"):
        parse(" + ".join(["a"] * 300))


def test_a_difference_of_sets_weighs_each_side_the_same():
    expression = difference(["a.png", "b.png"], ["c.png"])
    assert [term.factor for term in expression.terms] == [0.5, 0.5, -1.0]
    assert expression.plus == expression.terms[:2]
    assert expression.minus == expression.terms[2:]
    assert difference([], ["c.png"]).terms[0].factor == -1


def test_chips_change_by_copies():
    term = text_term("hat")
    assert term.flipped().factor == -1
    assert term.weighted(99).weight == WEIGHT_MAX
    assert term.weighted(-1).weight == 0
    assert term.factor == 1


def test_single_quotes_hold_a_path_and_apostrophes_stay_words():
    found = parse("'/my pictures/a - b.png' - 0.5 'no hat' + \"quo'te.png\"")
    assert [(t.kind, t.value) for t in found.terms] == [
        ("picture", "/my pictures/a - b.png"), ("text", "no hat"), ("picture", "quo'te.png"),
    ]  # fmt: skip
    assert parse(str(found)) == found
    kept = parse("'tis - the artist's hat")
    assert [t.value for t in kept.terms] == ["'tis", "the artist's hat"]
    assert parse(str(kept)) == kept
