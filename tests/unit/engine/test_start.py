from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.engine.errors import InvalidRequest
from studio.engine.levels import vp_levels
from studio.engine.models.noise_table import alphas_cumprod
from studio.engine.request import Inpaint
from studio.engine.start import begin
from tests.unit.engine.harness import ask, run

SHAPE = (1, 4, 8, 8)
PICTURE = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)


def levels(steps=8):
    return vp_levels(alphas_cumprod({}), steps, "trailing")


def encode(picture):
    return torch.nn.functional.avg_pool2d(picture, 8)[:, [0, 1, 2, 0]]


def mask():
    values = np.zeros((64, 64), np.uint8)
    values[16:48, 16:48] = 255
    return values


def test_without_a_picture_a_run_begins_with_the_seeds_noise():
    begun = begin(ask(seed=4), SHAPE, levels(), encode)
    noise = torch.randn(SHAPE, generator=torch.Generator().manual_seed(4))
    assert torch.equal(begun.x, noise)
    assert (begun.index, begun.blend, begun.extra, begun.finish) == (0, None, None, None)


def test_strength_says_how_much_of_the_picture_stays():
    begun = begin(ask(image=PICTURE, strength=0.25), SHAPE, levels(), encode)
    level = levels()[6]
    assert begun.index == 6
    known = torch.tensor(begun.arrays["known"])
    assert torch.allclose((begun.x - level.a * known).std(), torch.tensor(level.s), atol=0.15)
    whole = begin(ask(image=PICTURE, strength=1.0), SHAPE, levels(), encode)
    assert whole.index == 0
    assert torch.equal(whole.x, begin(ask(), SHAPE, levels(), encode).x)


def test_latents_of_an_earlier_take_are_used_instead_of_encoding_again():
    known = np.full(SHAPE, 2.0, np.float32)
    begun = begin(ask(image=PICTURE, strength=0.5), SHAPE, levels(), lambda _: None, known=known)
    assert np.array_equal(begun.arrays["known"], known)


@pytest.mark.parametrize("shape", [(3,), (1, 9, 8, 8), (2, 4, 8, 8)])
def test_latents_of_a_file_that_do_not_fit_are_made_again(shape):
    asked, known = ask(image=PICTURE, strength=0.5), np.full(shape, 2.0, np.float32)
    begun = begin(asked, SHAPE, levels(), encode, known=known)
    assert torch.equal(begun.x, begin(asked, SHAPE, levels(), encode).x)


def test_an_inpainting_model_sees_a_mask_even_where_nobody_painted_one():
    begun = begin(ask(), SHAPE, levels(), encode, wants_mask=True)
    assert begun.extra.shape == (1, 5, 8, 8)
    assert bool((begun.extra[:, 0] == 1).all())


@pytest.mark.parametrize("fill", ["original", "noise", "blur"])
@pytest.mark.parametrize("kind", ["sd", "sd_inpaint"])
def test_repainting_leaves_the_rest_byte_for_byte(kind, fill):
    task = Inpaint(mask=mask(), soft=False, fill=fill)
    request = ask(kind, image=PICTURE, inpaint=task, sampler="DDIM")
    result = run(request)
    kept = mask() == 0
    assert np.array_equal(result.picture[kept], PICTURE[kept])
    assert not np.array_equal(result.picture[20:44, 20:44], PICTURE[20:44, 20:44])
    assert {"known", "mask"} <= set(result.take.arrays)
    fork = run(request, fork=result.take.steps[2], arrays=result.take.arrays)
    assert np.array_equal(fork.picture, result.picture)


def test_an_empty_mask_is_told():
    task = Inpaint(mask=np.zeros((64, 64), np.uint8))
    with pytest.raises(InvalidRequest, match="Nothing is masked"):
        run(ask(image=PICTURE, inpaint=task))
