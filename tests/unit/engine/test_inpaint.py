"""Holding the known part: soft masks open late, known cells end exact."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.engine import inpaint
from studio.engine.levels import scaled_linear_alphas, vp_levels


@pytest.fixture(scope="module")
def levels() -> list:
    return vp_levels(scaled_linear_alphas(), 8, "trailing")


def _latents(seed: int) -> torch.Tensor:
    return torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(seed))


def test_known_cells_end_exact_and_masked_ones_are_the_runs(levels) -> None:
    known, noise, x = _latents(0), _latents(1), _latents(2)
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., 2:6, 2:6] = 1
    blend = inpaint.known_blend(known, noise, mask, levels)
    out = blend(x, levels[-1])
    assert torch.equal(out * (1 - mask), known * (1 - mask))
    assert torch.equal(out * mask, x * mask)


def test_hard_mask_is_held_at_every_level(levels) -> None:
    known, noise, x = _latents(0), _latents(1), _latents(2)
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :4] = 1
    blend = inpaint.known_blend(known, noise, mask, levels)
    for level in levels[1:]:
        held = inpaint.noised(known, noise, level)
        assert torch.equal(blend(x, level), torch.where(mask > 0, x, held))


def test_soft_cells_open_later(levels) -> None:
    known, noise, x = _latents(0), _latents(1), torch.full((1, 4, 8, 8), 99.0)
    mask = torch.linspace(0, 1, 64).reshape(1, 1, 8, 8)
    blend = inpaint.known_blend(known, noise, mask, levels)
    counts = [int((blend(x, level)[0, 0] == 99).sum()) for level in levels[1:]]
    assert counts == sorted(counts)
    assert counts[0] < 10
    assert counts[-1] == 63  # all but the one cell with mask 0


def test_a_run_from_the_middle_opens_by_its_own_progress(levels) -> None:
    mask = torch.full((1, 1, 8, 8), 0.5)
    x = torch.full((1, 4, 8, 8), 99.0)
    blend = inpaint.known_blend(_latents(0), _latents(1), mask, levels, first=4)
    assert not (blend(x, levels[5]) == 99).any()
    assert (blend(x, levels[7]) == 99).all()


def test_latent_mask_touches_every_cell_that_the_mask_touches() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[17, 33] = 255
    mask[0, 0] = 51
    cells = inpaint.latent_mask(mask, 8, 8)
    assert cells.shape == (1, 1, 8, 8)
    assert cells[0, 0, 2, 4] == 1
    assert cells[0, 0, 0, 0] == pytest.approx(0.2)
    assert (cells > 0).sum() == 2


@pytest.mark.parametrize(
    ("steps", "strength", "first"),
    [(8, 1.0, 0), (8, 0.6, 4), (8, 0.0, 7), (20, 0.75, 5), (1, 0.3, 0)],
)
def test_strength_chooses_the_level(steps, strength, first) -> None:
    assert inpaint.start_level(steps, strength) == first


def test_extra_channels_are_mask_then_masked_latents() -> None:
    mask = torch.tensor([[[[0.0, 0.3], [1.0, 0.0]]]])
    extra = inpaint.extra_channels(mask, torch.ones(1, 4, 2, 2))
    assert extra.shape == (1, 5, 2, 2)
    assert extra[0, 0].tolist() == [[0, 1], [1, 0]]


def test_masked_picture_is_grey_where_masked() -> None:
    picture = np.full((4, 4, 3), 255, np.uint8)
    mask = np.zeros((4, 4), np.uint8)
    mask[0] = 9
    masked = inpaint.masked_picture(picture, mask)
    assert (masked[:, :, 0] == 0).all()
    assert (masked[:, :, 1:] == 1).all()


def test_noise_replaces_only_masked_cells() -> None:
    known = _latents(0)
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., 3:] = 1
    noisy = inpaint.noise_where_masked(known, mask, torch.Generator().manual_seed(5))
    assert torch.equal(noisy[..., :3], known[..., :3])
    assert not torch.isclose(noisy[..., 3:], known[..., 3:]).any()
