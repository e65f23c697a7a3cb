"""Where a run begins: pure noise, a start picture, or a picture with a part to repaint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.engine import context, inpaint
from studio.engine.levels import Level
from studio.engine.noise import add_noise, initial_noise
from studio.engine.request import GenerationRequest, Pixels

Encode = Callable[[Tensor], Tensor]  # pictures [1, 3, H, W] in -1 .. 1 -> latents, on the CPU


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The beginning of a run.

    x: [1, C, h, w] latents at levels[index]. blend: Plan.blend. extra: channels that the denoiser
    sees beside x. hold: puts the known part into predicted latents, for the eyes only. finish:
    what is done to the decoded picture. arrays: kept in the take.
    """

    x: Tensor
    index: int = 0
    blend: Callable[[Tensor, Level], Tensor] | None = None
    extra: Tensor | None = None
    hold: Callable[[Tensor], Tensor] | None = None
    finish: Callable[[Pixels], Pixels] | None = None
    arrays: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


def begin(
    request: GenerationRequest,
    shape: Sequence[int],
    levels: Sequence[Level],
    encode: Encode,
    *,
    wants_mask: bool = False,
    known: NDArray[np.float32] | None = None,
) -> Start:
    """Prepare a run. shape: of the latents. wants_mask: the denoiser takes 2 C + 1 channels.

    known: latents of the start picture from an earlier take, instead of encoding it again; not
    looked at where they are not of this shape. Raises InvalidRequest.
    """
    noise = initial_noise(shape, request.seed, request.variation_seed, request.variation_strength)
    extra = _all_hidden(request, encode) if wants_mask and request.inpaint is None else None
    if request.image is None:
        return Start(x=noise, extra=extra)
    if request.inpaint is not None:
        return _repaint(request, noise, levels, encode, wants_mask=wants_mask)
    picture = context.resized(request.image, request.width, request.height)
    is_known = known is not None and known.shape == tuple(shape)
    latents = (torch.tensor(known, dtype=torch.float32) if is_known
               else encode(inpaint.to_model_range(picture)))  # fmt: skip
    index = inpaint.start_level(len(levels) - 1, request.strength)
    return Start(
        x=_noisy(latents, noise, levels[index], request.strength),
        index=index,
        extra=extra,
        arrays={"known": latents.numpy()},
    )


def _all_hidden(request: GenerationRequest, encode: Encode) -> Tensor:
    """What an inpainting model sees where nothing is known: a full mask and a grey picture.

    The same as diffusers' pipeline gives it for a white mask.
    """
    grey = encode(torch.zeros(1, 3, request.height, request.width))
    return inpaint.extra_channels(torch.ones(1, 1, *grey.shape[2:]), grey)


def _noisy(latents: Tensor, noise: Tensor, level: Level, strength: float) -> Tensor:
    """The start picture at a level; strength 1 ignores it."""
    return noise if strength >= 1 else add_noise(latents, noise, level.a, level.s)


def _repaint(
    request: GenerationRequest,
    noise: Tensor,
    levels: Sequence[Level],
    encode: Encode,
    *,
    wants_mask: bool,
) -> Start:
    assert request.image is not None
    assert request.inpaint is not None
    picture, task = request.image, request.inpaint
    prepared = context.prepare(picture, task, width=request.width, height=request.height)
    known = encode(inpaint.to_model_range(prepared.original))
    filled = known if prepared.picture is prepared.original else \
        encode(inpaint.to_model_range(prepared.picture))  # fmt: skip
    mask = inpaint.latent_mask(prepared.mask, *known.shape[2:])
    if task.fill == "noise":
        generator = torch.Generator().manual_seed(request.seed)
        filled = inpaint.noise_where_masked(known, mask, generator)
    extra = None
    if wants_mask:
        hidden = encode(inpaint.masked_picture(prepared.original, prepared.mask))
        extra = inpaint.extra_channels(mask, hidden)
    index = inpaint.start_level(len(levels) - 1, request.strength)
    return Start(
        x=_noisy(filled, noise, levels[index], request.strength),
        index=index,
        # An inpainting model holds the known part by itself; it cannot open soft cells later.
        blend=None
        if wants_mask and not task.soft
        else inpaint.known_blend(known, noise, mask, levels, first=index),
        extra=extra,
        hold=lambda x0: torch.where(mask.to(x0.device) > 0, x0, known.to(x0)),
        finish=lambda painted: context.paste_back(picture, painted, prepared, task),
        arrays={"known": known.numpy(), "mask": mask.numpy()},
    )
