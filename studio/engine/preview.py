"""Cheap pictures of latents: a linear map from latents to RGB that calibrates itself.

Each latent pixel's 3x3 neighbourhood is mapped to a block of RGB pixels by least squares, fitted
to pairs of latents and decoded pictures. Any autoencoder will do; no table of factors is needed.
It starts from a few made-up pictures, sent through the model's own autoencoder, and learns on from
every picture that is made.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from studio.engine.record import Frame, Step
from studio.engine.request import Pixels
from studio.engine.samplers import to_x0

BLOCK = 4  # preview pixels along the side of one latent pixel
RIDGE = 1e-3  # of the mean square feature; keeps the map tame where few pictures were seen
SIGNED_GAIN = 2.0  # mid-grey +- this many root mean squares fills the range
HALF, MIDDLE = 127.5, 128.0  # grey levels: -1 .. 1 becomes 0.5 .. 255.5, cut to whole numbers
SWATCH_PX = 64
SHAPES = 5  # on each swatch
SWATCH_NOISE = (0.3, 0.6, 0.85)  # a of the noisy latents x = a x0 + s eps that are learnt from
START_SECONDS = 1.0  # a slow decoder shows fewer swatches


def swatches(count: int = 8, size: int = SWATCH_PX, seed: int = 0) -> Tensor:
    """Made-up pictures that span colours and edges: [count, 3, size, size] in -1 .. 1.

    Plain shapes on a shaded ground: closer to what is drawn than noise fields are.
    """
    generator = torch.Generator().manual_seed(seed)

    def dice(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    across = torch.linspace(-1, 1, size)
    y, x = torch.meshgrid(across, across, indexing="ij")
    picture = dice(count, 3, 1, 1) * 2 - 1 + (dice(count, 3, 1, 1) - 0.5) * y
    for _ in range(SHAPES):
        middle = dice(count, 2, 1, 1) * 1.6 - 0.8
        radius, squash = 0.15 + 0.5 * dice(count, 1, 1, 1), 0.5 + dice(count, 1, 1, 1)
        away = ((x - middle[:, :1]) * squash) ** 2 + ((y - middle[:, 1:]) / squash) ** 2
        picture = torch.where(away < radius**2, dice(count, 3, 1, 1) * 2.4 - 1.2, picture)
    return picture.clamp(-1, 1)


Codec = Callable[[Tensor], Tensor]


class Previewer:
    """Latents to RGB. Its memory is the normal equations of the pairs that it has seen.

    channels: of the latents. prediction_type: of the model, for the cond and uncond lanes.
    """

    def __init__(self, channels: int, prediction_type: str = "epsilon") -> None:
        self.prediction_type = prediction_type
        self._channels = channels
        features = 9 * channels + 1
        self._seen = torch.zeros(features, features, dtype=torch.float64)
        self._wanted = torch.zeros(features, 3 * BLOCK**2, dtype=torch.float64)
        self._map: tuple[Tensor, Tensor] | None = None  # [3 * BLOCK^2, C, 3, 3] and its bias

    @property
    def is_calibrated(self) -> bool:
        """Whether any pair has been seen."""
        return bool(self._seen[-1, -1] > 0)

    def observe(self, latents: Tensor, picture: Tensor, *, weight: float = 1.0) -> None:
        """Learn from latents [B, C, h, w] (as the model sees them) and their pictures.

        picture: [B, 3, H, W] in -1 .. 1, any size. weight: how much these pairs count.
        """
        size = (latents.shape[2] * BLOCK, latents.shape[3] * BLOCK)
        small = F.interpolate(picture.float().cpu(), size=size, mode="area")
        wanted = _to_blocks(small).movedim(1, -1).flatten(0, -2).double()
        seen = F.unfold(_padded(latents.detach().float().cpu()), 3).movedim(1, -1).flatten(0, -2)
        seen = torch.cat([seen, torch.ones(len(seen), 1)], dim=1).double()
        if not bool(torch.isfinite(seen).all()):
            return
        self._seen += weight * (seen.T @ seen)
        self._wanted += weight * (seen.T @ wanted)
        self._map = None

    @torch.no_grad()
    def calibrate(self, encode: Codec, decode: Codec, seconds: float = START_SECONDS) -> None:
        """Learn from swatches as the decoder gives them back, clean and with noise.

        encode: pictures [B, 3, H, W] in -1 .. 1 -> latents; decode: the way back. What the decoder
        makes of noise decides how the noisy lane looks. At least one swatch, then until the time
        is up. Nothing random is touched but a generator of its own.
        """
        generator = torch.Generator().manual_seed(0)
        began = time.perf_counter()
        for number, picture in enumerate(swatches().split(1)):
            clean = encode(picture)
            a = SWATCH_NOISE[number % len(SWATCH_NOISE)]
            noise = torch.randn(clean.shape, generator=generator).to(clean)
            for latents in (clean, a * clean + (1 - a * a) ** 0.5 * noise):
                decoded = decode(latents)
                if bool(torch.isfinite(decoded).all()):
                    self.observe(latents, decoded.clamp(-1, 1))
            if not self.is_calibrated:  # the decoder overflows in half precision
                self.observe(clean, picture)
            if time.perf_counter() - began > seconds:
                return

    def _solve(self) -> tuple[Tensor, Tensor]:
        if self._map is not None:
            return self._map
        size = self._seen.diagonal().mean().clamp_min(1e-9)  # 0 if no pair was ever seen: grey
        ridge = RIDGE * size * torch.eye(len(self._seen)).double()
        ridge[-1, -1] = 1e-9  # the bias is free
        solution = torch.linalg.solve(self._seen + ridge, self._wanted).float()
        # In grey levels 0 .. 255 at once, which saves two passes over every picture. Channels last:
        # a quarter faster, and each block's bytes come out beside each other.
        solution *= HALF
        weight = solution[:-1].T.reshape(-1, self._channels, 3, 3)
        self._map = weight.contiguous(memory_format=torch.channels_last), solution[-1] + MIDDLE
        return self._map

    @torch.no_grad()
    def rgb(self, latents: Tensor) -> Tensor:
        """Latents [B, C, h, w] to [B, 3, 4 h, 4 w] floats, about -1 .. 1, on the CPU, unclamped."""
        blocks = (self._blocks(latents) - MIDDLE) / HALF
        rows = blocks.unflatten(-1, (BLOCK, BLOCK, 3)).permute(0, 5, 1, 3, 2, 4)
        return rows.flatten(4).flatten(2, 3)

    def _blocks(self, latents: Tensor) -> Tensor:
        """The linear map to grey levels, unclamped: [B, h, w, 3 * BLOCK^2]."""
        last = _padded(latents.float().cpu()).contiguous(memory_format=torch.channels_last)
        return F.conv2d(last, *self._solve()).permute(0, 2, 3, 1)

    @torch.no_grad()
    def picture(self, latents: Tensor) -> Pixels:
        """The first of a batch of latents as [4 h, 4 w, 3] uint8."""
        return _to_pixels(self._blocks(latents[:1]))[0]

    @torch.no_grad()
    def frame(self, step: Step, previous: Step | None) -> Frame:
        """All lanes of one step as pictures. Changes nothing of the run.

        previous: the step before, for the lane "change"; None = what the step itself remembers of
        it (a fork's first). Lanes without data are absent; "delta" and "change" are signed,
        grey = nothing, scaled by their own root mean square.
        """
        lanes = self._guesses(step)
        before = previous.x0 if previous else step.past[-1].x0 if step.past else None
        pictures, change = len(lanes), 0.0
        if "uncond" in lanes:
            lanes["delta"] = lanes["cond"] - lanes["uncond"]
        if before is not None and step.x0 is not None:
            lanes["change"] = (step.x0[:1] - before[:1]).float().cpu()
            change = float(lanes["change"].square().mean().sqrt())
        blocks, (_, bias) = self._blocks(torch.cat(list(lanes.values()))), self._solve()
        for difference in blocks[pictures:]:
            _show_sign(difference.sub_(bias))
        return Frame(
            index=step.index, total=step.total, sigma=step.level.sigma, timestep=step.level.t,
            seconds=step.seconds, change=change, guidance_scale=step.guidance_scale,
            lanes=dict(zip(lanes, _to_pixels(blocks), strict=True)),
        )  # fmt: skip

    def _guesses(self, step: Step) -> dict[str, Tensor]:
        """Latents of each lane that is a picture: [1, C, h, w]."""
        x = step.x[:1].float()
        lanes = {"noisy": x}
        if step.x0 is not None:
            lanes["x0"] = step.x0[:1]
        for name, prediction in (("cond", step.cond), ("uncond", step.uncond)):
            if prediction is not None:
                lanes[name] = to_x0(prediction[:1], x, step.level, self.prediction_type)
        return lanes


def _padded(latents: Tensor) -> Tensor:
    return F.pad(latents, (1, 1, 1, 1), mode="replicate")


def _to_blocks(pictures: Tensor) -> Tensor:
    """[B, 3, H, W] to [B, 3 * BLOCK^2, h, w]; the channels are (row, column, colour) of a block.

    That order, not pixel_shuffle's, lets the bytes be put in their places with two cheap copies.
    """
    blocks = F.pixel_unshuffle(pictures, BLOCK).unflatten(1, (3, BLOCK, BLOCK))
    return blocks.permute(0, 2, 3, 1, 4, 5).flatten(1, 3)


def _to_pixels(blocks: Tensor) -> Pixels:
    """Blocks of grey levels [B, h, w, 3 * BLOCK^2] to pictures [B, H, W, 3] uint8. Clamps them."""
    count, h, w, _ = blocks.shape
    # A block's row of 4 pixels is 12 bytes: moved as 3 words, not one by one.
    words = blocks.clamp_(0, 255).byte().contiguous().view(torch.int32)
    rows = words.view(count, h, w, BLOCK, 3).transpose(2, 3).contiguous()
    return np.asarray(rows.numpy().view(np.uint8).reshape(count, h * BLOCK, w * BLOCK, 3))


def _show_sign(difference: Tensor) -> None:
    """Scale a difference round zero, in place, so that its usual size is well visible."""
    size = difference.square().mean().sqrt().clamp_min(1e-6 * HALF)
    difference.mul_(HALF / (SIGNED_GAIN * size)).add_(MIDDLE)
