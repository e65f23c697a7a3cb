"""What can be said of a model's files without reading its weights, for the list of models.

Headers and a few small tensors: a folder that is cut off, lacks a part, does not fit its own
description or holds no numbers (NaN) is told before anybody waits for it. Torch-free.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from studio.engine.errors import BrokenFile, UnsafeFile
from studio.engine.models import guard
from studio.engine.models.header import Header, read_small

INDEX_SUFFIX = ".safetensors.index.json"
STEMS = ("diffusion_pytorch_model", "model")
SAMPLES = 12  # small tensors of each file that are looked at
_SMALL = 2**16  # bytes
_AGAIN = "Download the model again."


def tensor_files(folder: Path) -> list[Path]:
    """The safetensors files of one part of a model folder: whole, sharded, or the fp16 variant.

    Raises BrokenFile or UnsafeFile.
    """
    for stem in STEMS:
        for variant in ("", ".fp16"):
            whole = folder / f"{stem}{variant}.safetensors"
            index = folder / f"{stem}{INDEX_SUFFIX.replace('.json', variant + '.json')}"
            if index.is_file():
                return _shards(folder, index)
            if whole.is_file():
                return [whole]
    raise BrokenFile(
        f"The folder {folder.name} of the model holds no .safetensors file.",
        "Download the .safetensors version of this model.",
    )


def _shards(folder: Path, index: Path) -> list[Path]:
    weight_map = guard.read_json(index, guard.TOKENIZER_JSON_LIMIT).get("weight_map")
    said = list(weight_map.values()) if isinstance(weight_map, dict) else []
    names = {name for name in said if isinstance(name, str) and name == Path(name).name}
    if not said or not all(isinstance(name, str) and name in names for name in said):
        raise UnsafeFile(f"{index.name} points outside its folder.", "Do not use this model.")
    return [folder / name for name in sorted(names)]


def check_parts(folder: Path, *, is_xl: bool) -> None:
    """Look at every part that a model folder must have. Raises BrokenFile or UnsafeFile.

    is_xl: SDXL has two text encoders.
    """
    for suffix in ("", "_2") if is_xl else ("",):
        require(folder, f"tokenizer{suffix}", f"text_encoder{suffix}")
        _check_words(folder / f"tokenizer{suffix}")
        _check_weights(folder / f"text_encoder{suffix}", _encoder_shapes)
    _check_weights(folder / "vae", _no_shapes)
    _check_weights(folder / "unet", _unet_shapes)


def check_numbers(path: Path, header: Header) -> None:
    """Raise BrokenFile if small tensors of a checked file hold NaN or infinity.

    A sample: the whole file is looked at when it is loaded.
    """
    small = [n for n, info in header.tensors.items() if 0 < info.end - info.begin <= _SMALL]
    for name in small[:: max(1, len(small) // SAMPLES)]:
        values = read_small(path, header, name)
        if values is not None and not bool(np.isfinite(values).all()):
            raise BrokenFile(f"{path.name} holds numbers that are none (NaN).",
                             "The file is damaged; download it again.")  # fmt: skip


def require(folder: Path, *names: str) -> None:
    """Raise BrokenFile if the model folder lacks one of these parts."""
    for name in names:
        if not (folder / name).is_dir():
            raise BrokenFile(f"The model folder has no {name}.", "Get the full model.")


def _check_words(folder: Path) -> None:
    is_pair = all((folder / name).is_file() for name in ("vocab.json", "merges.txt"))
    if not is_pair and not (folder / "tokenizer.json").is_file():
        raise BrokenFile(f"The model has no words: its folder {folder.name} is not complete.",
                         _AGAIN)  # fmt: skip


def _check_weights(folder: Path, shapes_of: Any) -> None:
    wanted: dict[str, list[int]] = shapes_of(guard.read_config(folder / "config.json"))
    for path in tensor_files(folder):
        header = guard.check_file(path)
        check_numbers(path, header)
        for name, info in header.tensors.items():
            want = wanted.pop(name.removeprefix("text_model."), None)
            is_shape = list(info.shape)
            if want is not None and is_shape != want:
                raise BrokenFile(f"The model's {folder.name} is not what its description says.",
                                 f"{_AGAIN} ({name} is {is_shape}, expected {want})")  # fmt: skip
    if wanted:
        raise BrokenFile(f"The model's {folder.name} lacks a part of its weights.",
                         f"{_AGAIN} (What is missing: {next(iter(wanted))})")  # fmt: skip


def _no_shapes(_config: Mapping[str, Any]) -> dict[str, list[int]]:
    return {}  # the two kinds of VAE have no name in common


def _unet_shapes(config: Mapping[str, Any]) -> dict[str, list[int]]:
    """Its first and last layers: whoever lies about the width or the channels lies here."""
    widths = config.get("block_out_channels", [320])
    first = int(widths[0])
    kernels = (int(config.get("conv_in_kernel", 3)), int(config.get("conv_out_kernel", 3)))
    return {
        "conv_in.weight": [first, int(config.get("in_channels", 4)), kernels[0], kernels[0]],
        "conv_out.weight": [int(config.get("out_channels", 4)), first, kernels[1], kernels[1]],
    }


def _encoder_shapes(config: Mapping[str, Any]) -> dict[str, list[int]]:
    size = [int(config.get("vocab_size", 49408)), int(config.get("hidden_size", 512))]
    return {"embeddings.token_embedding.weight": size}
