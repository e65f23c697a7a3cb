"""Loose foreign values become our request, or words about why not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.engine.request import PROMPT_LIMIT, SEED_MAX
from studio.library.metadata.draft import Draft, plain_fields, to_request

ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | (
    st.lists(st.integers(), max_size=2) | st.just({}) | st.just(10**400)
)  # fmt: skip


def request(**values):
    return to_request(Draft(generator="x", **values))


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("steps", "20", 20), ("steps", 20.0, 20), ("steps", "20.0", 20), ("seed", "0x2A", 42),
        ("guidance_scale", "7.5", 7.5), ("guidance_scale", 7, 7.0), ("guidance_scale", ".5", 0.5),
        ("width", "512", 512), ("strength", "0.4", 0.4), ("eta", "1.0", 1.0),
        ("strength", "1e-05", 1e-05), ("guidance_scale", "1.5E+1 or so", 15.0),
        ("prompt", "two\r\nlines", "two\nlines"),
    ],
)  # fmt: skip
def test_numbers_in_every_dress(name, written, read):
    made, found, _ = request(**{name: written})
    assert getattr(made, name) == read
    assert found == {name}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("steps", "many"), ("steps", 0), ("steps", True), ("seed", -1), ("seed", "-1"),
        ("guidance_scale", math.nan), ("guidance_scale", "1e400"), ("strength", 3),
        ("width", 12.5), ("height", []), ("seed", 10**400),
    ],
)  # fmt: skip
def test_nonsense_is_left_out(name, written):
    _, found, _ = request(**{name: written})
    assert name not in found or name == "guidance_scale"


def test_what_is_left_out_is_said():
    _, _, warnings = request(sampler="Restart", schedule="Beta57", steps="many", seed="x")
    text = " ".join(warnings)
    assert all(word in text for word in ("Restart", "Beta57", "number of steps", "seed"))


def test_minus_one_means_any_seed_and_is_no_fault():
    assert request(seed=-1)[2] == ()


def test_a_seed_too_large_is_folded_and_said():
    made, _, warnings = request(seed=942975376742792)
    assert made.seed == 942975376742792 & SEED_MAX
    assert "942975376742792" in warnings[0]


def test_a_huge_prompt_is_cut():
    made, _, warnings = request(prompt="x" * 100_000)
    assert len(made.prompt) == PROMPT_LIMIT
    assert warnings


@given(
    st.fixed_dictionaries(
        dict.fromkeys(
            (
                "prompt",
                "negative_prompt",
                "steps",
                "sampler",
                "schedule",
                "guidance_scale",
                "seed",
                "width",
                "height",
                "strength",
                "eta",
                "model",
                "variation_seed",
                "variation_strength",
            ),
            ANYTHING,
        )
    )
)
def test_anything(values):  # fmt: skip
    made, found, warnings = request(**values)
    assert all(isinstance(w, str) for w in warnings)
    assert "steps" not in found or 1 <= made.steps <= 1000


def test_fields_are_short_text():
    draft = Draft(generator="x", fields={f"k{i}": "v" * 10_000 for i in range(500)})
    shown = plain_fields(draft)
    assert len(shown) == 200
    assert max(map(len, shown.values())) == 4_000
