"""Requests are complete, checked in words, and survive JSON."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.engine.errors import InvalidRequest
from studio.engine.request import (
    PROMPT_LIMIT,
    Concept,
    GenerationRequest,
    Inpaint,
    from_json,
    to_json,
    validate,
)


def round_trip(request, **arrays):
    return from_json(json.loads(json.dumps(to_json(request), allow_nan=False)), **arrays)


def test_the_default_request_is_valid():
    validate(GenerationRequest())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", 0), ("steps", 100_000), ("width", 100), ("width", 0), ("height", 8192),
        ("seed", -1), ("seed", 2**32), ("guidance_scale", -1.0), ("guidance_scale", math.nan),
        ("strength", 1.5), ("variation_strength", -0.1), ("eta", -1.0), ("noise", math.nan),
        ("prompt", "a" * (PROMPT_LIMIT + 1)), ("negative_prompt", "a" * 100_000),
    ],
)  # fmt: skip
def test_an_impossible_setting_is_named(field, value):
    with pytest.raises(InvalidRequest) as caught:
        validate(GenerationRequest(**{field: value}))
    assert caught.value.field == field
    assert caught.value.message
    assert caught.value.hint


def test_the_model_decides_the_multiple_of_the_size():
    request = GenerationRequest(width=264)
    validate(request, multiple_of=8)
    with pytest.raises(InvalidRequest, match="264"):
        validate(request, multiple_of=16)


def test_a_mask_of_another_size_is_refused():
    request = GenerationRequest(
        image=np.zeros((64, 64, 3), np.uint8), inpaint=Inpaint(mask=np.zeros((32, 64), np.uint8))
    )
    with pytest.raises(InvalidRequest, match="differ in size"):
        validate(request)


@given(
    prompt=st.text(max_size=200),
    seed=st.integers(0, 2**32 - 1),
    scale=st.floats(0, 100),
    eta=st.none() | st.floats(0, 10) | st.just(math.inf),
)
def test_numbers_and_words_survive_json(prompt, seed, scale, eta):
    request = GenerationRequest(prompt=prompt, seed=seed, guidance_scale=scale, eta=eta)
    assert round_trip(request) == request


def test_parts_survive_json_with_their_arrays():
    mask = np.full((64, 64), 255, np.uint8)
    image = np.zeros((64, 64, 3), np.uint8)
    request = GenerationRequest(
        image=image,
        inpaint=Inpaint(mask=mask, soft=False, fill="blur", frame=(1, 2, 3, 4)),
        concept=Concept(expression="hat - cap", way="direction", amount=0.5),
        parent=("take", 7),
        loras=(("style", 0.8),),
    )
    again = round_trip(request, image=image, mask=mask)
    assert again == request
    assert again.inpaint is not None
    assert again.inpaint.mask is mask
    assert round_trip(request).inpaint is None


@pytest.mark.parametrize("data", [{}, {"steps": "many", "prompt": 3}, {"seed": True, "eta": []}])
def test_strange_values_fall_back_to_the_default(data):
    assert from_json(data) == GenerationRequest()
