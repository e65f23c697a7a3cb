"""Exact pictures of single steps, by the model's own decoder. Runs beside a generation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.engine import context, decoding
from studio.engine.errors import InvalidRequest, UnsupportedModel
from studio.engine.inpaint import to_model_range
from studio.engine.models import codec
from studio.engine.models.catalog import ModelInfo
from studio.engine.models.loader import ModelStore
from studio.engine.preview import SIGNED_GAIN
from studio.engine.record import Step
from studio.engine.request import GenerationRequest, Pixels, validate
from studio.engine.samplers import to_x0


@torch.no_grad()
def lane(store: ModelStore, step: Step, name: str, request: GenerationRequest) -> Pixels:
    """One lane of one step, [H, W, 3].

    Raises InvalidRequest if the step has no such lane, UnsupportedModel if it is another model's.
    """
    info = store.find(request.model)
    _check_shapes(step, info, request)
    vae, kind = store.vae(request.model), info.prediction_type
    if name == "delta":
        pair = [_latents(step, part, kind) for part in ("cond", "uncond")]
        cond, uncond = (decoding.decode(vae, latents, step.index)[0] for latents in pair)
        difference = cond - uncond
        size = difference.square().mean().sqrt().clamp_min(1e-6)
        return codec.to_picture(difference / (SIGNED_GAIN * size))
    decoded, _ = decoding.decode(vae, _latents(step, name, kind), step.index)
    picture = codec.to_picture(decoded)
    return _held(picture, request) if name == "x0" else picture


def _check_shapes(step: Step, info: ModelInfo, request: GenerationRequest) -> None:
    """A take may come from anybody, and another model may have taken its model's name."""
    factor = info.multiple_of
    shape = (info.latent_channels, request.height // factor, request.width // factor)
    latents = (step.x, step.x0, step.cond, step.uncond)
    if any(one is not None and (one.ndim != 4 or tuple(one.shape[1:]) != shape)
           for one in latents):  # fmt: skip
        raise UnsupportedModel(
            f"{info.name} cannot show this step: its latents are of another shape.",
            "The take was made with another model of that name; put that one back.",
        )


def _held(picture: Pixels, request: GenerationRequest) -> Pixels:
    """With the known part of an inpainting run in its place, as the strip shows it."""
    height, width = picture.shape[:2]
    if request.image is None or request.inpaint is None:
        return picture
    validate(request)
    prepared = context.prepare(request.image, request.inpaint, width=width, height=height)
    return np.where(prepared.mask[..., None] > 0, picture, prepared.original)


def _latents(step: Step, name: str, kind: str) -> Tensor:
    x = step.x[:1].float()
    if name == "noisy":
        return x
    if name == "x0" and step.x0 is not None:
        return step.x0[:1].float()
    prediction = {"cond": step.cond, "uncond": step.uncond}.get(name)
    if prediction is None:
        raise InvalidRequest("lane", f"This step has no {name} picture.",
                             "Guidance was off here, or the run was stopped before.")  # fmt: skip
    return to_x0(prediction[:1].float(), x, step.level, kind)


@torch.no_grad()
def encode(store: ModelStore, picture: Pixels, request: GenerationRequest) -> NDArray[np.float32]:
    """Latents [1, C, h, w] of a picture, scaled to the request's size."""
    sized = context.resized(picture, request.width, request.height)
    latents, _ = decoding.encode(store.vae(request.model), to_model_range(sized))
    return latents.numpy()


def decoder(store: ModelStore, request: GenerationRequest) -> Callable[[Tensor], Tensor]:
    """The request's decoder as a function through which gradients flow.

    The VAE is looked up at the first call: by then a run has loaded the model that holds it.
    """
    vaes: list[nn.Module] = []

    def decode(latents: Tensor) -> Tensor:
        if not vaes:
            vaes.append(store.vae(request.model))
        return codec.decode(vaes[0], latents)

    return decode
