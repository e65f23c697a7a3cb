from __future__ import annotations

import pytest
import torch

from studio.engine.models.model import Conditioning
from tests.unit.engine.harness import loaded


def said(seed, *, pooled=False):
    generator = torch.Generator().manual_seed(seed)
    embeds = torch.randn(1, 5, 3, generator=generator)
    if not pooled:
        return Conditioning(embeds)
    return Conditioning(embeds, torch.randn(1, 4, generator=generator), torch.ones(1, 6))


def test_beside_makes_one_batch():
    a, b = said(1, pooled=True), said(2, pooled=True)
    both = a.beside(b)
    assert torch.equal(both.embeds, torch.cat([a.embeds, b.embeds]))
    assert torch.equal(both.pooled[1:], b.pooled)
    assert both.ids.shape == (2, 6)
    assert said(1).beside(said(2)).pooled is None


def test_moved_goes_along_the_difference():
    a, plus, minus = (said(seed, pooled=True) for seed in (1, 2, 3))
    moved = a.moved(plus, minus, 2.0)
    assert torch.allclose(moved.embeds, a.embeds + 2 * (plus.embeds - minus.embeds))
    assert torch.allclose(moved.pooled, a.pooled + 2 * (plus.pooled - minus.pooled))
    assert torch.equal(a.moved(plus, minus, 0.0).embeds, a.embeds)


def test_with_position_adds_one_after_the_words():
    longer = said(1).with_position(torch.full((1, 3), 7.0))
    assert longer.embeds.shape == (1, 6, 3)
    assert longer.embeds[0, -1].tolist() == [7, 7, 7]


def test_zeros_say_nothing():
    nothing = said(1, pooled=True).zeros()
    assert float(nothing.embeds.abs().sum() + nothing.pooled.abs().sum()) == 0
    assert nothing.ids.shape == (1, 6)


def test_sizes_and_precision():
    model = loaded("sd")
    assert model.latent_shape(128, 64) == (1, 4, 8, 16)
    assert model.dtype == torch.float32
    before = {name: tensor.clone() for name, tensor in model.unet.state_dict().items()}
    model.unet.to(torch.float16)
    half = {name: tensor.clone() for name, tensor in model.unet.state_dict().items()}
    with model.full_precision():
        assert model.dtype == torch.float32
    assert model.dtype == torch.float16
    assert all(torch.equal(t, half[n]) for n, t in model.unet.state_dict().items())
    model.unet.to(torch.float32).load_state_dict(before)
    assert model.timestep(3.5).dtype == torch.float32


def test_precision_is_given_back_also_when_memory_runs_out_half_way(monkeypatch):
    model = loaded("sd")
    before = {name: tensor.clone() for name, tensor in model.unet.state_dict().items()}
    model.unet.to(torch.float16)
    real, last = torch.nn.Conv2d._apply, model.unet.conv_out

    def short(self, fn, *args, **kwargs):
        if self is last and fn(torch.zeros(1, dtype=torch.float16)).dtype == torch.float32:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, fn, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(torch.nn.Conv2d, "_apply", short)
        with pytest.raises(torch.OutOfMemoryError), model.full_precision():
            pass
    assert {p.dtype for p in model.unet.parameters()} == {torch.float16}
    model.unet.to(torch.float32).load_state_dict(before)
