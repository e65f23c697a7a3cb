"""Pictures around an inpainting run: crop, fill, paste back, outpaint. numpy and Pillow only.

The law of this module: a pixel whose mask is 0 leaves `paste_back` with the bytes it came with.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from studio.engine.errors import InvalidRequest
from studio.engine.fitting import (
    TONE_REACH,
    carry_tone,
    match_colour,
    meet_edge,
    push_pull,
    spread,
)
from studio.engine.request import SIDE_MAX, SIDE_MIN, Inpaint, Pixels

Box = tuple[int, int, int, int]  # x, y, width, height in picture pixels

PADDING = 0.35  # context around the masked part, as a share of its longer side
PADDING_MIN = 24  # px
SOFT_FULL = 64  # mask value from which a repainted pixel is pasted in full
_FEATHER_WIDE = 32  # px; wide enough for any enlargement
_WHITE = 250  # of a drawn mask, in every channel; a soft brush rounds a little


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What the model works on. picture, mask: at the model's size; box: their place outside."""

    picture: Pixels  # [h, w, 3], filled where masked
    original: Pixels  # [h, w, 3], before filling
    mask: Pixels  # [h, w], 255 = repaint
    box: Box


def resized(picture: Pixels, width: int, height: int) -> Pixels:
    """The picture at another size (Lanczos); itself if it has that size already."""
    if picture.shape[:2] == (height, width):
        return picture
    image = Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(image, dtype=np.uint8)


def mask_bounds(mask: Pixels) -> Box | None:
    """The smallest box around all pixels > 0; None for an empty mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    x, y = int(columns[0]), int(rows[0])
    return x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1


def mask_from(colours: Pixels, picture: Pixels) -> Pixels:
    """A mask [H, W] for `picture` from another picture, [H, W, 3] or with transparency [H, W, 4].

    White is repainted, black kept, as in Stable Diffusion web UIs and diffusers. In a picture with
    transparent parts these are repainted, as ComfyUI and OpenAI have it; only a white drawing on a
    transparent ground counts as drawn. Raises InvalidRequest unless the sizes are the same and
    anything is masked.
    """
    if colours.shape[:2] != picture.shape[:2]:
        ours = f"{picture.shape[1]}×{picture.shape[0]}"
        theirs = f"{colours.shape[1]}×{colours.shape[0]}"
        raise InvalidRequest("mask", f"The mask is {theirs}, the picture {ours} pixels.",
                             "Make a mask of the picture's size.")  # fmt: skip
    kind = kind_of_mask(colours)
    if kind == "holes":
        mask = 255 - colours[..., 3]
    else:
        mask = colours[..., 3] if kind == "drawing" else colours[..., :3].max(axis=-1)
    if not mask.any():
        raise InvalidRequest("mask", "The mask is all black, so nothing would change.",
                             "Paint white what should be repainted.")  # fmt: skip
    return np.ascontiguousarray(mask, dtype=np.uint8)


def kind_of_mask(colours: Pixels) -> Literal["brightness", "holes", "drawing"]:
    """What says in a mask picture what is repainted: brightness, transparency, or its contrary.

    A drawing is white wherever it is not transparent.
    """
    if colours.shape[-1] < 4 or (colours[..., 3] == 255).all():
        return "brightness"
    seen = colours[colours[..., 3] > 0]
    return "drawing" if seen.size and seen[:, :3].min() >= _WHITE else "holes"


def context_frame(mask: Pixels, *, native_size: int, padding: float = PADDING) -> Box | None:
    """The part of the picture the model should see to repaint the mask; None for an empty mask.

    The masked part with its surroundings, at least half the model's native size, as square as
    the picture allows, inside the picture.
    """
    bounds = mask_bounds(mask)
    if bounds is None:
        return None
    height, width = mask.shape
    x, y, w, h = bounds
    pad = 2 * max(PADDING_MIN, round(padding * max(w, h)))
    side = max(w + pad, h + pad, native_size // 2)
    frame_w, frame_h = min(side, width), min(side, height)
    left = min(max(x + w // 2 - frame_w // 2, 0), width - frame_w)
    top = min(max(y + h // 2 - frame_h // 2, 0), height - frame_h)
    return left, top, frame_w, frame_h


def working_size(
    width: int, height: int, *, native_size: int, multiple_of: int = 8
) -> tuple[int, int]:
    """The model's (width, height) for a frame: its shape, the native area, whole multiples."""
    ratio = math.sqrt(width / height)

    def whole(side: float) -> int:
        pixels = min(max(native_size * side, SIDE_MIN), SIDE_MAX)
        return round(pixels / multiple_of) * multiple_of

    return whole(ratio), whole(1 / ratio)


def prepare(picture: Pixels, inpaint: Inpaint, *, width: int, height: int) -> Prepared:
    """Cut out the context frame, scale it to width x height, and fill what is masked.

    picture: [H, W, 3]; inpaint.mask: [H, W]. Raises InvalidRequest for an empty mask, a mask of
    another size or a frame outside the picture.
    """
    check(picture, inpaint)
    x, y, w, h = box = inpaint.frame or (0, 0, picture.shape[1], picture.shape[0])
    mask = _working_mask(inpaint.mask[y : y + h, x : x + w], inpaint.soft, width, height)
    original = resized(np.ascontiguousarray(picture[y : y + h, x : x + w]), width, height)
    filled = blur_fill(original, mask) if inpaint.fill == "blur" else original
    return Prepared(picture=filled, original=original, mask=mask, box=box)


def check(picture: Pixels, inpaint: Inpaint) -> None:
    """Raise InvalidRequest, in words, unless the mask and frame fit the picture."""
    height, width = picture.shape[:2]
    if inpaint.mask.shape != (height, width):
        raise InvalidRequest("inpaint", "The mask and the picture differ in size.",
                             "Paint the mask again on this picture.")  # fmt: skip
    x, y, w, h = inpaint.frame or (0, 0, width, height)
    if x < 0 or y < 0 or w < 1 or h < 1 or x + w > width or y + h > height:
        raise InvalidRequest("inpaint", "The context frame lies outside the picture.",
                             "Move it back onto the picture.")  # fmt: skip
    if not _support(inpaint.mask[y : y + h, x : x + w], inpaint.soft).any():
        raise InvalidRequest("inpaint", "Nothing is masked, so nothing would change.",
                             "Paint over what should be repainted.")  # fmt: skip


def _support(mask: Pixels, soft: bool) -> NDArray[np.bool_]:
    """Which pixels may change at all."""
    return mask > (0 if soft else 127)


def _working_mask(mask: Pixels, soft: bool, width: int, height: int) -> Pixels:
    """The mask at the model's size; a hard one never loses a pixel in scaling."""
    if not soft:
        mask = _support(mask, soft).astype(np.uint8) * 255
    image = Image.fromarray(np.ascontiguousarray(mask))
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BOX)
    scaled = np.asarray(image, dtype=np.uint8)
    return scaled if soft else np.where(scaled > 0, 255, 0).astype(np.uint8)


def blur_fill(picture: Pixels, mask: Pixels) -> Pixels:
    """Replace what is masked by its blurred surroundings; half-masked pixels are half replaced.

    picture [H, W, 3], mask [H, W]. Coarse to fine: each hole takes the mean of the known pixels
    around it at the finest scale at which there are any. Nothing known at all gives mid grey.
    """
    weight = (1.0 - mask.astype(np.float32) / 255.0)[..., None]
    surroundings = push_pull(picture.astype(np.float32), weight)
    mixed = picture * weight + surroundings * (1.0 - weight)
    return np.asarray(np.clip(np.rint(mixed), 0, 255), dtype=np.uint8)


def paste_alpha(mask: Pixels, *, feather: int, soft: bool) -> Pixels:
    """How much of the repainted picture each pixel gets, 0 .. 255; exactly 0 where unmasked.

    The edge is feathered inwards, over `feather` px of repainted ground. A stroke thinner than
    that still reaches 255 along its middle.
    """
    support = _support(mask, soft)
    core = support.astype(np.uint8)
    distance = core.astype(np.uint16)  # a feather may be wider than a byte counts
    for _ in range(feather):
        core = spread(core, np.minimum)
        distance = distance + core
    reach = distance
    for _ in range(feather):
        reach = spread(reach, np.maximum)
    share = distance / np.maximum(reach, 1)
    # Flat at both ends (smoothstep): the first repainted pixel differs little from its neighbour.
    alpha = 255.0 * share * share * (3.0 - 2.0 * share)
    if soft:
        alpha *= np.minimum(mask / SOFT_FULL, 1.0)
    return np.asarray(np.rint(alpha), dtype=np.uint8)


def paste_back(picture: Pixels, painted: Pixels, prepared: Prepared, inpaint: Inpaint) -> Pixels:
    """Lay the repainted crop over the picture: a new picture, byte-identical where unmasked.

    picture: [H, W, 3], what `prepare` was given; painted: [h, w, 3], decoded at working size.
    """
    if inpaint.match_colour:
        meant, where = prepared.original, prepared.mask
        painted = match_colour(painted, meant, where)
        painted = carry_tone(painted, meant, where, reach=TONE_REACH)
        painted = meet_edge(painted, meant, where, reach=max(4, 2 * inpaint.feather))
    x, y, w, h = prepared.box
    below = picture[y : y + h, x : x + w].astype(np.uint16)
    above = resized(painted, w, h).astype(np.uint16)
    mask = inpaint.mask[y : y + h, x : x + w]
    # Enlarged for a large frame, what the model made is that much coarser, and so is its edge.
    coarseness = max(1.0, w / prepared.mask.shape[1])
    feather = min(round(inpaint.feather * coarseness), max(inpaint.feather, _FEATHER_WIDE))
    alpha = paste_alpha(mask, feather=feather, soft=inpaint.soft)[..., None]
    weight = alpha.astype(np.uint16)
    mixed = (below * (255 - weight) + above * weight + 127) // 255
    result = picture.copy()
    result[y : y + h, x : x + w] = mixed.astype(np.uint8)
    return result


def extend(
    picture: Pixels, *, left: int = 0, top: int = 0, right: int = 0, bottom: int = 0,
    overlap: int = 8,
) -> tuple[Pixels, Pixels]:  # fmt: skip
    """A larger picture and the mask of what is new, for outpainting.

    The new ground is the edge drawn out and blurred, more the farther out, so that colours run
    on and nothing is doubled. overlap: px of the old picture along each extended edge that are
    masked too, fading inwards, so that the seam lies in repainted ground; 0 keeps every pixel.
    Raises InvalidRequest for negative sides or when nothing is added.
    """
    sides = (left, top, right, bottom)
    if min(sides) < 0 or max(sides) == 0:
        raise InvalidRequest("inpaint", "No side of the picture is extended.",
                             "Drag an edge of the frame outwards, or name a side.")  # fmt: skip
    pad = ((top, bottom), (left, right))
    height, width = picture.shape[:2]
    mask = np.pad(_overlap(height, width, sides, overlap), pad, constant_values=255)
    return picture_in(_continued(picture, sides), picture, left, top), mask


def _continued(picture: Pixels, sides: tuple[int, int, int, int]) -> Pixels:
    """The larger picture, whose new ground carries the colours of the edge on."""
    left, top, right, bottom = sides
    height, width = picture.shape[:2]
    smooth = np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(1.5)))
    near = np.pad(smooth, ((top, bottom), (left, right), (0, 0)), mode="edge")
    blur = ImageFilter.GaussianBlur(max(2.0, max(sides) / 6))
    far = np.asarray(Image.fromarray(near).filter(blur), dtype=np.float32)
    across, down = _away(left, width, right)[None, :], _away(top, height, bottom)[:, None]
    share = np.minimum(np.maximum(across, down) / max(sides), 1.0)[..., None]
    return np.asarray(np.rint(near * (1.0 - share) + far * share), dtype=np.uint8)


def _away(before: int, inside: int, after: int) -> NDArray[np.float32]:
    """How far each place lies outside of the middle part, px."""
    parts = np.arange(before, 0, -1), np.zeros(inside), np.arange(1, after + 1)
    return np.concatenate(parts).astype(np.float32)


def picture_in(large: Pixels, picture: Pixels, left: int, top: int) -> Pixels:
    """`large` with `picture` laid at (left, top), as a new array."""
    result = large.copy()
    result[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return result


def _overlap(height: int, width: int, sides: tuple[int, int, int, int], overlap: int) -> Pixels:
    """The mask on the old picture: rising towards each extended edge over `overlap` px."""
    mask = np.zeros((height, width), np.float32)
    left, top, right, bottom = sides
    if overlap > 0:
        ramp_x = np.clip(1 - np.arange(width) / overlap, 0, 1)[None, :]
        ramp_y = np.clip(1 - np.arange(height) / overlap, 0, 1)[:, None]
        parts = ((left, ramp_x), (right, ramp_x[:, ::-1]), (top, ramp_y), (bottom, ramp_y[::-1]))
        for side, ramp in parts:
            mask = np.maximum(mask, ramp) if side else mask
    return np.asarray(np.rint(mask * 255), dtype=np.uint8)
