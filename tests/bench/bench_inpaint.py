"""Inpainting with the shipped starter model: seams and cost. Run: pytest -m bench -s <this file>"""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from studio.engine.context import context_frame, extend, working_size
from studio.engine.engine import Engine
from studio.engine.request import GenerationRequest, Inpaint
from studio.resources import resource

pytestmark = pytest.mark.bench

SCENES = (
    ("a woman with red hair wearing a top hat in the desert",
     "a woman with red hair wearing a crown in the desert"),
    ("a house in a meadow", "a tree in a meadow"),
    ("a cat wearing a top hat on a blue background", "a cat wearing a crown on a blue background"),
    ("a rocket in the night sky", "a moon in the night sky"),
)  # fmt: skip
OUTPAINTED = (
    ("a small panda in the desert", "a desert"),
    ("a house in a meadow", "a meadow"),
    ("a fox in the snow", "snow"),
    ("a rocket in the night sky", "the night sky"),
    ("a cat on a blue background", "a blue background"),
)
TONE_MAX = 2.5  # of 255, between even ground on the two sides of the seam
SEAM_MAX = 1.2
COST_MAX = 1.1


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine([resource("models")], "cpu")


def run(engine: Engine, request: GenerationRequest) -> np.ndarray:
    work = engine.generate(request, stop=threading.Event(), has_frames=False)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value.picture


def seam(picture: np.ndarray, mask: np.ndarray, reach: int = 8) -> float:
    """Mean gradient across the mask's edge, relative to that within `reach` px on both sides."""
    grey, inside = picture.astype(float).mean(-1), mask > 0
    across: list[np.ndarray] = []
    beside: list[np.ndarray] = []
    near = np.zeros_like(inside)
    rows, columns = np.nonzero(inside ^ np.roll(inside, 1, 0) | inside ^ np.roll(inside, 1, 1))
    for row, column in zip(rows, columns, strict=True):
        near[max(row - reach, 0) : row + reach, max(column - reach, 0) : column + reach] = True
    for axis in (0, 1):
        gradient = np.abs(np.diff(grey, axis=axis))
        low = [slice(None), slice(None)]
        high = [slice(None), slice(None)]
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        is_across = inside[tuple(low)] ^ inside[tuple(high)]
        across.append(gradient[is_across])
        beside.append(gradient[near[tuple(low)] & ~is_across])
    return float(np.concatenate(across).mean() / np.concatenate(beside).mean())


def blob(side: int, seed: int) -> np.ndarray:
    """A hard-edged ellipse, as a brush of full hardness leaves it."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side]
    centre, radius = rng.uniform(0.35, 0.65, 2) * side, rng.uniform(0.18, 0.28, 2) * side
    inside = ((y - centre[0]) / radius[0]) ** 2 + ((x - centre[1]) / radius[1]) ** 2 < 1
    return np.where(inside, 255, 0).astype(np.uint8)


@pytest.mark.timeout(1800)
def test_seams_on_the_starters_scenes(engine) -> None:
    native = engine.models()[0].native_size
    ratios = []
    for seed, (before, after) in enumerate(SCENES):
        first = GenerationRequest(prompt=before, seed=seed, width=native, height=native,
                                  guidance_scale=4.0)  # fmt: skip
        picture = run(engine, first)
        mask = blob(native, seed)
        inpaint = Inpaint(mask=mask, feather=3, match_colour=True,
                          frame=context_frame(mask, native_size=native))  # fmt: skip
        result = run(engine, first.edit(prompt=after, image=picture, inpaint=inpaint, strength=1.0))
        assert np.array_equal(result[mask == 0], picture[mask == 0])
        ratios.append(seam(result, mask))
        print(f"{after}: seam {ratios[-1]:.2f} (before {seam(picture, mask):.2f})")
    print(f"mean {np.mean(ratios):.2f}")
    assert np.mean(ratios) <= SEAM_MAX


def tone_step(picture: np.ndarray, mask: np.ndarray) -> float:
    """Median difference between even ground left and right of the mask's left and right edges."""
    colours = picture.astype(float)
    steps: list[np.ndarray] = []
    for side in (1, -1):
        first = int(np.argmax((mask[:, ::side] == 0).all(0)))  # the first old column
        old = colours[:, ::side][:, first + 1 : first + 9]
        new = colours[:, ::side][:, first - 21 : first - 13]  # where it is wholly the model's
        is_even = (old.std(1).max(-1) < 4) & (new.std(1).max(-1) < 4)
        steps.append(np.abs(old.mean(1) - new.mean(1)).mean(-1)[is_even])
    return float(np.median(np.concatenate(steps)))


@pytest.mark.timeout(1800)
def test_outpainting_continues_the_tone(engine) -> None:
    native = engine.models()[0].native_size
    ratios, tones = [], []
    for seed, (before, after) in enumerate(OUTPAINTED):
        first = GenerationRequest(prompt=before, seed=seed + 4, width=native, height=native,
                                  guidance_scale=4.0)  # fmt: skip
        large, mask = extend(run(engine, first), left=native // 2, right=native // 2, overlap=12)
        frame = context_frame(mask, native_size=native)
        width, height = working_size(*frame[2:], native_size=native)
        inpaint = Inpaint(mask=mask, feather=3, match_colour=True, frame=frame)
        request = first.edit(prompt=after, image=large, inpaint=inpaint, strength=1.0,
                             width=width, height=height)  # fmt: skip
        result = run(engine, request)
        assert np.array_equal(result[mask == 0], large[mask == 0])
        ratios.append(seam(result, mask))
        tones.append(tone_step(result, mask))
        print(f"{after} beside {before}: seam {ratios[-1]:.2f}, tone {tones[-1]:.1f}")
    print(f"mean seam {np.mean(ratios):.2f}, tone {np.mean(tones):.1f}")
    assert np.mean(ratios) <= SEAM_MAX
    assert np.mean(tones) <= TONE_MAX


def test_inpainting_costs_what_a_generation_costs(engine) -> None:
    plain = GenerationRequest(prompt="a house", width=256, height=256, steps=20)
    masked = plain.edit(image=np.full((256, 256, 3), 120, np.uint8),
                        inpaint=Inpaint(mask=blob(256, 0)))  # fmt: skip
    run(engine, plain)
    spent = {}
    for name, request in (("generate", plain), ("inpaint", masked)):
        began = time.process_time()
        run(engine, request)
        spent[name] = time.process_time() - began
    ratio = spent["inpaint"] / spent["generate"]
    print(f"{spent['generate']:.1f} s generate, {spent['inpaint']:.1f} s inpaint: {ratio:.2f}")
    assert ratio <= COST_MAX
