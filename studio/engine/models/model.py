"""A model in memory, and what a text encoder made of a prompt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.engine.models.catalog import ModelInfo
from studio.engine.models.devices import Device
from studio.engine.preview import Previewer


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What the denoiser is told besides x and t."""

    embeds: Tensor  # [B, L, D]
    pooled: Tensor | None = None  # [B, P], SDXL
    ids: Tensor | None = None  # [B, 6], SDXL: original size, crop corner, target size

    def beside(self, other: Conditioning) -> Conditioning:
        """Both as one batch, this one first. Their lengths must be equal."""

        def both(a: Tensor | None, b: Tensor | None) -> Tensor | None:
            return None if a is None or b is None else torch.cat([a, b])

        return Conditioning(
            torch.cat([self.embeds, other.embeds]),
            both(self.pooled, other.pooled),
            both(self.ids, other.ids),
        )

    def moved(self, plus: Conditioning, minus: Conditioning, amount: float) -> Conditioning:
        """self + amount * (plus - minus), in the embeddings and in the pooled one."""
        pooled = self.pooled
        if pooled is not None and plus.pooled is not None and minus.pooled is not None:
            pooled = pooled + amount * (plus.pooled - minus.pooled)
        return Conditioning(self.embeds + amount * (plus.embeds - minus.embeds), pooled, self.ids)

    def with_position(self, position: Tensor) -> Conditioning:
        """One more position [B, D] after the words."""
        embeds = torch.cat([self.embeds, position[:, None].to(self.embeds)], dim=1)
        return Conditioning(embeds, self.pooled, self.ids)

    def zeros(self) -> Conditioning:
        """Nothing said at all: SDXL's own stand-in for an empty negative prompt."""
        pooled = None if self.pooled is None else torch.zeros_like(self.pooled)
        return Conditioning(torch.zeros_like(self.embeds), pooled, self.ids)


@dataclass(slots=True, kw_only=True)
class Model:
    """A loaded model. The networks are diffusers' and transformers'; the loop is ours."""

    info: ModelInfo
    device: Device
    unet: nn.Module
    vae: nn.Module
    text_encoders: tuple[nn.Module, ...]
    tokenizers: tuple[Any, ...]
    alphas: NDArray[np.float64]  # a^2 of each training timestep
    previewer: Previewer
    zero_negative: bool = False  # SDXL: an empty negative prompt is zeros, not an encoded ""
    concept_entry: nn.Module | None = None  # CLIP embedding -> one more position of the prompt
    loras: tuple[tuple[str, float, int], ...] = ()  # (path, weight, written at) in the networks
    prompts: dict[Any, Any] = field(default_factory=dict)  # the last few encoded prompts
    signature: tuple[Any, ...] = ()

    @property
    def dtype(self) -> torch.dtype:
        """The denoiser's precision now; higher than the device's after a repair."""
        return next(self.unet.parameters()).dtype

    def timestep(self, t: float) -> Tensor:
        """t on the model's device; float32, since timesteps may be fractional."""
        return torch.tensor(t, dtype=torch.float32, device=self.device.name)

    @property
    def factor(self) -> int:
        """Picture pixels per latent cell."""
        return self.info.multiple_of

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int, int]:
        """[1, C, h, w] for a picture of width x height pixels."""
        return (1, self.info.latent_channels, height // self.factor, width // self.factor)

    @contextmanager
    def full_precision(self) -> Iterator[None]:
        """The denoiser in float32 within it. Lossless in both directions."""
        before = self.dtype
        try:
            self.unet.to(torch.float32)  # may end half-way, for lack of memory
            yield
        finally:
            self.unet.to(before)
