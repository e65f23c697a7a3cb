"""Build the parts of a model from a folder or a single file, each checked before it is read."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from diffusers.loaders.single_file_utils import (
    convert_ldm_clip_checkpoint,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint,
)
from safetensors import safe_open
from torch import Tensor, nn
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
)

from studio.engine import cancel
from studio.engine.errors import BrokenFile
from studio.engine.models import guard, layouts, weights
from studio.engine.models.header import TensorInfo
from studio.engine.models.probing import tensor_files
from studio.engine.models.vocabulary import Vocabulary, clip_vocabulary, read_vocabulary

_CLASSES: Mapping[str, Any] = {
    "UNet2DConditionModel": UNet2DConditionModel,
    "AutoencoderKL": AutoencoderKL,
    "AutoencoderTiny": AutoencoderTiny,
    "CLIPTextModel": CLIPTextModel,
    "CLIPTextModelWithProjection": CLIPTextModelWithProjection,
}
# diffusers warns about settings in files that it wrote itself.
logging.getLogger("diffusers").setLevel(logging.ERROR)
_PAD_SECOND = "!"  # the padding of OpenCLIP's text towers


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part goes: device name and precision."""

    device: str
    dtype: torch.dtype


def blank(class_name: str, config: Mapping[str, Any]) -> nn.Module:
    """A part without memory. Raises BrokenFile if its description makes no sense."""
    kind = _CLASSES[class_name]
    settings = {k: v for k, v in config.items() if not k.startswith("_")}
    try:
        with torch.device("meta"):
            if class_name.startswith("CLIP"):
                return kind(CLIPTextConfig(**settings))
            return kind.from_config(settings)
    except Exception as error:  # the libraries raise anything here
        raise BrokenFile(
            f"The description of the model's {class_name} makes no sense.",
            "Download the model again.",
        ) from error


def finish(model: nn.Module, place: Place) -> nn.Module:
    """Give memory to the buffers that no file holds, and watch for stops."""
    for module in model.modules():
        positions = getattr(module, "position_ids", None)
        if isinstance(positions, Tensor) and positions.is_meta:
            module.position_ids = torch.arange(positions.shape[-1], device=place.device)[None]
    left = [name for name, buffer in model.named_buffers() if buffer.is_meta]
    if left:
        raise BrokenFile(f"The model lacks {left[0]}.", "Download the model again.")
    cancel.watch(model)
    return model


def from_folder(folder: Path, class_name: str, place: Place) -> nn.Module:
    """One part of a diffusers folder. Raises BrokenFile or UnsafeFile."""
    model = blank(class_name, guard.read_config(folder / "config.json"))
    wanted = model.state_dict()
    source = weights.source(tensor_files(folder), wanted)
    weights.check_shapes(wanted, source.shapes, part=folder.name)
    weights.fill(model, source.read(), device=place.device, dtype=place.dtype)
    return finish(model, place)


def concept_entry(folder: Path, place: Place) -> nn.Module:
    """The linear map from a CLIP embedding [B, D] to one more position of the prompt [B, D']."""
    config = guard.read_config(folder / "config.json")
    width, height = config.get("in_features"), config.get("out_features")
    if not isinstance(width, int) or not isinstance(height, int) or min(width, height) < 1:
        raise BrokenFile(f"{folder.name} is damaged.", "Download the model again.")
    with torch.device("meta"):
        entry = nn.Linear(width, height, bias=False)
    source = weights.source(tensor_files(folder), entry.state_dict())
    weights.check_shapes(entry.state_dict(), source.shapes, part=folder.name)
    return weights.fill(entry, source.read(), device=place.device, dtype=torch.float32)


def from_file(path: Path, class_name: str, config: Mapping[str, Any], place: Place) -> nn.Module:
    """One part of a single file in its original layout. Shapes first, memory after."""
    prefix = _prefix(class_name, config)
    header = guard.check_file(path)
    names = {n: info for n, info in header.tensors.items() if n.startswith(prefix)}
    model = blank(class_name, {k: v for k, v in config.items() if k not in ("prefix", "kind")})
    wanted = model.state_dict()
    outline = _convert(dict(_outline(names)), class_name, config, model)
    shapes = {_own(name, wanted): tuple(tensor.shape) for name, tensor in outline.items()}
    weights.check_shapes(wanted, shapes, part=class_name)
    tensors = _convert(dict(_read(path, names)), class_name, config, model)
    named = ((_own(name, wanted), tensor) for name, tensor in tensors.items())
    weights.fill(model, named, device=place.device, dtype=place.dtype)
    return finish(model, place)


def _prefix(class_name: str, config: Mapping[str, Any]) -> str:
    fixed = {"UNet2DConditionModel": layouts.UNET, "AutoencoderKL": layouts.VAE}
    return fixed.get(class_name) or str(config["prefix"])


def _outline(names: Mapping[str, TensorInfo]) -> Iterator[tuple[str, Tensor]]:
    for name, info in names.items():
        yield name, torch.empty(info.shape, device="meta")


def _read(path: Path, names: Mapping[str, TensorInfo]) -> Iterator[tuple[str, Tensor]]:
    with safe_open(path, framework="pt") as file:
        for name in names:
            cancel.check()
            yield name, file.get_tensor(name)


def _own(name: str, wanted: Mapping[str, Tensor]) -> str:
    return weights.own_name(name, wanted)


def _convert(
    tensors: dict[str, Tensor], class_name: str, config: Mapping[str, Any], model: nn.Module
) -> dict[str, Tensor]:
    """From the original layout's names to diffusers' and transformers'."""
    if class_name == "UNet2DConditionModel":
        return convert_ldm_unet_checkpoint(tensors, dict(config))
    if class_name == "AutoencoderKL":
        return convert_ldm_vae_checkpoint(tensors, dict(config))
    if config["kind"] == "clip":
        return convert_ldm_clip_checkpoint(tensors)
    return convert_open_clip_checkpoint(model, tensors, prefix=config["prefix"])


def tokenizer(vocabulary: Vocabulary) -> CLIPTokenizer:
    """A CLIP tokenizer from its word table and merge rules alone."""
    made = CLIPTokenizer(
        vocab=vocabulary.tokens, merges=vocabulary.merges, bos_token=vocabulary.start,
        eos_token=vocabulary.end, pad_token=vocabulary.end, unk_token=vocabulary.unknown,
        model_max_length=vocabulary.context,
    )  # fmt: skip
    # Afterwards: as a special word from the start, OpenCLIP's "!" would be cut out of every prompt
    # and read as padding. The text towers were trained without that.
    made.pad_token = vocabulary.pad
    return made


def folder_tokenizer(folder: Path) -> CLIPTokenizer:
    """The tokenizer of a model folder's part. Raises BrokenFile or UnsafeFile."""
    return tokenizer(read_vocabulary(folder))


def file_tokenizer(kind: str) -> CLIPTokenizer:
    """The tokenizer of a single file's text encoder. kind: "clip" | "open_clip"."""
    return tokenizer(clip_vocabulary(_PAD_SECOND) if kind == "open_clip" else clip_vocabulary())
