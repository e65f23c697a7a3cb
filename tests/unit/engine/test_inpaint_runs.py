"""Inpainting through the whole engine: parity with diffusers, and what must not move."""

from __future__ import annotations

import diffusers
import numpy as np
import pytest
import torch

from studio.engine import inpaint as maths
from studio.engine.context import context_frame, extend
from studio.engine.errors import InvalidRequest
from studio.engine.request import Inpaint
from studio.engine.sampler_table import SAMPLERS
from tests import tiny_models
from tests.unit.engine.harness import ask, drain, engine, run


def a_picture(side: int = 64, seed: int = 0) -> np.ndarray:
    y, x = np.mgrid[0:side, 0:side]
    rng = np.random.default_rng(seed)
    waves = np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11)], -1)
    noisy = waves * 90 + 128 + rng.normal(0, 5, waves.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def a_mask(side: int = 64) -> np.ndarray:
    """Aligned to latent cells, so that ours and the stock pipeline's mask are the same."""
    mask = np.zeros((side, side), np.uint8)
    mask[16:48, 16:48] = 255
    return mask


def relative(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return float((ours - theirs).norm() / theirs.norm())


def stock_inpaint(kind: str, request, strength: float, **extra) -> torch.Tensor:
    """The latents of diffusers' inpaint pipeline, given the picture's latents as we encode it."""
    base = tiny_models.pipeline(kind)
    base.scheduler.final_alpha_cumprod = torch.tensor(1.0)  # the stock one ends a hair before
    parts = {k: v for k, v in base.components.items() if v is not None}
    stock = diffusers.StableDiffusionInpaintPipeline(
        **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )
    stock.set_progress_bar_config(disable=True)
    latents = torch.tensor(engine().encode_image(request.image, request))
    mask = torch.from_numpy(request.inpaint.mask)[None, None].float() / 255
    return stock(
        request.prompt, negative_prompt=request.negative_prompt, image=latents, mask_image=mask,
        masked_image_latents=extra.get("masked", latents), strength=strength, height=64, width=64,
        num_inference_steps=request.steps, guidance_scale=5.0, output_type="latent",
        generator=torch.Generator().manual_seed(request.seed),
    )[0]  # fmt: skip


@pytest.mark.parametrize("strength", [1.0, 0.6])
def test_four_channels_equal_the_stock_inpaint_pipeline(strength) -> None:
    request = ask("sd", sampler="DDIM", schedule="leading", steps=8, strength=strength,
                  image=a_picture(), inpaint=Inpaint(mask=a_mask(), soft=False))  # fmt: skip
    ours = run(request).take.steps[-1].x
    assert relative(ours, stock_inpaint("sd", request, strength)) < 1e-5


def hidden_latents(picture: np.ndarray, mask: np.ndarray) -> torch.Tensor:
    """The picture with grey where it is masked, as the stock pipeline encodes it."""
    kept = torch.from_numpy(np.where(mask[..., None] > 0, 0, 1)).permute(2, 0, 1)[None]
    vae = tiny_models.pipeline("sd_inpaint").vae
    with torch.no_grad():
        latents = vae.encode((maths.to_model_range(picture) * kept).float()).latent_dist.mode()
    return latents * vae.config.scaling_factor


def test_nine_channels_equal_the_stock_inpaint_pipeline() -> None:
    request = ask("sd_inpaint", sampler="DDIM", schedule="leading", steps=6,
                  image=a_picture(), inpaint=Inpaint(mask=a_mask(), soft=False))  # fmt: skip
    masked = hidden_latents(request.image, a_mask())
    ours = run(request).take.steps[-1].x
    assert relative(ours, stock_inpaint("sd_inpaint", request, 1.0, masked=masked)) < 1e-5


def test_nine_channels_without_a_picture_equal_stock_with_a_white_mask() -> None:
    full = np.full((64, 64), 255, np.uint8)
    plain = ask("sd_inpaint", sampler="DDIM", schedule="leading", steps=6)
    asked = plain.edit(image=a_picture(), inpaint=Inpaint(mask=full, soft=False))
    stock = stock_inpaint("sd_inpaint", asked, 1.0, masked=hidden_latents(a_picture(), full))
    assert relative(run(plain).take.steps[-1].x, stock) < 1e-5
    assert relative(run(asked).take.steps[-1].x, stock) < 1e-5


@pytest.mark.parametrize("kind", ["sd", "sd_v", "sdxl", "sd_inpaint"])
def test_every_model_inpaints_and_keeps_unmasked_pixels(kind) -> None:
    picture, mask = a_picture(150), np.zeros((150, 150), np.uint8)
    mask[40:90, 60:100] = 255
    mask[90:96, 60:100] = 60
    request = ask(kind, steps=2, image=picture,
                  inpaint=Inpaint(mask=mask, frame=(20, 10, 110, 110)))  # fmt: skip
    result = run(request)
    assert result.picture.shape == (150, 150, 3)
    assert np.array_equal(result.picture[mask == 0], picture[mask == 0])
    assert (result.picture != picture).any()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_known_latents_are_held_with_every_sampler(sampler) -> None:
    request = ask("sd", sampler=sampler, image=a_picture(),
                  inpaint=Inpaint(mask=a_mask(), soft=False))  # fmt: skip
    take = run(request).take
    known, mask = torch.tensor(take.arrays["known"]), torch.tensor(take.arrays["mask"])
    assert torch.equal(take.steps[-1].x * (1 - mask), known * (1 - mask))
    assert not torch.isclose(take.steps[-1].x * mask, known * mask).all()


def test_soft_masks_change_less_where_softer() -> None:
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))
    request = ask("sd", steps=8, image=a_picture(), inpaint=Inpaint(mask=ramp))
    take = run(request).take
    change = (take.steps[-1].x - torch.tensor(take.arrays["known"])).abs().mean(dim=(0, 1, 2))
    assert float(change[:2].mean()) < float(change[3:5].mean()) < float(change[6:].mean())


@pytest.mark.parametrize("fill", ["original", "noise", "blur"])
def test_start_content_matters_below_full_strength(fill) -> None:
    task = Inpaint(mask=a_mask(), fill=fill)
    plain = Inpaint(mask=a_mask())
    ours = run(ask("sd", image=a_picture(), inpaint=task, strength=0.5)).picture
    original = run(ask("sd", image=a_picture(), inpaint=plain, strength=0.5)).picture
    assert np.array_equal(ours, original) == (fill == "original")


def test_full_mask_is_generation() -> None:
    full = Inpaint(mask=np.full((64, 64), 255, np.uint8))
    inpainted = run(ask("sd", image=a_picture(), inpaint=full))
    assert np.array_equal(inpainted.picture, run(ask("sd")).picture)


def test_an_empty_mask_is_refused_in_words() -> None:
    empty = Inpaint(mask=np.zeros((64, 64), np.uint8))
    with pytest.raises(InvalidRequest, match="Nothing is masked"):
        run(ask("sd", image=a_picture(), inpaint=empty))


def test_rounds_leave_unmasked_pixels_alone() -> None:
    first = current = a_picture()
    mask = a_mask()
    mask[20:30, 48:56] = 90
    for seed in range(3):
        request = ask("sd", steps=1, seed=seed, image=current, inpaint=Inpaint(mask=mask))
        current = run(request).picture
    assert np.array_equal(current[mask == 0], first[mask == 0])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_masks_and_twenty_rounds_through_the_whole_engine() -> None:
    """Soft and hard, hung in a frame or not, every fill: what was not masked never moves."""
    rng = np.random.default_rng(7)
    for number in range(20):
        first = current = rng.integers(0, 256, (90, 90, 3), dtype=np.uint8)
        mask = np.zeros((90, 90), np.uint8)
        for _ in range(3):
            y, x, h, w = rng.integers(0, 60, 2).tolist() + rng.integers(2, 30, 2).tolist()
            mask[y : y + h, x : x + w] = rng.integers(1, 256)
        inpaint = Inpaint(
            mask=mask, soft=bool(number % 2), fill=("original", "noise", "blur")[number % 3],
            frame=context_frame(mask, native_size=64) if number % 4 else None,
            feather=number % 7, match_colour=bool(number % 5),
        )  # fmt: skip
        kept = mask == 0 if inpaint.soft else mask <= 127
        if kept.all():
            continue
        for seed in range(20):
            strength = 1.0 if seed % 2 else 0.5
            current = run(ask("sd", steps=2, seed=seed, image=current, inpaint=inpaint,
                              strength=strength, sampler="DDIM")).picture  # fmt: skip
        assert np.array_equal(current[kept], first[kept])
        assert (current != first).any()


def test_outpainting_keeps_the_old_picture() -> None:
    picture = a_picture(48)
    large, mask = extend(picture, right=16, bottom=16, overlap=0)
    result = run(ask("sd", steps=2, image=large, inpaint=Inpaint(mask=mask)))
    assert result.picture.shape == (64, 64, 3)
    assert np.array_equal(result.picture[:48, :48], picture)


def test_a_fork_can_change_the_mask_from_a_step_on() -> None:
    request = ask("sd", sampler="DDIM", steps=4, image=a_picture(),
                  inpaint=Inpaint(mask=a_mask(), soft=False))  # fmt: skip
    take = run(request).take
    same = run(request, fork=take.steps[2], arrays=take.arrays)
    assert torch.equal(same.take.steps[-1].x, take.steps[-1].x)
    smaller = np.zeros_like(a_mask())
    smaller[16:32, 16:32] = 255
    changed = request.edit(inpaint=Inpaint(mask=smaller, soft=False))
    other = run(changed, fork=take.steps[2])
    known = torch.tensor(take.arrays["known"])
    last = other.take.steps[-1].x
    assert torch.equal(last[..., 4:, 4:], known[..., 4:, 4:])
    assert not torch.equal(last[..., 2:4, 2:4], known[..., 2:4, 2:4])


@pytest.mark.parametrize("soft", [True, False])
def test_a_fork_with_more_steps_goes_on_from_what_was_painted(soft) -> None:
    """Its whole run would begin later than the fork: the hole must not be the old picture again."""
    request = ask("sd", sampler="DDIM", steps=8, strength=0.5, image=a_picture(),
                  inpaint=Inpaint(mask=a_mask(), soft=soft))  # fmt: skip
    take = run(request).take
    assert take.steps[1].index == 5
    fork = run(request.edit(steps=20), fork=take.steps[1], arrays=take.arrays).take
    known, mask = torch.tensor(take.arrays["known"]), torch.tensor(take.arrays["mask"])
    noise = torch.randn(known.shape, generator=torch.Generator().manual_seed(request.seed))
    for step in fork.steps[1:4]:
        is_old = torch.isclose(step.x, step.level.a * known + step.level.s * noise, atol=1e-4)
        assert torch.equal(is_old, (mask == 0).expand_as(is_old))


def test_frames_show_the_known_region_held() -> None:
    request = ask("sd", steps=4, image=a_picture(), inpaint=Inpaint(mask=a_mask(), soft=False))
    _items, result = drain(request)
    assert len(result.take.frames) == len(result.take.steps) == 5
    known, mask = (torch.tensor(result.take.arrays[n]) for n in ("known", "mask"))
    noise = torch.randn(known.shape, generator=torch.Generator().manual_seed(3))
    for step in result.take.steps[1:]:
        held = step.level.a * known + step.level.s * noise
        assert torch.allclose(step.x * (1 - mask), held * (1 - mask), atol=1e-5)


def test_predicted_pictures_show_the_known_region_held_too() -> None:
    """The quick ones in the strip and the exact ones: only the hole is being filled."""
    mask = np.zeros((64, 64), np.uint8)
    mask[:, :32] = 255
    request = ask("sd", steps=3, image=a_picture(), inpaint=Inpaint(mask=mask, soft=False))
    _items, result = drain(request)
    first, last = (frame.lanes["x0"].astype(int) for frame in result.take.frames[::3])
    moved = np.abs(first - last).mean(axis=(0, 2))  # per column; a JPEG's own errors are small
    hole = moved[: len(moved) // 2 - 1].mean()  # how much depends on the preview's colours
    assert hole > 1
    assert moved[len(moved) * 5 // 8 :].max() < hole / 4
    exact = engine().sharp(result.take.steps[0], "x0", result.take.request)
    assert np.array_equal(exact[:, 32:], a_picture()[:, 32:])
    assert not np.array_equal(exact[:, :32], a_picture()[:, :32])
