"""Requests are complete, checked in words, and survive JSON."""

import contextlib
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
        ("prompt", "half a \udcff character"), ("negative_prompt", "\ud800"),
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


PICTURE, MASK = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8)


@pytest.mark.parametrize(
    ("field", "image", "inpaint"),
    [
        ("image", np.zeros(5, np.uint8), None), ("image", MASK, None),
        ("image", np.zeros((8, 8, 4), np.uint8), None), ("image", PICTURE.astype(float), None),
        ("image", np.zeros((0, 0, 3), np.uint8), None),
        ("inpaint", PICTURE, Inpaint(mask=MASK.astype(np.int64))),
        ("inpaint", PICTURE, Inpaint(mask=PICTURE)),
        ("inpaint", PICTURE, Inpaint(mask=MASK, feather=10**15)),
        ("inpaint", PICTURE, Inpaint(mask=MASK, feather=-1)),
    ],
)  # fmt: skip
def test_arrays_of_a_file_that_are_no_picture_are_told(field, image, inpaint):
    with pytest.raises(InvalidRequest) as caught:
        validate(GenerationRequest(image=image, inpaint=inpaint))
    assert caught.value.field == field


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


@pytest.mark.parametrize(
    "data",
    [
        {}, {"steps": "many", "prompt": 3}, {"seed": True, "eta": []}, {"seed": 10**4000},
        {"guidance_scale": 10**400}, {"guidance_scale": math.nan}, {"loras": [5, "ab", [1], ["a"]]},
        {"loras": [["a", "heavy"], ["b", math.nan], ["c", []]]}, {"loras": {"a": 1}},
        {"parent": ["a", math.inf]}, {"parent": ["a", "b"]}, {"parent": [1, 2]},
        {"concept": {"expression": 3}}, {"concept": [1]}, {"inpaint": {"feather": []}},
    ],
)  # fmt: skip
def test_strange_values_fall_back_to_the_default(data):
    assert from_json(data) == GenerationRequest()


def test_broken_parts_keep_what_is_whole():
    said = {"concept": {"expression": "hat", "amount": [], "direction": [["a", 1], 5, ["b", "x"]]},
            "inpaint": {"feather": math.inf, "frame": [1, 2, "x", 4], "fill": []},
            "loras": [["a", 0.5], ["b", None]]}  # fmt: skip
    again = from_json(said, mask=np.zeros((8, 8), np.uint8))
    assert again.concept == Concept(expression="hat", direction=(("a", 1.0),))
    assert again.inpaint == Inpaint(mask=np.zeros((8, 8), np.uint8))
    assert again.loras == (("a", 0.5),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
NAMES = sorted(to_json(GenerationRequest()))
PART = st.dictionaries(st.sampled_from(["expression", "amount", "direction", "way", "feather",
                                        "frame", "fill", "soft"]), JSON)  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), JSON | PART))
def test_any_json_gives_a_request_that_is_valid_or_told(data):
    request = from_json(data, mask=np.zeros((8, 8), np.uint8))
    with contextlib.suppress(InvalidRequest):
        validate(request)
    json.dumps(to_json(request), allow_nan=False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("variation_seed", -1), ("variation_seed", 2**32), ("noise_seed", -5),
        ("noise_seed", 10**20), ("loras", (("a", math.nan),)), ("loras", (("a", -1e9),)),
        ("concept", Concept(expression="x", amount=math.inf)),
    ],
)  # fmt: skip
def test_seeds_and_weights_beyond_all_measure_are_named(field, value):
    with pytest.raises(InvalidRequest) as caught:
        validate(GenerationRequest(**{field: value}))
    assert caught.value.field == field
