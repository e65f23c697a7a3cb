"""Small additions to a model's weights (LoRA): checked, put in, weighed, taken out again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders import StableDiffusionLoraLoaderMixin, StableDiffusionXLLoraLoaderMixin
from diffusers.utils import recurse_remove_peft_layers, set_weights_and_activate_adapters
from safetensors.torch import load_file
from torch import Tensor

from studio.engine import cancel, memory
from studio.engine.errors import BrokenFile, Cancelled, StudioError, UnsafeFile, UnsupportedModel
from studio.engine.models import guard, layouts
from studio.engine.models.model import Model

RANK_MAX = 1024
TENSORS_MAX = 10_000  # SDXL's largest have 4,000; diffusers looks for each among all
_DOWN = re.compile(r"lora_down\.|lora_A\.|\.down\.")


def check_lora(path: Path) -> None:
    """Pass a LoRA file by its header alone. Raises UnsafeFile, BrokenFile or UnsupportedModel."""
    header = guard.check_file(path)
    if not layouts.is_lora(header):
        raise UnsupportedModel(f"{path.name} is not a LoRA.", "Choose a LoRA file.")
    if len(header.tensors) > TENSORS_MAX:
        raise UnsafeFile(f"{path.name} claims {len(header.tensors):,} tensors.",
                         f"Real LoRA files stay below {TENSORS_MAX:,}.")  # fmt: skip
    for name, info in header.tensors.items():
        if _DOWN.search(name) and info.shape and info.shape[0] > RANK_MAX:
            raise UnsafeFile(f"{path.name} claims a rank of {info.shape[0]:,}.",
                             f"Real LoRA files stay below {RANK_MAX:,}.")  # fmt: skip


def read_lora(path: Path) -> dict[str, Tensor]:
    """Its tensors, without the metadata, from which diffusers would build a configuration of the
    file's choosing: a hanging pattern or a 50 GB rank. Raises as `check_lora` does.
    """
    check_lora(path)
    tensors: dict[str, Tensor] = load_file(path)
    for name, tensor in tensors.items():
        cancel.check()
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise BrokenFile(f"{path.name} holds numbers that are none (NaN), in {name[:80]}.",
                             "The file is damaged; download it again.")  # fmt: skip
    return tensors


def apply_loras(model: Model, chosen: Sequence[tuple[Path, float]]) -> None:
    """Make these, and only these, LoRAs act in the model. Nothing happens if they already do.

    chosen: (file, weight). A LoRA that fails leaves the model as it was without any; one whose
    file has been written anew is read again.
    """
    wanted = tuple((str(path), weight, _changed_at(path)) for path, weight in chosen)
    if wanted == model.loras:
        return
    try:
        if [(path, at) for path, _, at in wanted] != [(path, at) for path, _, at in model.loras]:
            remove_loras(model)
            for number, (path, _) in enumerate(chosen):
                _insert(model, path, f"lora{number}")
        names = [f"lora{number}" for number in range(len(chosen))]
        for network in _changed(model):
            set_weights_and_activate_adapters(network, names, [w for _, w in chosen])
    except BaseException:
        remove_loras(model)
        raise
    model.loras = wanted


def _changed_at(path: Path) -> int:
    """When the file was last written, ns; 0 for one that is not there: reading it tells."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def remove_loras(model: Model) -> None:
    """Take every LoRA out; the weights are again what the model's file says, bit for bit."""
    for network in _changed(model):
        recurse_remove_peft_layers(network)
        if hasattr(network, "peft_config"):
            del network.peft_config
        network._hf_peft_config_loaded = False
    model.loras = ()


def _changed(model: Model) -> list[Any]:
    networks: tuple[Any, ...] = (model.unet, *model.text_encoders)
    return [n for n in networks if getattr(n, "peft_config", None)]


def _insert(model: Model, path: Path, name: str) -> None:
    tensors = read_lora(path)
    is_xl = model.info.family == "sdxl"
    mixin = StableDiffusionXLLoraLoaderMixin if is_xl else StableDiffusionLoraLoaderMixin
    try:
        state, alphas = mixin.lora_state_dict(tensors, unet_config=model.unet.config)
        mixin.load_lora_into_unet(state, network_alphas=alphas, unet=model.unet, adapter_name=name)
        for number, encoder in enumerate(model.text_encoders):
            prefix = "text_encoder_2" if number else "text_encoder"
            if any(key.startswith(prefix + ".") for key in state):
                mixin.load_lora_into_text_encoder(
                    state, network_alphas=alphas, text_encoder=encoder, prefix=prefix,
                    adapter_name=name,
                )  # fmt: skip
    except (StudioError, Cancelled):
        raise
    except Exception as error:  # the libraries raise anything here
        if memory.is_out_of_memory(error):
            raise
        raise UnsupportedModel(
            f"The LoRA {path.name} does not fit the model {model.info.name}.",
            "A LoRA works with the family of models that it was made for.",
        ) from error
    if name not in getattr(model.unet, "peft_config", {}):
        raise UnsupportedModel(f"The LoRA {path.name} changes nothing in {model.info.name}.",
                               "It was made for another family of models.")  # fmt: skip
