"""Is it there? What a picture shows is asked apart from how it has changed. Torch-free.

    there_w(p) = (p - mean) . w / spread_w      spread_w: of usual pictures along w

A change points away from many words that neither picture shows: against the direction of "top
hat" lies "teddy bear". So what was added must be there afterwards and must not have been before,
and the other way round for what was removed. Measured on the starter's held-out scenes, `there`
tells what a picture shows from what it does not with 1.00 of the area under the curve; the rows
that rank changes, whitened, with 0.88.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.concepts.algebra import Vectors
from studio.concepts.words import ENOUGH_PICTURES, Levels, WordSpace

NO_CHANGE = (97.5, 99.0)  # percentiles of lightly changed pictures: likely, and below clear
MARGIN = 1.2  # of the latter, for clear

Scores = NDArray[np.float32]


def there(space: WordSpace, pictures: Vectors) -> Scores:
    """How much of each word there is in pictures [M, D], in usual pictures' spreads: [M, N].

    Without usual pictures to compare with: against the picture's other words.
    """
    found = (pictures - space.means.picture) @ space.centred.T / space.spread
    if not space.is_calibrated and found.size:
        found = found - np.median(found, axis=1, keepdims=True)
        found = found / np.maximum(found.std(axis=1, keepdims=True), 1e-9)
    return np.asarray(found, np.float32)


def limits(space: WordSpace, signs: Scores, after: Scores, before: Scores) -> Scores:
    """The most that words [K] may count for as added (sign +1) or removed (-1).

    after, before: [K], how much there is of them. On the scale of space.levels: a word that is
    hardly there is a guess at best, and so is one that is there on both sides.
    """
    here = np.where(signs > 0, after, before)
    elsewhere = np.where(signs > 0, before, after)
    return np.minimum(_by_presence(here, space.shown, space.levels),
                      _by_absence(elsewhere, space.shown, space.levels))  # fmt: skip


def _by_presence(here: Scores, shown: Levels, levels: Levels) -> Scores:
    """shown.guess becomes levels.guess, and so on; straight on below and above."""
    low = (levels.likely - levels.guess) / (shown.likely - shown.guess)
    high = (levels.clear - levels.likely) / (shown.clear - shown.likely)
    slope = np.where(here < shown.likely, low, high)
    return np.asarray(levels.likely + slope * (here - shown.likely), np.float32)


def _by_absence(elsewhere: Scores, shown: Levels, levels: Levels) -> Scores:
    """No limit for what is not there, levels.guess for what likely is, less for what is more."""
    share = (shown.likely - elsewhere) / (shown.likely - shown.guess)
    falling = levels.guess + np.minimum(share, 1.0) * (1.5 * levels.clear - levels.guess)
    return np.asarray(np.where(share >= 1, np.inf, falling), np.float32)


def calibrated(space: WordSpace, pictures: Vectors, changed: Vectors) -> WordSpace:
    """Set the levels by pictures [M, D] and the same ones lightly changed: what no change gives.

    Likely is what one in forty of them reach with a word that is there, clear (almost) none.
    """
    if len(pictures) < ENOUGH_PICTURES or not len(space.vocabulary):
        return space
    offsets = changed - pictures
    z = offsets @ space.rows.T
    is_added = there(space, changed) >= space.shown.likely
    is_removed = there(space, pictures) >= space.shown.likely
    best = np.maximum(np.where(is_added, z, 0), np.where(is_removed, -z, 0)).max(1)
    likely, top = map(float, np.percentile(best, NO_CHANGE))
    quiet = float(np.percentile(np.linalg.norm(offsets, axis=1), 75))
    levels = Levels(0.5 * likely, likely, max(MARGIN * top, 1.5 * likely))
    return replace(space, levels=levels, quiet_length=quiet)
