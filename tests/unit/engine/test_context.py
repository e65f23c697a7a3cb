"""Pictures around an inpainting run: what is not masked is never touched."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine import context
from studio.engine.errors import InvalidRequest
from studio.engine.request import Inpaint


def picture_of(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth colours with some grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    smooth = np.stack([x * 255 / width, y * 255 / height, (x + y) * 127 / width], -1)
    return np.clip(smooth + rng.normal(0, 4, smooth.shape), 0, 255).astype(np.uint8)


def random_mask(rng: np.random.Generator, height: int, width: int, *, soft: bool) -> np.ndarray:
    """A few blobs; soft ones fall off to 0."""
    mask = np.zeros((height, width), np.float32)
    y, x = np.mgrid[0:height, 0:width]
    for _ in range(rng.integers(1, 4)):
        radius = rng.uniform(1, min(height, width) / 3)
        distance = np.hypot(y - rng.uniform(0, height), x - rng.uniform(0, width))
        fall = 1.3 - distance / radius if soft else distance < radius
        mask = np.maximum(mask, np.clip(fall, 0, 1))
    mask[rng.integers(height), rng.integers(width)] = 1
    return np.rint(mask * 255).astype(np.uint8)


def repaint_rounds(masks: int, rounds: int, side: int) -> None:
    rng = np.random.default_rng(3)
    for number in range(masks):
        soft = number % 2 == 0
        first = current = picture_of(side, side + 7, number)
        mask = random_mask(rng, *first.shape[:2], soft=soft)
        frame = context.context_frame(mask, native_size=32) if number % 3 else None
        inpaint = Inpaint(mask=mask, soft=soft, frame=frame, feather=number % 5,
                          match_colour=number % 4 == 0)  # fmt: skip
        for _ in range(rounds):
            prepared = context.prepare(current, inpaint, width=32, height=32)
            painted = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            current = context.paste_back(current, painted, prepared, inpaint)
        kept = mask == 0 if soft else mask <= 127
        assert np.array_equal(current[kept], first[kept])
        changed = (current != first).any(axis=-1)
        assert changed.any()


def test_unmasked_pixels_stay_byte_identical_over_20_masks_and_20_rounds() -> None:
    repaint_rounds(masks=20, rounds=20, side=90)


def test_pasting_the_same_picture_changes_nothing() -> None:
    picture = picture_of(64, 64)
    mask = np.full((64, 64), 255, np.uint8)
    inpaint = Inpaint(mask=mask)
    prepared = context.prepare(picture, inpaint, width=64, height=64)
    assert np.array_equal(context.paste_back(picture, picture, prepared, inpaint), picture)


def test_full_mask_takes_the_whole_new_picture() -> None:
    picture, new = picture_of(64, 64), picture_of(64, 64, 5)[::-1].copy()
    inpaint = Inpaint(mask=np.full((64, 64), 255, np.uint8), feather=6)
    prepared = context.prepare(picture, inpaint, width=64, height=64)
    assert np.array_equal(context.paste_back(picture, new, prepared, inpaint), new)


def test_alpha_is_zero_outside_and_ramps_inwards() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 255
    alpha = context.paste_alpha(mask, feather=3, soft=False)
    assert (alpha[mask == 0] == 0).all()
    assert alpha[20, 9:16].tolist() == [0, 40, 128, 215, 255, 255, 255]


def test_thin_strokes_and_single_pixels_are_still_pasted() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[20, 5:35] = 255
    alpha = context.paste_alpha(mask, feather=8, soft=False)
    assert (alpha[20, 5:35] == 255).all()


def test_a_feather_wider_than_a_byte_counts_still_reaches_the_middle() -> None:
    mask = np.zeros((560, 3), np.uint8)
    mask[10:550] = 255
    alpha = context.paste_alpha(mask, feather=256, soft=True)[:, 1]
    assert (np.diff(alpha[:270].astype(int)) >= 0).all()
    assert (alpha[270:290] == 255).all()


def test_mask_at_the_picture_border_is_not_feathered_there() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[:, :20] = 255
    alpha = context.paste_alpha(mask, feather=4, soft=False)
    assert (alpha[:, 0] == 255).all()
    assert (alpha[0, :15] == 255).all()


def test_soft_tails_are_pasted_softly() -> None:
    mask = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (8, 1))
    alpha = context.paste_alpha(mask, feather=0, soft=True)
    assert alpha[4, 0] == 0
    assert (np.diff(alpha[4].astype(int)) >= 0).all()
    assert alpha[4, -1] == 255


@pytest.mark.parametrize(
    ("mask", "frame", "says"),
    [
        (np.zeros((32, 32), np.uint8), None, "Nothing is masked"),
        (np.full((32, 31), 255, np.uint8), None, "differ in size"),
        (np.full((32, 32), 255, np.uint8), (20, 0, 20, 20), "outside the picture"),
        (np.full((32, 32), 255, np.uint8), (0, -1, 20, 20), "outside the picture"),
        (np.full((32, 32), 255, np.uint8), (0, 0, 0, 20), "outside the picture"),
    ],
)
def test_impossible_masks_are_refused_in_words(mask, frame, says) -> None:
    with pytest.raises(InvalidRequest, match=says) as caught:
        context.prepare(picture_of(32, 32), Inpaint(mask=mask, frame=frame), width=32, height=32)
    assert caught.value.hint


def test_mask_outside_the_frame_is_an_empty_mask() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[50:60, 50:60] = 255
    with pytest.raises(InvalidRequest, match="Nothing is masked"):
        context.prepare(picture_of(64, 64), Inpaint(mask=mask, frame=(0, 0, 32, 32)),
                        width=32, height=32)  # fmt: skip


def with_alpha(colours, alpha) -> np.ndarray:
    return np.dstack([np.broadcast_to(np.uint8(colours), (2, 3, 3)), np.uint8(alpha)])


ALPHA = [[0, 100, 255], [255, 255, 255]]


@pytest.mark.parametrize(
    ("colours", "alpha", "expected"),
    [
        (90, ALPHA, [[255, 155, 0], [0, 0, 0]]),  # a picture with holes, as ComfyUI and OpenAI
        (0, ALPHA, [[255, 155, 0], [0, 0, 0]]),  # black is kept, the rest is a hole
        (255, ALPHA, [[0, 100, 255], [255, 255, 255]]),  # white drawn on nothing
        (120, np.full((2, 3), 255), [[120] * 3] * 2),  # opaque: brightness counts
        (7, np.zeros((2, 3)), [[255] * 3] * 2),  # nothing but hole
    ],
)
def test_a_mask_with_transparency(colours, alpha, expected) -> None:
    mask = context.mask_from(with_alpha(colours, alpha), np.zeros((2, 3, 3), np.uint8))
    assert np.array_equal(mask, expected)
    assert mask.dtype == np.uint8


def test_a_mask_of_another_size_or_all_black_is_refused() -> None:
    picture = np.zeros((2, 3, 3), np.uint8)
    with pytest.raises(InvalidRequest, match="The mask is 4×2, the picture 3×2"):
        context.mask_from(np.zeros((2, 4, 4), np.uint8), picture)
    with pytest.raises(InvalidRequest, match="all black"):
        context.mask_from(picture, picture)


@pytest.mark.parametrize("seed", range(6))
def test_context_frame_holds_the_mask_and_lies_inside(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = rng.integers(40, 400, 2)
    mask = random_mask(rng, height, width, soft=False)
    x, y, w, h = context.context_frame(mask, native_size=128)
    left, top, bw, bh = context.mask_bounds(mask)
    assert x >= 0
    assert y >= 0
    assert x + w <= width
    assert y + h <= height
    assert x <= left
    assert y <= top
    assert left + bw <= x + w
    assert top + bh <= y + h


def test_no_mask_has_no_frame() -> None:
    assert context.context_frame(np.zeros((9, 9), np.uint8), native_size=64) is None


@pytest.mark.parametrize(
    ("frame", "size"), [((300, 300), (256, 256)), ((400, 100), (512, 128)), ((90, 160), (192, 344))]
)
def test_working_size_keeps_shape_and_area(frame, size) -> None:
    assert context.working_size(*frame, native_size=256, multiple_of=8) == size


def test_blur_fill_leaves_known_pixels_and_takes_colours_from_around() -> None:
    picture = np.full((64, 64, 3), (200, 40, 40), np.uint8)
    picture[20:44, 20:44] = (0, 255, 0)
    mask = np.zeros((64, 64), np.uint8)
    mask[20:44, 20:44] = 255
    filled = context.blur_fill(picture, mask)
    assert np.array_equal(filled[mask == 0], picture[mask == 0])
    assert np.abs(filled[32, 32].astype(int) - (200, 40, 40)).max() <= 1


def test_blur_fill_of_a_full_mask_is_grey() -> None:
    filled = context.blur_fill(picture_of(33, 17), np.full((33, 17), 255, np.uint8))
    assert np.ptp(filled) <= 1


def test_colour_shift_is_undone() -> None:
    picture = picture_of(64, 64)
    mask = np.zeros((64, 64), np.uint8)
    mask[20:40, 20:40] = 255
    inpaint = Inpaint(mask=mask, feather=0, match_colour=True)
    prepared = context.prepare(picture, inpaint, width=64, height=64)
    shifted = np.clip(picture * 0.9 + 12, 0, 255).astype(np.uint8)
    mended = context.paste_back(picture, shifted, prepared, inpaint)
    error = np.abs(mended.astype(int) - picture.astype(int))[mask > 0]
    assert error.mean() < 1.5


def test_hard_mask_keeps_thin_strokes_when_scaled_down() -> None:
    mask = np.zeros((256, 256), np.uint8)
    mask[100, 20:200] = 255
    prepared = context.prepare(
        picture_of(256, 256), Inpaint(mask=mask, soft=False), width=32, height=32
    )
    assert (prepared.mask[12, 3:25] == 255).all()


def test_extend_keeps_the_old_pixels_and_masks_the_new() -> None:
    picture = picture_of(40, 48)
    large, mask = context.extend(picture, left=16, bottom=8, overlap=6)
    assert large.shape == (48, 64, 3)
    assert np.array_equal(large[:40, 16:], picture)
    assert (mask[:, :16] == 255).all()
    assert (mask[40:] == 255).all()
    assert (mask[:34, 22:] == 0).all()
    assert mask[10, 16] > mask[10, 20] > 0
    assert (np.abs(large[:40, 15].astype(int) - picture[:, 0]).mean()) < 30


@pytest.mark.parametrize("sides", [{}, {"left": -1, "top": 4}])
def test_extend_refuses_nothing_and_negative_sides(sides) -> None:
    with pytest.raises(InvalidRequest):
        context.extend(picture_of(16, 16), **sides)


def test_matching_pastes_no_line_where_new_ground_has_another_tone() -> None:
    """Colours, tone and edge are fitted one after the other; none undoes the step twice."""
    picture = np.full((96, 96, 3), (110, 180, 240), np.uint8)
    mask = np.zeros((96, 96), np.uint8)
    mask[:48] = 255
    painted = picture.copy()
    painted[:60] = np.clip(painted[:60].astype(int) + 16, 0, 255)  # the decoder blurs the step
    inpaint = Inpaint(mask=mask, feather=3, match_colour=True)
    prepared = context.prepare(picture, inpaint, width=96, height=96)
    column = context.paste_back(picture, painted, prepared, inpaint)[:, 40, 0].astype(int)
    assert np.abs(np.diff(column)).max() <= 2
    assert column.min() >= 108
    assert column[0] >= 120  # far from the edge it stays as the model made it


def test_the_feather_grows_with_an_enlarged_frame() -> None:
    """A result at 32 px laid over 128 px is four times as coarse, and so must its edge be."""
    picture = np.zeros((128, 128, 3), np.uint8)
    mask = np.zeros((128, 128), np.uint8)
    mask[32:96, 32:96] = 255
    inpaint = Inpaint(mask=mask, feather=2)
    prepared = context.prepare(picture, inpaint, width=32, height=32)
    white = np.full((32, 32, 3), 255, np.uint8)
    row = context.paste_back(picture, white, prepared, inpaint)[64, :, 0].astype(int)
    assert row[31] == 0
    assert (np.diff(row[31:41]) > 0).all()
    assert row[41] == 255


def test_new_ground_carries_the_edges_colours_on() -> None:
    """Sky stays beside sky, sand beside sand; nothing is doubled."""
    picture = np.zeros((60, 40, 3), np.uint8)
    picture[:30], picture[30:] = (90, 160, 230), (220, 170, 90)
    picture[10:20, 10:20] = (250, 230, 60)  # a sun, away from the edge
    large, mask = context.extend(picture, right=30, overlap=0)
    assert np.array_equal(large[:, :40], picture)
    assert (mask[:, 40:] == 255).all()
    assert np.abs(large[:20, 40:].astype(int) - (90, 160, 230)).max() < 20
    assert np.abs(large[42:, 40:].astype(int) - (220, 170, 90)).max() < 30
