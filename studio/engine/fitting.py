"""What was repainted is fitted to the picture around it: colours, tone, edge.

Three shifts are undone, from far to near: the decoder's (the same everywhere), the tone of new
ground beside old (another sky than the one it continues), and what is left at the very edge.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.engine.request import Pixels

Floats = NDArray[np.float32]

TONE_REACH = 48  # px at the model's size, six cells of its latents
_AROUND = 6  # px to each side: the square of 13 px over which a tone is measured
_TONE_MAX = 24.0  # of 255; a larger step is content: a hill that ends, another object
_GRAIN_MAX = 8.0  # of 255, the spread of ground that still counts as even
_OUTLIER = 6.0  # of 255; known pixels that differ more are detail that the decoder lost
_KNOWN_MIN = 64  # px needed to measure a colour shift
_ENOUGH = 1 << 18  # px; of a larger picture every second, third, ... are measured
_SPREAD_LEAST = 50.0  # of 255 squared; less says little of the gain, which then stays near 1


def match_colour(painted: Pixels, original: Pixels, mask: Pixels) -> Pixels:
    """Undo the decoder's colour shift, as measured on the pixels that were not masked.

    painted, original: [h, w, 3]; mask: [h, w]. A gain and an offset per channel. What the decoder
    blurred or lost differs too, and more: even ground counts, detail that differs hardly does
    (iteratively reweighted least squares). Unchanged if too little is known.
    """
    few = _some_of(mask)
    known = mask[few] == 0
    if known.sum() < _KNOWN_MIN:
        return painted
    _, grain, _ = _around(original[few].astype(np.float32), known)
    evenness = (1 / (1 + (grain[known] / _GRAIN_MAX) ** 4)).astype(np.float64)
    result = painted.astype(np.float32)
    for channel in range(3):
        seen = painted[few][..., channel][known].astype(np.float64)
        meant = original[few][..., channel][known].astype(np.float64)
        gain, offset = _line(seen, meant, evenness)
        result[..., channel] = gain * result[..., channel] + offset
    return _bytes(result)


def _line(
    seen: NDArray[np.float64], meant: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[float, float]:
    """(gain, offset) from seen to meant, [n], in which outliers hardly count."""
    gain, offset = 1.0, float(np.median(meant - seen))
    for _ in range(5):
        share = weight / (1 + ((meant - gain * seen - offset) / _OUTLIER) ** 2)
        total = share.sum()
        if total < 1e-6:
            break
        from_, to = (share @ seen) / total, (share @ meant) / total
        variance = (share @ (seen - from_) ** 2) / total
        together = (share @ ((seen - from_) * (meant - to))) / total
        gain = float(np.clip((together + _SPREAD_LEAST) / (variance + _SPREAD_LEAST), 0.8, 1.25))
        offset = float(to - gain * from_)
    return gain, offset


def carry_tone(painted: Pixels, original: Pixels, mask: Pixels, *, reach: int) -> Pixels:
    """Begin new ground in the old ground's tone, and let it become its own over `reach` px.

    painted, original: [h, w, 3]; mask: [h, w]. A model that may not touch the old ground often
    continues a sky or a meadow a few levels brighter or darker, and the eye finds the straight
    line where they meet. Where even ground meets even ground and they differ little, the
    difference is carried inwards; a real edge is left alone.
    """
    few = _some_of(mask)
    hole = mask[few] > 0
    outside, outer_grain, outer = _around(original[few].astype(np.float32), ~hole)
    inside, inner_grain, inner = _around(painted[few].astype(np.float32), hole)
    seen = np.clip(3 * np.minimum(outer, inner) - np.float32(0.5), 0, 1)[..., None]
    if not seen.any():
        return painted
    step = outside - inside
    trust = 1 / (1 + (np.abs(step).max(-1) / _TONE_MAX) ** 6)
    trust /= 1 + (np.maximum(outer_grain, inner_grain) / _GRAIN_MAX) ** 4
    carried = push_pull(np.asarray(step * trust[..., None], dtype=np.float32), seen)
    carried *= _fading(hole, max(1, reach // (few[0].step or 1)))
    # The known side is shifted as well: `meet_edge` shall not find the same step again.
    return _bytes(painted + _enlarged(carried, mask.shape[1], mask.shape[0]))


def meet_edge(painted: Pixels, original: Pixels, mask: Pixels, *, reach: int) -> Pixels:
    """Bend the repainted part's colours towards the old picture's where the two meet.

    The difference that is left just outside the mask is carried inwards and fades over `reach` px,
    so that the seam vanishes while the content beyond it stays as the model made it. (A membrane
    as in Poisson blending, Perez et al. 2003, but short: a long one would dye the content.)
    """
    hole = mask > 0
    if hole.all() or not hole.any():
        return painted
    known = (~hole).astype(np.float32)[..., None]
    difference = (original.astype(np.float32) - painted) * known
    return _bytes(painted + push_pull(difference, known) * _fading(hole, reach))


def _some_of(mask: Pixels) -> tuple[slice, slice]:
    """Which rows and columns of a large picture are enough to measure colours on."""
    step = math.ceil(math.sqrt(mask.size / _ENOUGH))
    return slice(None, None, step), slice(None, None, step)


def _fading(hole: NDArray[np.bool_], reach: int) -> Floats:
    """1 outside the hole and at its edge, 0 from `reach` px inside on, [h, w, 1]."""
    core = hole.astype(np.uint8)
    depth = core.astype(np.uint16)
    for _ in range(reach):
        core = spread(core, np.minimum)
        depth = depth + core
    share = np.clip((depth.astype(np.float32) - 1) / reach, 0, 1)[..., None]
    return np.asarray(1.0 - share * share * (3.0 - 2.0 * share), dtype=np.float32)


def _around(values: Floats, where: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Mean [h, w, 3] and spread [h, w] of the chosen pixels near each pixel, and their share."""
    share = where.astype(np.float32)
    count = np.maximum(_box_sum(share), np.float32(1))
    mean = np.divide(_box_sum(values * share[..., None]), count[..., None], dtype=np.float32)
    square = _box_sum((values**2).mean(-1) * share) / count
    grain = np.sqrt(np.maximum(square - (mean**2).mean(-1), 0)).astype(np.float32)
    return mean, grain, np.float32((2 * _AROUND + 1) ** -2) * count


def _box_sum(values: Floats) -> Floats:
    """The sum over the 13x13 square around each pixel, 13 = 8 + 4 + 1; nothing lies outside."""
    total = values.astype(np.float32)
    for axis in (0, 1):
        pad = [(_AROUND, _AROUND) if axis == own else (0, 0) for own in range(total.ndim)]
        one = np.moveaxis(np.pad(total, pad), axis, 0)
        two = one[:-1] + one[1:]
        four = two[:-2] + two[2:]
        eight = four[:-4] + four[4:]
        total = np.moveaxis(eight[:-5] + four[8:-1] + one[12:], 0, axis)
    return total


def push_pull(colours: Floats, weight: Floats) -> Floats:
    """Interpolate scattered data on a pyramid (Gortler et al. 1996, push-pull).

    colours: [h, w, 3]; weight: [h, w, 1], 0 .. 1. Each unknown pixel takes the mean of the known
    ones around it at the finest scale at which there are any; nothing known at all is mid grey.
    """
    height, width = weight.shape[:2]
    if max(height, width) == 1:
        return np.where(weight > 0, colours, 127.5).astype(np.float32)
    pad = ((0, height % 2), (0, width % 2), (0, 0))
    weight_even = np.pad(weight, pad)
    total = _block_sum(weight_even)
    mean = _block_sum(np.pad(colours, pad) * weight_even) / np.maximum(total, 1e-6)
    coarse = push_pull(mean.astype(np.float32), np.minimum(total, 1.0).astype(np.float32))
    fine = _enlarged(coarse, width, height)
    return np.asarray(colours * weight + fine * (1.0 - weight), dtype=np.float32)


def _enlarged(colours: Floats, width: int, height: int) -> Floats:
    """The colours at another size, [height, width, 3]; in between they run smoothly."""
    fine = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        plane = Image.fromarray(np.ascontiguousarray(colours[..., channel]))
        fine[..., channel] = np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR))
    return fine


def _block_sum(values: Floats) -> Floats:
    rows = values[0::2] + values[1::2]
    return np.asarray(rows[:, 0::2] + rows[:, 1::2], dtype=np.float32)


def spread(values: NDArray[Any], choose: np.ufunc) -> NDArray[Any]:
    """Minimum or maximum over each pixel's 3x3 neighbourhood; the border repeats itself."""
    for axis in (0, 1):
        result = values.copy()
        low = [slice(None), slice(None)]
        high = [slice(None), slice(None)]
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        result[tuple(low)] = choose(result[tuple(low)], values[tuple(high)])
        result[tuple(high)] = choose(result[tuple(high)], values[tuple(low)])
        values = result
    return values


def _bytes(colours: NDArray[np.floating]) -> Pixels:
    return np.asarray(np.clip(np.rint(colours), 0, 255), dtype=np.uint8)
