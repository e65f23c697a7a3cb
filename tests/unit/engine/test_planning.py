"""Levels, conditioning and the guarded model call."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from studio.engine import planning
from studio.engine.errors import InvalidRequest, NotFinite
from studio.engine.record import Status
from studio.engine.request import Concept
from tests.unit.engine.harness import ask, collect, engine, fail_at, loaded, poison, run


def test_a_batch_that_does_not_fit_is_run_in_two_halves(monkeypatch):
    whole = run(ask(sampler="DDIM"))
    unet = loaded().unet
    real = unet.forward

    def forward(x, *args, **kwargs):
        if len(x) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(x, *args, **kwargs)

    monkeypatch.setattr(unet, "forward", forward)
    items = []
    result = collect(engine().generate(ask(sampler="DDIM"), stop=threading.Event()), items)
    assert np.abs(result.picture.astype(int) - whole.picture.astype(int)).max() <= 1
    assert any("one after the other" in i.detail for i in items if isinstance(i, Status))


@pytest.mark.parametrize("bad", [0, 2, 3])
def test_nan_is_found_at_its_step(monkeypatch, bad):
    calls = iter(range(100))
    with monkeypatch.context() as patch:
        poison(patch, loaded().unet, "forward", lambda: next(calls) == bad)
        with pytest.raises(NotFinite) as caught:
            run(ask())
    assert caught.value.step == bad
    assert f"step {bad + 1} of 4" in caught.value.message
    take = caught.value.take
    assert (len(take.steps) if take else 0) == bad
    assert run(ask()).picture.std() > 0


def test_overflow_in_half_precision_is_repaired_and_the_precision_given_back(monkeypatch):
    model = loaded()
    model.unet.to(torch.bfloat16)
    try:
        with monkeypatch.context() as patch:
            poison(patch, model.unet, "forward", lambda: model.dtype != torch.float32)
            items = []
            result = collect(engine().generate(ask(), stop=threading.Event()), items)
        assert result.picture.std() > 0
        assert any("full precision" in i.detail for i in items if isinstance(i, Status))
        assert model.dtype == torch.bfloat16
    finally:
        engine().unload()


def test_a_bug_is_not_called_lack_of_memory(monkeypatch):
    with monkeypatch.context() as patch:
        fail_at(patch, loaded().unet, 1, RuntimeError("size mismatch"))
        with pytest.raises(RuntimeError, match="size mismatch"):
            run(ask())
    assert run(ask()).picture.std() > 0


def test_levels_of_a_fork_meet_the_step():
    model = loaded()
    step = run(ask(steps=6)).take.steps[3]
    same = planning.levels_of(ask(steps=6), model, step)
    assert same == planning.levels_of(ask(steps=6), model, None)
    longer = planning.levels_of(ask(steps=12, schedule="karras"), model, step)
    assert len(longer) == 13
    assert longer[3] == step.level
    sigmas = [level.sigma for level in longer[3:]]
    assert sigmas == sorted(sigmas, reverse=True)
    assert longer[-1].s == 0


def test_a_fork_with_no_step_left_is_refused():
    model, step = loaded(), run(ask(steps=6)).take.steps[3]
    with pytest.raises(InvalidRequest):
        planning.levels_of(ask(steps=3), model, step)


def test_sampler_takes_the_users_eta_and_noise():
    sampler = planning.sampler_of(ask(sampler="DDIM", eta=0.5, noise=0.2))
    assert (sampler.eta, sampler.noise) == (0.5, 0.2)


def test_both_prompts_have_one_length():
    cond, uncond = planning.conditioning_of(ask(prompt="apple " * 100, negative_prompt="x"),
                                            loaded())  # fmt: skip
    assert cond.embeds.shape == uncond.embeds.shape
    assert cond.embeds.shape[1] > 77


def test_a_long_negative_prompt_changes_nothing_while_guidance_is_off():
    """It is never read then, so it must not lengthen the prompt either."""
    ends = [run(ask(negative_prompt=text, guidance_scale=1.0)).take.steps[-1].x
            for text in ("", "blurry " * 100)]  # fmt: skip
    assert torch.equal(*ends)


def test_an_empty_negative_prompt_is_zeros_in_sdxl_only():
    for kind, is_zero in (("sd", False), ("sdxl", True)):
        uncond = planning.conditioning_of(ask(kind, negative_prompt=""), loaded(kind))[1]
        assert (float(uncond.embeds.abs().max()) == 0) == is_zero


def test_prompts_are_read_once():
    model = loaded()
    model.prompts.clear()
    first = planning.conditioning_of(ask(prompt="once"), model)[0]
    assert planning.conditioning_of(ask(prompt="once"), model)[0] is first
    for number in range(20):
        planning.conditioning_of(ask(prompt=f"prompt {number}"), model)
    assert len(model.prompts) <= planning.PROMPTS_KEPT


def test_words_are_said_beside_the_prompt_and_taken_away_alone():
    said = ask(prompt="a cat in the snow")
    assert planning.sides(said, "a hat", 0.5) == ("a cat in the snow with a hat",
                                                  "a cat in the snow")  # fmt: skip
    assert planning.sides(said, "a hat", -1) == ("a hat", "")
    assert planning.sides(ask(prompt=" "), "a hat", 1) == ("a hat", "")


def test_lean_is_the_difference_of_the_sides_as_long_as_the_prompt():
    request = ask(prompt="cat", negative_prompt="a long list " * 30)
    cond, _ = planning.conditioning_of(request, loaded())
    lean = planning.lean_of(request, loaded(), cond)
    (up, pooled), (down, _) = lean("a hat", 0.5), lean("a hat", -2.0)
    assert pooled is None
    assert up.shape == down.shape == cond.embeds.shape
    assert bool(up.any())
    alone, _ = planning.conditioning_of(ask(prompt="a hat"), loaded())
    empty, _ = planning.conditioning_of(ask(prompt=""), loaded())
    length = alone.embeds.shape[1]
    expected = -2 * (alone.embeds - empty.embeds)[:, :length].float()
    torch.testing.assert_close(down[:, :length], expected, atol=1e-4, rtol=1e-3)


def test_words_move_the_pooled_embedding_of_sdxl_too():
    request, model = ask("sdxl", prompt="cat"), loaded("sdxl")
    cond, _ = planning.conditioning_of(request, model)
    change, pooled = planning.lean_of(request, model, cond)("a hat", 1.0)
    said, _ = planning.conditioning_of(ask("sdxl", prompt="cat with a hat"), model)
    assert bool(pooled.any())
    torch.testing.assert_close(cond.pooled + pooled, said.pooled, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(cond.embeds + change, said.embeds, atol=1e-5, rtol=1e-4)
    concept = Concept(expression="hat", way="direction", amount=1.0, direction=(("a hat", 1.0),))
    moved, _ = planning.conditioning_of(request.edit(concept=concept), model)
    torch.testing.assert_close(moved.pooled, said.pooled, atol=1e-5, rtol=1e-4)
