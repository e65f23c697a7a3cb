"""Frames for tests: a disc on a horizon that comes out of noise, with every lane."""

from __future__ import annotations

import numpy as np

from studio.engine.record import Frame


def _scene(size: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:size, 0:size] / size
    clean = np.stack([np.hypot(x - 0.5, y - 0.5) < 0.3, y > 0.6, 1 - y], -1) * 200.0 + 40
    return clean, np.hypot(x - 0.5, y - 0.3)


def make_frames(
    total: int = 8, *, count: int | None = None, guided: bool = True, size: int = 32, seed: int = 0
) -> list[Frame]:
    """The first `count` frames of a take of `total` steps; the last one is the picture."""
    clean, far = _scene(size)
    noise = np.random.default_rng(seed).normal(128, 60, (size, size, 3))
    frames = []
    for index in range(total + 1 if count is None else count):
        s = 1 - index / total
        x0 = clean * (1 - 0.8 * s) + 128 * 0.8 * s
        lanes = {"noisy": clean * (1 - s) + noise * s, "x0": x0}
        if index < total:
            lanes["cond"] = x0 * 0.9 + 20
            if guided:
                lanes["uncond"] = x0 * 0.5 + 60
                disc = np.stack([far < 0.3 * s + 0.1] * 3, -1)
                lanes["delta"] = 128 + disc * np.array([120, -30, -100])  # grey = nothing
        if index:
            lanes["change"] = 128 + (x0 - clean) * 0.5
        frames.append(
            Frame(
                index=index,
                total=total,
                sigma=14.6 * s**2,
                timestep=1000 * s,
                seconds=0.041,
                change=s * s if index else 0.0,
                guidance_scale=5.0 if guided else 1.0,
                lanes={k: np.clip(v, 0, 255).astype(np.uint8) for k, v in lanes.items()},
            )
        )
    return frames
