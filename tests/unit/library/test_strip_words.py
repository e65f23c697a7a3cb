"""What the strip says in words."""

from __future__ import annotations

import math
from dataclasses import replace

from studio.library.strip_words import in_order, seconds_text, sigma_text, step_name, why_missing
from tests.unit.state.filmstrip.frames import make_frames


def test_cfg_one_says_that_there_is_no_pass_without_the_prompt():
    frames = make_frames(4, guided=False)
    assert why_missing("uncond", frames) == "CFG is 1: there is no pass without the prompt."
    assert why_missing("delta", frames, 2) == "CFG is 1: there is no pass without the prompt."
    assert why_missing("x0", frames) == ""


def test_distilled_model_says_that_guidance_is_built_in():
    frames = list(make_frames(4))
    bare = [type(f)(**{s: getattr(f, s) for s in f.__slots__} | {"lanes": {"x0": f.lanes["x0"]}})
            for f in frames]  # fmt: skip
    assert "built in" in why_missing("uncond", bare)
    assert why_missing("noisy", bare) == "This take was kept without it."


def test_single_steps_have_their_own_reasons():
    frames = make_frames(4)
    assert "first step" in why_missing("change", frames, 0)
    assert "finished" in why_missing("cond", frames, 4)
    assert why_missing("cond", frames, 1) == ""
    assert why_missing("cond", []) == ""


def test_words():
    assert step_name(0, 20) == "Step 1 of 20"
    assert step_name(20, 20) == "Picture"
    assert sigma_text(math.inf) == "∞"
    assert sigma_text(1.8449) == "1.84"
    assert seconds_text(0.0412) == "41 ms"
    assert seconds_text(1.26) == "1.3 s"
    assert in_order(["x0", "noisy", "bad", "x0"]) == ("noisy", "x0")


def test_a_picture_without_a_strip_says_so():
    """It said that CFG is 1, which nobody knows."""
    alone = [replace(make_frames(2)[0], index=1, total=1, guidance_scale=1.0, lanes={"x0": 0})]
    for lane in ("noisy", "uncond", "delta", "change"):
        assert why_missing(lane, alone) == "This picture has no strip: its steps were not kept."
    assert why_missing("x0", alone) == ""
