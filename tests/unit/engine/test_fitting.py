"""What was repainted takes the colours of the picture around it, and keeps its content."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine import fitting
from tests.unit.engine.test_context import picture_of


def half_masked(side: int) -> np.ndarray:
    mask = np.zeros((side, side), np.uint8)
    mask[:, side // 2 :] = 255
    return mask


def test_a_gain_and_an_offset_are_undone() -> None:
    picture, mask = picture_of(64, 64), half_masked(64)
    shifted = np.clip(picture * 0.9 + 12, 0, 255).astype(np.uint8)
    error = np.abs(fitting.match_colour(shifted, picture, mask).astype(int) - picture)
    assert error.mean() < 1.5


def test_lost_detail_does_not_dye_the_new_part() -> None:
    """A rocket that the decoder smeared says nothing of the colours of the night around it."""
    night = np.empty((96, 96, 3), np.uint8)
    night[:] = np.stack([np.linspace(10, 50, 96), np.linspace(15, 40, 96),
                         np.linspace(50, 100, 96)], -1)[:, None]  # fmt: skip
    original = night.copy()
    original[30:70, 5:40] = np.random.default_rng(0).integers(0, 256, (40, 35, 3))
    painted = night.copy()
    painted[30:70, 5:40] = (110, 90, 120)
    matched = fitting.match_colour(painted, original, half_masked(96))
    assert np.abs(matched[:, 48:].astype(int) - night[:, 48:]).max() <= 2


def test_with_little_known_ground_colours_stay() -> None:
    picture, mask = picture_of(16, 16), np.full((16, 16), 255, np.uint8)
    mask[0, :8] = 0
    assert np.array_equal(fitting.match_colour(255 - picture, picture, mask), 255 - picture)


@pytest.mark.parametrize("side", [96, 768])
def test_new_ground_begins_in_the_old_tone_and_becomes_its_own(side) -> None:
    """768 px: only every second pixel is measured there."""
    original = np.full((side, side, 3), (90, 160, 230), np.uint8)
    painted = original.copy()
    painted[:, side // 2 :] += np.uint8(12)
    row = fitting.carry_tone(painted, original, half_masked(side), reach=32)[side // 2, :, 0]
    edge = side // 2
    assert abs(int(row[edge + 1]) - 90) <= 2
    assert abs(int(row[edge + 16]) - 96) <= 2
    assert row[edge + 34] == 102
    assert (np.diff(row[edge:].astype(int)) >= 0).all()


def test_a_hill_beside_the_sky_is_content_and_stays() -> None:
    original = np.full((96, 96, 3), (90, 160, 230), np.uint8)
    painted = original.copy()
    painted[:, 48:] = (220, 170, 90)
    kept = fitting.carry_tone(painted, original, half_masked(96), reach=32)
    assert np.array_equal(kept[:, 48:], painted[:, 48:])


def test_without_old_or_new_ground_no_tone_is_carried() -> None:
    picture = picture_of(40, 40)
    for value in (0, 255):
        mask = np.full((40, 40), value, np.uint8)
        assert np.array_equal(fitting.carry_tone(picture, 255 - picture, mask, reach=9), picture)


def test_a_local_shift_is_met_at_the_edge_and_fades_inwards() -> None:
    picture = np.full((48, 48, 3), 100, np.uint8)
    mask = np.zeros((48, 48), np.uint8)
    mask[12:36, 12:36] = 255
    painted = picture.copy()
    painted[:, 24:] += 30  # the model is brighter on one side only
    met = fitting.meet_edge(painted, picture, mask, reach=6)
    assert abs(int(met[24, 35, 0]) - 100) <= 6  # at the seam: the old picture's level
    assert met[24, 28, 0] == 130  # beyond: as the model made it
    assert met[24, 19, 0] == 100


def test_a_bend_wider_than_a_byte_counts_ends_too() -> None:
    picture = np.full((700, 4, 3), 100, np.uint8)
    mask = np.zeros((700, 4), np.uint8)
    mask[10:690] = 255
    met = fitting.meet_edge(picture + 30, picture, mask, reach=300)[:, 1, 0].astype(int)
    assert abs(met[10] - 100) <= 1
    assert (np.diff(met[10:350]) >= 0).all()
    assert met[350] == 130


def test_without_known_ground_nothing_is_bent() -> None:
    picture = picture_of(16, 16)
    mask = np.full((16, 16), 255, np.uint8)
    assert np.array_equal(fitting.meet_edge(255 - picture, picture, mask, reach=4), 255 - picture)


def test_interpolation_keeps_what_is_known_and_takes_the_rest_from_near() -> None:
    colours = np.zeros((16, 24, 3), np.float32)
    weight = np.zeros((16, 24, 1), np.float32)
    colours[3, 2], weight[3, 2] = 200, 1
    colours[14, 20], weight[14, 20] = 40, 1
    filled = fitting.push_pull(colours, weight)
    assert filled[3, 2, 0] == 200
    assert filled[14, 20, 0] == 40
    assert filled[0, 0, 0] > filled[8, 11, 0] > filled[15, 23, 0]
    assert 40 <= filled.min() <= filled.max() <= 200


def test_spreading_grows_by_one_pixel_and_shrinks_again() -> None:
    dot = np.zeros((7, 7), np.uint8)
    dot[3, 3] = 9
    grown = fitting.spread(dot, np.maximum)
    assert (grown[2:5, 2:5] == 9).all()
    assert grown.sum() == 81
    assert np.array_equal(fitting.spread(grown, np.minimum), dot)
