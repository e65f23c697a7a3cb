from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from studio.engine.errors import InvalidRequest, UnsupportedModel
from studio.engine.request import Inpaint
from tests.unit.engine.harness import ask, engine, run


def test_every_lane_of_a_step_is_decoded():
    take = run(ask()).take
    pictures = {
        lane: engine().sharp(take.steps[2], lane, take.request)
        for lane in ("noisy", "x0", "cond", "uncond", "delta")
    }
    assert all(p.shape == (64, 64, 3) and p.dtype == np.uint8 for p in pictures.values())
    assert len({p.tobytes() for p in pictures.values()}) == 5


def test_the_last_step_is_the_picture():
    result = run(ask())
    assert np.array_equal(
        engine().sharp(result.take.steps[-1], "x0", result.take.request), result.picture
    )


def test_a_lane_that_is_not_there_is_named():
    take = run(ask(guidance_scale=1.0)).take
    for step, lane in (
        (take.steps[1], "uncond"),
        (take.steps[1], "delta"),
        (take.steps[-1], "cond"),
    ):
        with pytest.raises(InvalidRequest, match=r"no \w+ picture"):
            engine().sharp(step, lane, take.request)


def test_a_step_of_a_strange_take_is_told():
    import torch

    take = run(ask()).take
    step = take.steps[1]
    for lie in ({"x": torch.zeros(3)}, {"x0": torch.zeros(1, 9, 8, 8)},
                {"cond": torch.zeros(1, 4, 4, 8)}):  # fmt: skip
        for lane in ("noisy", "x0", "cond", "delta"):
            with pytest.raises(UnsupportedModel, match="another shape"):
                engine().sharp(replace(step, **lie), lane, take.request)
    spoilt = take.request.edit(image=np.zeros(5, np.uint8),
                               inpaint=Inpaint(mask=np.zeros(5, np.uint8)))  # fmt: skip
    with pytest.raises(InvalidRequest, match="damaged"):
        engine().sharp(step, "x0", spoilt)


def test_runs_beside_a_generation_without_changing_it():
    whole = run(ask(steps=6))
    pictures = []

    def look():
        pictures.extend(
            engine().sharp(step, "x0", whole.take.request) for step in whole.take.steps[:4]
        )

    thread = threading.Thread(target=look)
    thread.start()
    again = run(ask(steps=6))
    thread.join(30)
    assert len(pictures) == 4
    assert np.array_equal(again.picture, whole.picture)


def test_a_take_of_another_model_is_decoded_while_this_one_stays():
    other = run(ask("sd_v")).take
    run(ask("sd"))
    current = engine().store().current
    assert engine().sharp(other.steps[1], "x0", other.request).shape == (64, 64, 3)
    assert engine().store().current is current


def test_encode_image_and_decoder_are_inverse_in_shape():
    import torch

    request = ask(width=128)
    picture = np.full((40, 90, 3), 128, np.uint8)
    latents = engine().encode_image(picture, request)
    assert latents.shape == (1, 4, 8, 16)
    assert latents.dtype == np.float32
    assert engine().decoder(request)(torch.tensor(latents)).shape == (1, 3, 64, 128)
