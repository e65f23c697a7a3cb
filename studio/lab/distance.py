"""Numbers that say how well a cloud of points fits its data. Torch-free."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.lab.data import PointSet

QUANTILES = 200


def sliced_wasserstein(
    first: NDArray[np.floating], second: NDArray[np.floating], directions: int = 64
) -> float:
    """How far two clouds [N, 2], [M, 2] lie apart: 0 = alike; in units of the plane.

    The root mean square distance of their sorted shadows, over even directions. Source: Bonneel et
    al. 2015.
    """
    angles = np.pi * np.arange(directions) / directions
    axes = np.stack([np.cos(angles), np.sin(angles)])
    shares = (np.arange(QUANTILES) + 0.5) / QUANTILES
    shadows = [np.quantile(np.asarray(cloud, float) @ axes, shares, axis=0)
               for cloud in (first, second)]  # fmt: skip
    return float(np.sqrt(np.mean((shadows[0] - shadows[1]) ** 2)))


def nearest(points: NDArray[np.floating], data: PointSet) -> NDArray[np.int64]:
    """The index of the nearest data point of each point [N, 2]."""
    squares = (data.points**2).sum(1) - 2 * np.asarray(points, np.float32) @ data.points.T
    return np.asarray(squares.argmin(axis=1))


def class_accuracy(points: NDArray[np.floating], data: PointSet, label: int) -> float:
    """The share of the points that lie nearest to their own class, 0 .. 1."""
    return float((data.labels[nearest(points, data)] == label).mean())


def spread(points: NDArray[np.floating]) -> float:
    """The root mean square distance from the points' own centre."""
    cloud = np.asarray(points, float)
    return float(np.sqrt(((cloud - cloud.mean(axis=0)) ** 2).sum(axis=1).mean()))


def off_the_data(points: NDArray[np.floating], data: PointSet) -> float:
    """The mean distance to the nearest data point; 0 = on the data, if not on all of it."""
    close = data.points[nearest(points, data)]
    return float(np.linalg.norm(np.asarray(points) - close, axis=1).mean())
