from __future__ import annotations

import math
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from studio.engine.errors import (
    BrokenFile,
    Cancelled,
    InvalidRequest,
    StudioError,
    UnsupportedModel,
)
from studio.engine.levels import SCHEDULES, Level
from studio.engine.record import Frame, Stage, Status
from studio.engine.request import Concept
from studio.engine.sampler_table import SAMPLERS
from tests import tiny_models
from tests.unit.engine.harness import ask, drain, engine, run, stages


def stopped(request, stop, is_time):
    """Run until `is_time` of an item, then ask to stop; the cancelled take."""
    generator = engine().generate(request, stop=stop)

    def pull():
        for item in generator:
            if is_time(item):
                stop.set()

    with pytest.raises(Cancelled) as caught:
        pull()
    return caught.value.take


def relative(ours, theirs):
    return float((ours - theirs).norm() / theirs.norm())


@pytest.mark.parametrize(("kind", "sampler"), [("sd", "DDIM"), ("sd_v", "DDIM"), ("sdxl", "Euler")])
def test_latents_equal_the_stock_pipeline(kind, sampler):
    request = ask(kind, sampler=sampler, schedule="leading", steps=5)
    pipeline = tiny_models.pipeline(kind)
    if sampler == "DDIM":  # the stock one ends a hair before clean
        pipeline.scheduler.final_alpha_cumprod = torch.tensor(1.0)
    stock = pipeline(
        request.prompt, negative_prompt=request.negative_prompt, height=64, width=64,
        num_inference_steps=5, guidance_scale=5.0, output_type="latent",
        generator=torch.Generator().manual_seed(3),
    )[0]  # fmt: skip
    assert relative(run(request).take.steps[-1].x, stock) < 1e-5


def test_picture_equals_the_stock_pipeline():
    pipeline = tiny_models.pipeline("sdxl")
    stock = pipeline(
        "a hat", negative_prompt="", height=64, width=128, num_inference_steps=4,
        guidance_scale=1.0, generator=torch.Generator().manual_seed(9), output_type="np",
    )[0][0]  # fmt: skip
    request = ask("sdxl", prompt="a hat", negative_prompt="", width=128, steps=4, seed=9,
                  guidance_scale=1.0, sampler="Euler", schedule="leading")  # fmt: skip
    ours = run(request).picture
    assert ours.shape == (64, 128, 3)
    assert ours.dtype == np.uint8
    assert np.abs(ours.astype(int) - (stock * 255).round().astype(int)).max() <= 1


def test_start_picture_equals_stock_img2img():
    import diffusers

    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    request = ask("sd", sampler="DDIM", schedule="leading", steps=8, strength=0.6, image=picture)
    base = tiny_models.pipeline("sd")
    base.scheduler.final_alpha_cumprod = torch.tensor(1.0)
    stock = diffusers.StableDiffusionImg2ImgPipeline(
        **base.components, requires_safety_checker=False
    )
    stock.set_progress_bar_config(disable=True)
    latents = torch.tensor(engine().encode_image(picture, request))
    theirs = stock(
        request.prompt, negative_prompt=request.negative_prompt, image=latents, strength=0.6,
        num_inference_steps=8, guidance_scale=5.0, output_type="latent",
        generator=torch.Generator().manual_seed(3),
    )[0]  # fmt: skip
    take = run(request).take
    assert take.steps[0].index == 4
    assert relative(take.steps[-1].x, theirs) < 1e-5


@pytest.mark.parametrize("kind", ["sd", "sdxl"])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_forks_are_bit_identical(kind, sampler):
    request = ask(kind, sampler=sampler, schedule="karras", steps=4)
    whole = run(request)
    for index in (0, 2, 3):
        step = whole.take.steps[index]
        again = run(request.edit(parent=(whole.take.id, index)), fork=step)
        assert np.array_equal(again.picture, whole.picture)
        assert torch.equal(again.take.steps[-1].x, whole.take.steps[-1].x)
        assert again.take.parent == (whole.take.id, index)
        assert [s.index for s in again.take.steps] == list(range(index, 5))


@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name != "flow"])
def test_every_schedule_gives_a_picture(schedule):
    result = run(ask(schedule=schedule, steps=3))
    assert len(result.take.steps) == 4
    assert bool(result.take.steps[-1].x.isfinite().all())


def test_previews_change_nothing():
    request = ask(sampler="Euler a")
    assert np.array_equal(run(request).picture, run(request, has_frames=False).picture)


def test_yields_stages_in_order_and_a_frame_for_each_step():
    items, result = drain(ask(steps=3))
    assert stages(items) == [Stage.LOADING, Stage.ENCODING, Stage.DENOISING, Stage.DECODING]
    frames = [item for item in items if isinstance(item, Frame)]
    assert [f.index for f in frames] == [0, 1, 2, 3]
    assert set(frames[1].lanes) == {"noisy", "x0", "cond", "uncond", "delta", "change"}
    others = (Stage.OPENING, Stage.SAVING)  # once for all runs; not the engine's
    assert set(result.seconds) == {s.value for s in Stage if s not in others}
    fractions = [i.fraction for i in items if isinstance(i, Status) and i.stage is Stage.DENOISING]
    assert fractions == sorted(fractions)
    assert result.take.conditions["model"].startswith("tiny-sd")


def test_guided_prediction_is_linear_in_cond_and_uncond():
    step = run(ask(guidance_scale=7.0, sampler="DDIM")).take.steps[1]
    from studio.engine.samplers import to_x0

    guided = step.uncond + 7.0 * (step.cond - step.uncond)
    assert torch.allclose(to_x0(guided, step.x, step.level, "epsilon"), step.x0, atol=1e-5)


def test_guidance_off_has_no_unconditional_pass():
    result = run(ask(guidance_scale=1.0))
    assert all(step.uncond is None for step in result.take.steps)
    assert np.array_equal(
        result.picture, run(ask(guidance_scale=1.0, negative_prompt="never read")).picture
    )


def test_guidance_on_part_of_the_run():
    steps = run(ask(guidance_start=0.25, guidance_end=0.75)).take.steps[:-1]
    assert [step.uncond is not None for step in steps] == [False, True, True, False]


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "a blue hat"}, {"negative_prompt": "sharp"}, {"guidance_scale": 9.0},
        {"sampler": "Euler a"}, {"schedule": "karras"}, {"steps": 7}, {"eta": 1.0},
        {"noise_seed": 77, "eta": 1.0},
    ],
)  # fmt: skip
def test_a_fork_with_a_change_shares_the_past_and_parts(changes):
    whole = run(ask())
    step = whole.take.steps[2]
    fork = run(ask(**changes), fork=step).take
    assert torch.equal(fork.steps[0].x, step.x)
    assert fork.steps[0].level == step.level
    assert fork.steps[-1].total == fork.request.steps
    assert not torch.equal(fork.steps[-1].x, whole.take.steps[-1].x)


def test_a_fork_keeps_its_own_noise_seed_and_takes_another():
    request = ask(sampler="Euler a", noise_seed=5)
    whole = run(request)
    same = run(request, fork=whole.take.steps[2])
    other = run(request.edit(noise_seed=6), fork=whole.take.steps[2])
    assert np.array_equal(same.picture, whole.picture)
    assert not np.array_equal(other.picture, whole.picture)


def test_a_step_that_does_not_fit_the_model_is_told():
    step = run(ask()).take.steps[2]
    small = torch.zeros(1, 4, 4, 4)
    for lie in ({"x": small}, {"past": (step.past[0]._replace(x0=small),)}):
        with pytest.raises(UnsupportedModel, match="another shape"):
            run(ask(), fork=replace(step, **lie))
    with pytest.raises(UnsupportedModel, match="another shape"):
        run(ask(width=128), fork=step)


NO_LEVELS = ((math.nan, 0.5, 500), (0.5, math.nan, 500), (0.5, 0.5, math.inf), (-1, 0.5, 5),
             (0.5, 0.5, -5), (0.5, math.inf, 5), (0, 0, 5), (1, 1e-300, 5))  # fmt: skip


def test_a_step_that_is_no_step_is_told():
    step = run(ask()).take.steps[2]
    broken = (step.past[0]._replace(x=step.x / 0),)
    still = (step.past[0]._replace(level=step.level),)
    for lie in ({"rng": torch.zeros(7, dtype=torch.uint8)}, {"rng": torch.zeros(5056)},
                {"x": step.x * torch.nan}, {"past": broken}, {"past": still}, {"index": -1},
                *({"level": Level(*level)} for level in NO_LEVELS)):  # fmt: skip
        with pytest.raises(BrokenFile, match="makes no sense"):
            run(ask(), fork=replace(step, **lie))


def test_the_last_step_cannot_be_forked():
    whole = run(ask())
    with pytest.raises(InvalidRequest, match="no step left"):
        run(ask(), fork=whole.take.steps[-1])


@pytest.mark.parametrize("sampler", ["DPM++ 2M", "UniPC", "Euler"])
def test_no_steps_fit_below_the_models_least_noise(sampler):
    request = ask(sampler=sampler, schedule="karras")  # its last step is at the least noise
    whole = run(request)
    same = run(request, fork=whole.take.steps[3])
    assert np.array_equal(same.picture, whole.picture)
    with pytest.raises(InvalidRequest, match="least noise") as caught:
        run(request.edit(steps=8), fork=whole.take.steps[3])
    assert caught.value.field == "steps"
    assert run(request.edit(steps=8), fork=whole.take.steps[2]).take.steps[-1].index == 8


def test_direction_moves_the_prompt():
    concept = Concept(expression="hat - fish", way="direction", amount=1.0,
                      direction=(("hat", 1.0), ("fish", -1.0)))  # fmt: skip
    plain, moved = run(ask()), run(ask(concept=concept))
    still = run(ask(concept=Concept(expression="x", way="direction", amount=0.0,
                                    direction=(("hat", 1.0),))))  # fmt: skip
    assert not np.array_equal(plain.picture, moved.picture)
    assert np.array_equal(plain.picture, still.picture)


def unit(seed):
    vector = np.random.default_rng(seed).normal(size=tiny_models.CONCEPT_DIM).astype(np.float32)
    return vector / np.linalg.norm(vector)


def test_a_point_of_the_concept_space_is_drawn():
    def of(seed, **changes):
        point = Concept(expression="x", embedding=unit(seed), **changes)
        return run(ask("sd_v", concept=point))

    one, again, other = of(1), of(1), of(2)
    assert np.array_equal(one.picture, again.picture)
    assert not np.array_equal(one.picture, other.picture)
    assert not np.array_equal(one.picture, of(1, amount=0.5).picture)
    fork = run(one.take.request, fork=one.take.steps[2])
    assert np.array_equal(fork.picture, one.picture)


def test_a_concept_that_cannot_be_drawn_is_told():
    with pytest.raises(UnsupportedModel, match="reads words only"):
        run(ask("sd", concept=Concept(expression="x", embedding=unit(1))))
    for embedding in (None, np.ones(5, np.float32)):
        with pytest.raises(InvalidRequest, match="another CLIP"):
            run(ask("sd_v", concept=Concept(expression="x", embedding=embedding)))


def test_steer_edits_x0_with_gradients_through_the_decoder():
    request = ask(sampler="DDIM")
    decode = engine().decoder(request)
    brightness = []

    def steer(step, _plan):
        with torch.enable_grad():
            x0 = step.x0.clone().requires_grad_()
            mean = decode(x0).mean()
            (gradient,) = torch.autograd.grad(mean, x0)
        brightness.append(float(mean))
        return step.x0 + 30.0 * gradient / gradient.norm(), ()

    steered, plain = run(request, steer=steer), run(request)
    assert len(brightness) == 4
    assert steered.picture.mean() > plain.picture.mean()


def test_emphasis_and_long_prompts_are_read():
    plain, strong = run(ask(prompt="a red apple")), run(ask(prompt="a (red:1.4) apple"))
    assert not np.array_equal(plain.picture, strong.picture)
    long = run(ask("sdxl", prompt="apple " * 200))
    assert bool(long.take.steps[-1].x.isfinite().all())


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("sampler", {"sampler": "Heun's cousin"}), ("schedule", {"schedule": "weekly"}),
        ("width", {"width": 68}), ("steps", {"steps": 0}), ("prompt", {"prompt": "x" * 100_000}),
    ],
)  # fmt: skip
def test_impossible_settings_name_their_field(field, changes):
    with pytest.raises(InvalidRequest) as caught:
        run(ask(**changes))
    assert caught.value.field == field


@pytest.mark.parametrize("stage", [Stage.LOADING, Stage.ENCODING, Stage.DENOISING, Stage.DECODING])
def test_stop_at_every_stage_raises_cancelled_and_the_next_run_works(stage):
    engine().unload()
    stop = threading.Event()
    take = stopped(ask(), stop, lambda item: isinstance(item, Status) and item.stage is stage)
    if stage is Stage.DECODING:
        assert take.state == "cancelled"
        assert len(take.steps) == len(take.frames) == 5
    else:
        assert take is None
    assert run(ask()).picture.shape == (64, 64, 3)


def test_a_cancelled_take_goes_on_to_the_same_picture():
    request = ask(sampler="DPM++ 2M SDE")
    take = stopped(request, threading.Event(), lambda i: isinstance(i, Frame) and i.index == 2)
    last = take.steps[-1]
    assert last.index == 2
    whole = run(ask(sampler="DPM++ 2M SDE"))
    assert np.array_equal(run(ask(sampler="DPM++ 2M SDE"), fork=last).picture, whole.picture)


def test_variation_seed_and_noise_weight_change_the_picture():
    base = run(ask(sampler="DDPM")).picture
    for changes in ({"variation_seed": 1, "variation_strength": 0.3}, {"noise": 0.0}, {"seed": 4}):
        assert not np.array_equal(base, run(ask(sampler="DDPM", **changes)).picture)


def test_an_unknown_model_is_named():
    with pytest.raises(StudioError, match="no model called 'nonesuch'"):
        run(ask().edit(model="nonesuch"))
