"""The map of takes: the predicted pictures of several takes projected onto one plane.

Principal components of all points together, so that paths of different takes can be compared.
One run by itself is nearly a fixed arc whatever it draws: two components then hold about 99 %
of the variance and say nothing, which is why the map wants at least two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.engine.errors import StudioError
from studio.engine.record import Step

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TakeMap:
    """Paths on the plane. paths: for each take [steps, 2]; explained: the two shares, 0 .. 1."""

    paths: tuple[Floats, ...]
    explained: tuple[float, float]


class TooFewTakes(StudioError):
    """The map was asked for with fewer than two takes."""


def path_of(steps: Sequence[Step]) -> NDArray[np.float32]:
    """The predicted latents of each step that has them, one row each: [steps, C * h * w].

    Raises StudioError for steps that no run makes: a take may come from a stranger.
    """
    there = [s.x0 for s in steps if s.x0 is not None]
    rows = [np.asarray(x0[:1].numpy(), np.float32).ravel() for x0 in there if x0.ndim]
    is_finite = all(np.isfinite(row).all() for row in rows)
    if len(rows) < len(there) or len({len(row) for row in rows}) > 1 or not is_finite:
        raise StudioError(
            "The steps of a take are damaged and cannot be laid on a map.",
            "Take it off the map, or use a copy of its file.",
        )
    return np.stack(rows) if rows else np.empty((0, 0), np.float32)


def project(paths: Sequence[NDArray[np.floating]]) -> TakeMap:
    """Fit one plane to the points of all paths and lay the paths on it.

    paths: [n_i, D] each, at least two, of one D. The first axis points from the paths' common
    beginning to their ends; signs are fixed, so that the map does not flip between calls.
    Raises TooFewTakes, or StudioError where the takes have different sizes.
    """
    filled = [np.asarray(path, np.float64) for path in paths if len(path)]
    if len(filled) < 2:
        raise TooFewTakes(
            "The map needs at least two takes.",
            "One run alone always draws the same arc. Fork this take, or add another one.",
        )
    if len({path.shape[1] for path in filled}) > 1:
        raise StudioError(
            "These takes have pictures of different sizes and cannot share a map.",
            "Choose takes of one size and one model.",
        )
    points = np.concatenate(filled)
    centred = points - points.mean(axis=0)
    # n x n instead of D x D: there are far fewer steps than latent values.
    values, vectors = np.linalg.eigh(centred @ centred.T)
    top = np.argsort(values)[::-1][:2]
    strengths = np.clip(values[top], 0, None)
    plane = vectors[:, top] * np.sqrt(strengths)
    total = float(np.clip(values, 0, None).sum()) or 1.0
    split = np.cumsum([len(path) for path in filled])[:-1]
    laid = _upright(np.split(plane, split))
    return TakeMap(laid, (float(strengths[0]) / total, float(strengths[1]) / total))


def _upright(paths: Sequence[Floats]) -> tuple[Floats, ...]:
    """Flip the axes so that the paths run to the right and the first one ends above."""
    start = np.mean([path[0] for path in paths], axis=0)
    end = np.mean([path[-1] for path in paths], axis=0)
    right = 1.0 if end[0] >= start[0] else -1.0
    up = 1.0 if paths[0][-1, 1] >= paths[-1][-1, 1] else -1.0
    return tuple(path * np.array([right, up]) for path in paths)
