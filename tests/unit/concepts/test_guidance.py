"""CLIP guidance looks at several views, always the same ones for the same step."""

from __future__ import annotations

import torch

from studio.concepts.guidance import VIEWS, views


def test_views_are_pictures_of_the_same_size_and_repeat():
    picture = torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(0))
    seen = views(picture, 3)
    assert seen.shape == (VIEWS, 3, 24, 32)
    assert seen.min() >= 0
    assert seen.max() <= 1
    assert torch.equal(seen, views(picture, 3))
    assert not torch.equal(seen, views(picture, 4))
    assert not torch.equal(seen[0], seen[2])


def test_gradients_reach_the_whole_picture_and_no_other_dice_are_thrown():
    picture = torch.full((1, 3, 16, 16), 0.5, requires_grad=True)
    before = torch.random.get_rng_state()
    total = sum(views(picture, seed).mean() for seed in range(8))
    (gradient,) = torch.autograd.grad(total, picture)
    assert (gradient != 0).float().mean() > 0.9
    assert torch.equal(torch.random.get_rng_state(), before)
