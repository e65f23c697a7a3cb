"""Previews: they learn any decoder, are pure, and show every lane."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from studio.engine.levels import Level
from studio.engine.preview import BLOCK, Previewer, swatches
from studio.engine.record import LANES, Past, Step
from studio.engine.samplers import to_x0

MIX = torch.randn(4, 3, generator=torch.Generator().manual_seed(4))


def encode(pictures):
    """A made-up autoencoder: 8 x 8 means, mixed into four channels."""
    return torch.einsum("kc,bchw->bkhw", MIX, F.avg_pool2d(pictures, 8))


def decode(latents):
    """The best that can be told from 8 x 8 means, with a limit as real decoders have one."""
    colours = torch.einsum("ck,bkhw->bchw", torch.linalg.pinv(MIX), latents)
    return F.interpolate(colours, scale_factor=8.0, mode="bilinear").clamp(-1.5, 1.5)


def explained(previewer, latents):
    """R^2 of the preview against what the decoder makes of the latents, at preview size."""
    small = F.interpolate(decode(latents), scale_factor=BLOCK / 8, mode="area")
    return float(1 - (previewer.rgb(latents) - small).square().mean() / small.var())


def noisy(pictures, a=0.5):
    latents = encode(pictures)
    noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(77))
    return a * latents + (1 - a * a) ** 0.5 * noise


@pytest.fixture(scope="module")
def previewer():
    made = Previewer(4)
    assert not made.is_calibrated
    made.calibrate(encode, decode)
    assert made.is_calibrated
    return made


def step_of(index=1, *, is_guided=True, seed=0):
    x, x0, cond, uncond = torch.randn(4, 1, 4, 8, 8, generator=torch.Generator().manual_seed(seed))
    return Step(index=index, total=5, level=Level(0.6, 0.8, 400.0), x=x, past=(),
                rng=torch.Generator().get_state(), cond=cond, uncond=uncond if is_guided else None,
                x0=x0, guidance_scale=4.0 if is_guided else 1.0, seconds=0.25)  # fmt: skip


def test_learns_from_swatches_and_holds_for_other_pictures(previewer):
    pictures = swatches(4, 64, seed=99)
    assert explained(previewer, encode(pictures)) > 0.95
    assert explained(previewer, noisy(pictures)) > 0.85


def test_noise_is_shown_as_the_decoder_shows_it():
    """What was never seen is guessed far too bright: noise belongs to what is learnt."""
    clean_only, started = Previewer(4), Previewer(4)
    clean_only.observe(encode(swatches()), swatches())
    started.calibrate(encode, decode)
    latents = noisy(swatches(4, 64, seed=96), 0.1)
    assert explained(started, latents) > explained(clean_only, latents) + 0.05


def test_a_slow_decoder_is_asked_only_as_long_as_there_is_time():
    asked = []

    def slow(latents):
        asked.append(len(latents))
        return decode(latents)

    made = Previewer(4)
    made.calibrate(encode, slow, seconds=0.0)
    assert asked == [1, 1]
    assert made.is_calibrated


def test_is_sharper_than_one_pixel_per_latent(previewer):
    pictures = swatches(4, 64, seed=98)
    blocky = F.interpolate(F.avg_pool2d(pictures, 8), scale_factor=float(BLOCK))
    small = F.interpolate(pictures, scale_factor=BLOCK / 8, mode="area")
    blocky_error = (blocky - small).square().mean()
    assert (previewer.rgb(encode(pictures)) - small).square().mean() < blocky_error


def test_seeing_real_pictures_refines_it():
    made = Previewer(4)
    noise = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    made.observe(noise, torch.zeros(2, 3, 64, 64))
    unseen = encode(swatches(4, 64, seed=97))
    before = explained(made, unseen)
    made.observe(encode(swatches(6, 64, seed=5)), decode(encode(swatches(6, 64, seed=5))), weight=4)
    assert explained(made, unseen) > max(before, 0.9)


def test_broken_latents_teach_nothing():
    made = Previewer(4)
    made.observe(torch.full((1, 4, 8, 8), float("nan")), torch.zeros(1, 3, 64, 64))
    assert not made.is_calibrated


def test_a_previewer_that_has_learnt_nothing_shows_grey():
    """An autoencoder that overflows in both directions must not end the run."""
    assert np.all(Previewer(4).picture(step_of().x) == 128)


def test_frame_has_every_lane_in_one_size(previewer):
    step, before = step_of(2), step_of(1, seed=1)
    frame = previewer.frame(step, before)
    assert set(frame.lanes) == set(LANES)
    for picture in frame.lanes.values():
        assert picture.shape == (32, 32, 3)
        assert picture.dtype == np.uint8
    assert frame.sigma == pytest.approx(0.8 / 0.6)
    assert (frame.index, frame.total, frame.timestep, frame.seconds) == (2, 5, 400.0, 0.25)
    assert frame.change == pytest.approx(float((step.x0 - before.x0).square().mean().sqrt()))


def test_lanes_are_the_pictures_of_their_latents(previewer):
    step = step_of()
    lanes = previewer.frame(step, None).lanes
    assert np.array_equal(lanes["noisy"], previewer.picture(step.x))
    assert np.array_equal(lanes["x0"], previewer.picture(step.x0))
    cond = to_x0(step.cond, step.x, step.level, "epsilon")
    assert np.array_equal(lanes["cond"], previewer.picture(cond))


def test_absent_data_means_absent_lanes(previewer):
    assert set(previewer.frame(step_of(is_guided=False), None).lanes) == {"noisy", "x0", "cond"}


def test_a_forks_first_step_changes_from_the_step_it_left(previewer):
    """Its bar in the graph was missing, and so was its place in the lane."""
    step, before = step_of(2), step_of(1, seed=1)
    first = replace(step, past=(Past(before.x, before.x0, before.level),))
    alone, known = previewer.frame(first, None), previewer.frame(step, before)
    assert alone.change == known.change > 0
    assert np.array_equal(alone.lanes["change"], known.lanes["change"])


def test_no_change_is_grey(previewer):
    step = step_of()
    change = previewer.frame(step, step).lanes["change"]
    assert np.all(change == 128)
    guided = previewer.frame(step, step).lanes["delta"].astype(float)
    assert 20 < guided.std() < 110


def test_frame_leaves_its_step_alone(previewer):
    step = step_of()
    copies = [step.x.clone(), step.x0.clone(), step.cond.clone()]
    first = previewer.frame(step, None)
    second = previewer.frame(step, None)
    for copy, now in zip(copies, (step.x, step.x0, step.cond), strict=True):
        assert torch.equal(copy, now)
    assert all(np.array_equal(first.lanes[k], second.lanes[k]) for k in first.lanes)


def test_swatches_are_the_same_every_time_and_span_the_range():
    assert torch.equal(swatches(2, 32), swatches(2, 32))
    assert swatches(8, 64).abs().max() > 0.9
