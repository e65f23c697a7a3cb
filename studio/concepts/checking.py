"""Did drawing work? How much more of a word one picture shows than another, and when to doubt it.

CLIP has an opinion on anything, pure noise included: on the starter, noise instead of a head
counts as up to 2.6 z of a hat. So a check doubts pictures that are mostly grain, pictures that CLIP
takes for something else when they are slightly blurred, and scores that the views do not share.
Torch-free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from studio.concepts.algebra import Vectors
from studio.engine.request import Pixels

if TYPE_CHECKING:
    from studio.concepts.space import Space

GRAIN = 0.35  # share of the contrast; drawings and photos have 0.01 .. 0.1, noise 0.9
FLAT = 4.0  # of 255, the least spread of a picture's values
FAITHFUL = 0.91  # cosine with its blurred self; pictures have 0.92 .. 1, noise 0.83 .. 0.91
BLUR = 1 / 64  # of the width
HOLDS = 0.4  # of its median, that a score must have in
MOST = 0.7  # of the views
SMALL = 0.5  # z: what is hardly there need not hold


@dataclass(frozen=True, slots=True)
class Check:
    """z: how much more of a word there is. doubt: why that may mean nothing; "" = it holds."""

    z: float
    doubt: str = ""


def grain(picture: Pixels) -> float:
    """The share of a picture's contrast that a 3 x 3 mean takes away: 0 smooth .. 0.9 noise.

    picture: [H, W, 3]. A flat picture has none.
    """
    image = Image.fromarray(picture).convert("L")
    plain = np.asarray(image, np.float32)
    smooth = np.asarray(image.filter(ImageFilter.BoxBlur(1)), np.float32)
    return float((plain - smooth).var() / max(float(plain.var()), 1.0))


def check(space: Space, gauge: Vectors, after: Pixels, before: Pixels) -> Check:
    """How much more of what a gauge [D] measures `after` shows than `before`.

    The median over views (mirrored, cut, dimmed, softened): what one view shows alone was made
    for CLIP's eye, not for ours.
    """
    z = (space.views_of(after) - space.views_of(before)) @ gauge
    found = float(np.median(z))
    if abs(found) < SMALL:
        return Check(found)
    if float(np.std(after)) < FLAT:
        return Check(found, "There is nothing in the picture.")
    if grain(after) > max(GRAIN, 1.5 * grain(before)):
        return Check(found, "The picture is mostly grain; CLIP sees all sorts of things in noise.")
    faithful, usual = (_faithfulness(space, picture) for picture in (after, before))
    if faithful < min(FAITHFUL, usual):
        return Check(found, "CLIP takes the picture for another one when it is slightly blurred.")
    if float(np.mean(z / found >= HOLDS)) < MOST:
        return Check(found, "The score does not hold when the picture is mirrored or cut a little.")
    return Check(found)


def _faithfulness(space: Space, picture: Pixels) -> float:
    image = Image.fromarray(picture)
    blurred = image.filter(ImageFilter.GaussianBlur(image.width * BLUR))
    one, other = space.encode([image, blurred])
    return float(one @ other)
