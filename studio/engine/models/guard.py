"""Look at strangers' model files before any library does. Torch-free.

Policy: safetensors only, by suffix and by first bytes; no program code and no pickles in a
folder; small, shallow JSON; only classes that we know; nothing outside the folder.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.engine.errors import BrokenFile, UnsafeFile, UnsupportedModel
from studio.engine.models.header import Header, check_regular, read_header, unreadable

JSON_LIMIT = 2**20  # bytes
TOKENIZER_JSON_LIMIT = 16 * 2**20  # bytes; CLIP's own is 3.6 MB
JSON_DEPTH = 32
FILES_LIMIT = 2000  # files in one model folder
MODEL_INDEX = "model_index.json"

CODE_SUFFIXES = frozenset({
    ".py", ".pyc", ".pyd", ".pyx", ".so", ".dll", ".dylib", ".exe", ".sh", ".bat", ".js",
    ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".npy", ".npz", ".h5", ".msgpack",
})  # fmt: skip
PIPELINES = {
    "StableDiffusionPipeline": "sd",
    "StableDiffusionImg2ImgPipeline": "sd",
    "StableDiffusionInpaintPipeline": "sd",
    "LatentConsistencyModelPipeline": "sd",
    "StableDiffusionXLPipeline": "sdxl",
    "StableDiffusionXLImg2ImgPipeline": "sdxl",
    "StableDiffusionXLInpaintPipeline": "sdxl",
}
# Part of the folder -> classes that may stand for it. Parts that we do not load may be named too.
PARTS: Mapping[str, frozenset[str]] = {
    "unet": frozenset({"UNet2DConditionModel"}),
    "vae": frozenset({"AutoencoderKL", "AutoencoderTiny"}),
    "text_encoder": frozenset({"CLIPTextModel"}),
    "text_encoder_2": frozenset({"CLIPTextModelWithProjection"}),
    "tokenizer": frozenset({"CLIPTokenizer", "CLIPTokenizerFast"}),
    "tokenizer_2": frozenset({"CLIPTokenizer", "CLIPTokenizerFast"}),
    "image_encoder": frozenset({"CLIPVisionModelWithProjection"}),
    "feature_extractor": frozenset({"CLIPImageProcessor", "CLIPFeatureExtractor"}),
    "safety_checker": frozenset({"StableDiffusionSafetyChecker"}),
}
LIBRARIES = frozenset({"diffusers", "transformers", "stable_diffusion", "stable_diffusion_xl"})
# Keys by which a configuration could make a library import or build something of its choosing.
HOSTILE_KEYS = frozenset({
    "auto_map", "custom_pipelines", "custom_pipeline", "chat_template", "quantization_config",
    "trust_remote_code", "tokenizer_kwargs", "megatron_config", "megatron_core",
    "_attn_implementation", "_attn_implementation_internal", "attn_implementation", "_name_or_path",
})  # fmt: skip
MAX_WIDTH = 16_384  # channels, hidden size, vocabulary / 32: far above any real model
MAX_NUMBER = MAX_WIDTH * 32
MAX_LAYERS = 256  # of anything that is repeated: each one costs time to build, even without memory
LAYER_KEYS = ("layers", "heads", "num_attention", "head_dim", "coder_blocks")
MAX_ITEMS = 64  # entries of a list
# What multiplies: every block of `PLACES` is built with all of `REPEATED`, as Python objects.
REPEATED = (
    "layers_per_block",
    "transformer_layers_per_block",
    "num_encoder_blocks",
    "num_decoder_blocks",
    "reverse_transformer_layers_per_block",
    "num_hidden_layers",
)
PLACES = ("block_out_channels", "down_block_types", "up_block_types", "encoder_block_out_channels",
          "decoder_block_out_channels")  # fmt: skip
MAX_REPEATS = 1024  # SDXL: 3 places of 2 layers of 10 transformers = 60


@dataclass(frozen=True, slots=True)
class FolderReport:
    """A model folder that has passed: its family and its index."""

    family: str
    pipeline: str
    index: Mapping[str, Any]


def check_file(path: Path) -> Header:
    """Pass one weights file, or raise BrokenFile / UnsafeFile with the reason."""
    if path.suffix.lower() != ".safetensors":
        kind = "can carry program code" if path.suffix.lower() in CODE_SUFFIXES else "is no model"
        check_regular(path)
        raise UnsafeFile(
            f"{path.name} {kind}.", "Only .safetensors files are opened; get that version."
        )
    return read_header(path)


def read_json(path: Path, limit: int = JSON_LIMIT) -> dict[str, Any]:
    """Read a small, shallow JSON object. Raises BrokenFile or UnsafeFile."""
    size = check_regular(path)
    if size > limit:
        raise UnsafeFile(
            f"{path.name} is {size / 2**20:.1f} MB long.", "A real one is far smaller."
        )
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise unreadable(path) from error
    except (ValueError, RecursionError):
        raise BrokenFile(f"{path.name} is damaged.", "Download or copy the model again.") from None
    if not isinstance(data, dict) or _depth(data) > JSON_DEPTH:
        raise BrokenFile(f"{path.name} is no model description.", "Download the model again.")
    return data


def _depth(value: Any) -> int:
    """Nesting of a parsed JSON value; without recursion, which a stranger could exhaust."""
    deepest, level = 0, [value]
    while level:
        deepest += 1
        if deepest > JSON_DEPTH:
            break
        level = [child for item in level for child in _children(item)]
    return deepest


def _children(item: Any) -> Iterable[Any]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


def read_config(path: Path) -> dict[str, Any]:
    """A component's config.json without hostile keys. Refuses absurd sizes and deep nesting."""
    config = clean(read_json(path))
    check_sizes(config, f"{path.parent.name}/{path.name}")
    return config


def check_sizes(config: Mapping[str, Any], name: str) -> None:
    """Refuse a network that no machine could build, before anything is built: UnsafeFile.

    Also without memory for its weights ("meta") each layer costs time and Python objects.
    """
    for key, value in config.items():
        limit = MAX_LAYERS if any(part in key for part in LAYER_KEYS) else MAX_NUMBER
        for number in _numbers(value):
            if not abs(number) <= limit:
                raise _absurd(f"{name} asks for {key} = {number:g}.")
        if isinstance(value, (list, dict)) and len(value) > MAX_ITEMS and key != "trained_betas":
            raise _absurd(f"{name} lists {len(value):,} {key}.")
    repeats = math.prod(max(_numbers(config[key]), default=1) for key in REPEATED if key in config)
    places = [len(config[key]) for key in PLACES if isinstance(config.get(key), (list, tuple))]
    if repeats * max(places, default=1) > MAX_REPEATS:
        raise _absurd(f"{name} asks for {repeats * max(places, default=1):,.0f} layers.")


def _absurd(message: str) -> UnsafeFile:
    return UnsafeFile(message, "No real model is of that size; do not use it.")


def _numbers(value: Any) -> list[float]:
    """The numbers in a setting, also in a list of lists."""
    if isinstance(value, list):
        return [number for item in value[: MAX_ITEMS + 1] for number in _numbers(item)]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return [value] if is_number else []


def clean(config: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without the keys that could make a library run or fetch something."""
    return {key: value for key, value in config.items() if key not in HOSTILE_KEYS}


def check_folder(folder: Path) -> FolderReport:
    """Pass a diffusers model folder, or raise with the reason. Reads no weights.

    Raises BrokenFile, UnsafeFile, UnsupportedModel.
    """
    if not (folder / MODEL_INDEX).exists():
        raise BrokenFile(f"The folder {folder.name} holds no model.",
                         f"A model folder has a {MODEL_INDEX} in it.")  # fmt: skip
    for path in walk(folder):
        if path.suffix.lower() in CODE_SUFFIXES:
            raise UnsafeFile(
                f"The folder {folder.name} contains {path.name}, which can carry program code.",
                "Delete it if .safetensors files lie beside it; they are all that is needed.",
            )
    index = read_json(folder / MODEL_INDEX)
    pipeline = index.get("_class_name")
    if pipeline is None:
        raise BrokenFile(f"{folder.name} does not say what kind of model it is.",
                         "Download the model again.")  # fmt: skip
    if not isinstance(pipeline, str):
        raise UnsafeFile(f"{folder.name} names program code of its own.", "Do not use it.")
    for name, value in index.items():
        if not name.startswith("_"):
            _check_part(folder, name, value)
    if pipeline not in PIPELINES:
        raise UnsupportedModel(
            f"{folder.name} is a {pipeline[:60]}, which this program cannot run yet.",
            "Stable Diffusion 1.x, 2.x and SDXL models work.",
        )
    return FolderReport(PIPELINES[pipeline], pipeline, clean(index))


def _check_part(folder: Path, name: str, value: Any) -> None:
    """A part must be [library, class] of our list, or absent, or a plain setting."""
    if not isinstance(value, list) or value == [None, None]:
        if isinstance(value, dict):
            raise UnsafeFile(f"{folder.name} describes {name!r} in an unknown way.", "")
        return
    if len(value) != 2 or not all(isinstance(v, str) for v in value):
        return  # a list of plain settings, such as force_zeros
    library, kind = value
    known = PARTS.get(name)
    is_scheduler = name == "scheduler" and kind.endswith("Scheduler") and kind.isidentifier()
    if library in LIBRARIES and (is_scheduler or (known is not None and kind in known)):
        return
    if library in LIBRARIES and kind.isidentifier() and known is None and name != "scheduler":
        return  # a part of a family that we do not run: the family's own message is better
    raise UnsafeFile(
        f"{folder.name} asks for {library[:40]}.{kind[:40]} as its {name[:40]}.",
        "That is not a known model part; do not use this model.",
    )


def walk(folder: Path) -> Iterator[Path]:
    """Every file of a model folder. Refuses links that lead out of it, and endless folders.

    A link to a file under the same root is allowed: download caches are laid out that way.
    """
    root = folder.resolve()
    allowed = (root, _cache_root(root))
    seen = 0
    for here, folders, files in os.walk(root, followlinks=False):
        for name in (*files, *folders):
            path = Path(here, name)
            target = path.resolve()
            if path.is_symlink() and not any(target.is_relative_to(a) for a in allowed):
                raise UnsafeFile(f"{folder.name} contains {name}, a link that leads out of it.",
                                 "Replace the link by the file itself.")  # fmt: skip
            seen += 1
            if seen > FILES_LIMIT:
                raise UnsafeFile(f"{folder.name} holds more than {FILES_LIMIT} files.",
                                 "Choose the model's own folder.")  # fmt: skip
        yield from (Path(here, name) for name in files)


def _cache_root(root: Path) -> Path:
    """.../models--name/snapshots/<hash> keeps its files in .../models--name/blobs."""
    if root.parent.name == "snapshots":
        return root.parent.parent / "blobs"
    return root
