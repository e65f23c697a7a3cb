"""Which CLIP models are on this disk, and whether their descriptions may be trusted. Torch-free.

Three layouts: an open_clip folder (open_clip_config.json + one .safetensors + a tokenizer), a
transformers folder (config.json of type clip or siglip + model.safetensors + tokenizer.json), and
a bare .safetensors named after its open_clip architecture. Headers only are read here. Never
trust_remote_code, .pt, torch.jit or "local-dir:" (open_clip 3.3 runs code named in its JSON).
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from studio.engine.errors import BrokenFile, StudioError, UnsafeFile, UnsupportedModel
from studio.engine.models import guard

Kind = Literal["open_clip", "transformers"]
OPEN_CLIP_CONFIG = "open_clip_config.json"
CLIPS = "clip"  # a folder of this name holds nothing else, so what cannot be used there is told
PICKLES = frozenset({".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle"})
_TOKENIZER_FILES = ("tokenizer.json", "vocab.json")
_VISION_KEYS = frozenset({
    "layers", "width", "head_width", "mlp_ratio", "patch_size", "image_size", "ls_init_value",
    "attentional_pool", "attn_pooler_queries", "attn_pooler_heads", "no_ln_pre",
    "pos_embed_type", "final_ln_after_pool", "pool_type", "act_kwargs", "norm_kwargs",
    "block_type", "qk_norm", "scaled_cosine_attn", "scale_heads", "scale_attn_inner",
    "scale_attn", "scale_fc", "timm_model_name", "timm_pool", "timm_proj", "timm_proj_bias",
})  # fmt: skip
_TEXT_KEYS = frozenset({
    "context_length", "vocab_size", "width", "heads", "layers", "mlp_ratio", "ls_init_value",
    "embed_cls", "pad_id", "eos_id", "no_causal_mask", "final_ln_after_pool", "pool_type",
    "proj_bias", "proj_type", "act_kwargs", "norm_kwargs", "block_type", "qk_norm",
    "scaled_cosine_attn", "scale_heads", "scale_attn_inner", "scale_attn", "scale_fc",
})  # fmt: skip
# Harmless at loading, since we load weights ourselves; dropped.
_IGNORED_KEYS = frozenset({
    "timm_model_pretrained", "timm_drop", "timm_drop_path", "patch_dropout", "output_tokens",
    "hf_tokenizer_name", "tokenizer_kwargs", "tokenizer_mode",
})  # fmt: skip
# What costs its square: no weight is of that size, so a small file could ask for any memory.
_LIMITS = {"image_size": 4096, "context_length": 8192, "max_position_embeddings": 8192}
_SMALL_FILE = 2**20  # bytes of a description that count for a fingerprint
_MODEL_KEYS = frozenset({
    "embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "custom_text", "init_logit_bias",
    "init_logit_scale", "nonscalar_logit_scale",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderInfo:
    """One CLIP model on the disk. problem: why it cannot be used; "" when it can."""

    id: str  # "starter" or the file's or folder's name
    name: str
    path: Path
    kind: Kind
    weights: Path
    architecture: str = ""  # of open_clip, for a bare file
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """How a picture is brought to the size and range that the model has learnt."""

    size: int  # pixels, square
    mean: tuple[float, float, float] = (0.48145466, 0.4578275, 0.40821073)
    std: tuple[float, float, float] = (0.26862954, 0.26130258, 0.27577711)
    is_squashed: bool = False  # True: stretched to a square; False: the centre is cut out


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClipConfig:
    """A checked open_clip description. model: arguments of open_clip.CLIP."""

    model: Mapping[str, Any]
    is_custom_text: bool
    picture: Picture
    tokenizer: Path | None = None  # None = open_clip's own
    extra: Mapping[str, Any] = field(default_factory=dict)


def scan(roots: Iterable[Path]) -> list[EncoderInfo]:
    """All CLIP models directly in these folders, or one level below. Never raises.

    Those with a problem come last. In a folder named "clip" every other weights file has one too.
    """
    found: dict[Path, EncoderInfo] = {}
    for root in roots:
        for path in _candidates(root):
            info = _look(path)
            if info is None and root.name == CLIPS and root not in found and path != root:
                info = _left_over(path)
            if info is not None:
                found.setdefault(info.path, info)
    usable = {info.id for info in found.values() if not info.problem}
    told = [info for info in found.values()
            if info.path.suffix.lower() not in PICKLES or info.path.stem not in usable]  # fmt: skip
    return sorted(told, key=lambda info: bool(info.problem))


def _candidates(root: Path) -> Iterator[Path]:
    yield root
    try:
        yield from sorted(path for path in root.iterdir() if not path.name.startswith("."))
    except OSError:
        return


def _look(path: Path) -> EncoderInfo | None:
    try:
        return describe(path)
    except StudioError as error:
        if path.suffix != ".safetensors" and not _is_clip_folder(path):
            return None
        return _refused(path, error.message, error.hint, path.stem)
    except OSError:
        return None


def _refused(path: Path, problem: str, hint: str, name: str) -> EncoderInfo:
    return EncoderInfo(id=name, name=name, path=path, kind="open_clip", weights=path,
                       problem=problem, hint=hint)  # fmt: skip


def _is_clip_folder(path: Path) -> bool:
    try:
        return (path / OPEN_CLIP_CONFIG).exists() or _model_type(path) in ("clip", "siglip")
    except (StudioError, OSError):
        return False


def _left_over(path: Path) -> EncoderInfo | None:
    """Why weights that lie among the CLIP models are none of them; None if there are no weights."""
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        suffixes = {file.suffix.lower() for file in files if file.is_file()}
    except OSError:
        return None
    if ".safetensors" in suffixes:
        problem = (f"{path.name} lacks its {OPEN_CLIP_CONFIG}." if path.is_dir()
                   else f"{path.name} is not named after its architecture.")  # fmt: skip
        hint = ("Get the whole folder of the model." if path.is_dir()
                else "Name it as open_clip does, such as ViT-B-32.safetensors.")  # fmt: skip
        return _refused(path, problem, hint, path.name)
    if not suffixes & PICKLES:
        return None
    return _refused(path, *_of_a_pickle(path), path.name)


def _of_a_pickle(path: Path) -> tuple[str, str]:
    """Message and hint; the message alone says what to do, since lists show no more."""
    what = "holds" if path.is_dir() else "is"
    return (f"{path.name} {what} a pickle, which can run code: convert it to .safetensors.",
            "Most models are offered as .safetensors, too.")  # fmt: skip


def describe(path: Path) -> EncoderInfo | None:
    """What kind of CLIP lies at `path`; None if it is none.

    Raises BrokenFile, UnsafeFile or UnsupportedModel when it is one, but may not be used.
    """
    if path.is_file():
        return _describe_file(path)
    if (path / OPEN_CLIP_CONFIG).is_file():
        weights = _only_weights(path)
        guard.check_file(weights)
        return EncoderInfo(id=_id_of(path), name=_name_of(path), path=path, kind="open_clip",
                           weights=weights)  # fmt: skip
    if (path / "config.json").is_file() and _model_type(path) in ("clip", "siglip"):
        weights = path / "model.safetensors"
        if not weights.is_file():
            weights = _only_weights(path)
        guard.check_file(weights)
        return EncoderInfo(id=path.name, name=path.name, path=path, kind="transformers",
                           weights=weights)  # fmt: skip
    return None


def _model_type(folder: Path) -> str:
    return str(guard.read_json(folder / "config.json").get("model_type", ""))


def _id_of(folder: Path) -> str:
    is_part = folder.name in ("clip", "open_clip")
    return folder.parent.name if is_part else folder.name


def _name_of(folder: Path) -> str:
    return "Starter" if _id_of(folder) == "starter" else _id_of(folder)


def _only_weights(folder: Path) -> Path:
    files = sorted(folder.glob("*.safetensors"))
    own = folder / "open_clip_model.safetensors"  # beside transformers' in what hubs offer
    if own in files:
        return own
    if not files and any(file.suffix.lower() in PICKLES for file in folder.iterdir()):
        raise UnsafeFile(*_of_a_pickle(folder))
    if len(files) != 1:
        raise BrokenFile(f"The folder {folder.name} holds {len(files)} weight files.",
                         "An open_clip folder has exactly one .safetensors.")  # fmt: skip
    return files[0]


def _describe_file(path: Path) -> EncoderInfo | None:
    if path.suffix.lower() != ".safetensors":
        return None
    architecture = guess_architecture(path.stem)
    if not architecture:
        return None
    header = guard.check_file(path)
    if not any(name.endswith("logit_scale") for name in header.tensors):
        return None  # some other model that is named like one
    return EncoderInfo(id=path.stem, name=path.stem, path=path, kind="open_clip", weights=path,
                       architecture=architecture)  # fmt: skip


def guess_architecture(stem: str) -> str:
    """The open_clip architecture that a file is named after; the longest match, "" if none."""
    plain = stem.lower()
    known = [name for name in _architectures() if plain.startswith(name.lower())]
    return max(known, key=len, default="")


def _architectures() -> dict[str, Path]:
    """open_clip's own model descriptions, found without importing it."""
    spec = importlib.util.find_spec("open_clip")
    folders = list(spec.submodule_search_locations or []) if spec else []
    files = (path for folder in folders for path in Path(folder, "model_configs").glob("*.json"))
    return {path.stem: path for path in files}


def fingerprint(info: EncoderInfo) -> str:
    """Which weights these are: a hash of the file's size, start and end, and the description."""
    digest = hashlib.sha256()
    with open(info.weights, "rb") as file:
        size = file.seek(0, 2)
        digest.update(size.to_bytes(8, "little"))
        for at in (0, max(size // 2 - 2**19, 0), max(size - 2**20, 0)):
            file.seek(at)
            digest.update(file.read(2**20))
    for name in (OPEN_CLIP_CONFIG, "config.json", "preprocessor_config.json"):
        extra = info.path / name
        digest.update(_start_of(extra) if extra.is_file() else b"-")
    digest.update(info.architecture.encode())
    return digest.hexdigest()[:16]


def _start_of(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(_SMALL_FILE)


def read_open_clip(info: EncoderInfo) -> OpenClipConfig:
    """Read and check the description. Raises UnsafeFile or UnsupportedModel with the reason."""
    if info.architecture:
        model = guard.read_json(_architectures()[info.architecture])
        preprocess: Mapping[str, Any] = {}
    else:
        whole = guard.read_json(info.path / OPEN_CLIP_CONFIG)
        model, preprocess = whole.get("model_cfg", whole), whole.get("preprocess_cfg", {})
    if not isinstance(model, dict) or not isinstance(preprocess, dict):
        raise BrokenFile(f"The description of {info.name} makes no sense.", "Get the model again.")
    vision, text = _towers(info, model)
    custom = bool(model.get("custom_text", False))
    arguments = {key: value for key, value in model.items()
                 if key in _MODEL_KEYS - {"custom_text"}}  # fmt: skip
    arguments |= {"vision_cfg": vision, "text_cfg": text}
    tokenizer = _tokenizer_of(info, model["text_cfg"])
    return OpenClipConfig(model=arguments, is_custom_text=custom, tokenizer=tokenizer,
                          picture=_picture(vision, preprocess))  # fmt: skip


def _towers(info: EncoderInfo, model: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    towers: list[dict[str, Any]] = []
    unknown = set(model) - _MODEL_KEYS
    for name, allowed in (("vision_cfg", _VISION_KEYS), ("text_cfg", _TEXT_KEYS)):
        tower = model.get(name)
        if not isinstance(tower, dict) or not isinstance(model.get("embed_dim"), int):
            raise BrokenFile(f"The description of {info.name} lacks its {name}.",
                             "Get the model again.")  # fmt: skip
        if "hf_model_name" in tower:
            raise UnsupportedModel(f"{info.name} needs a text model from the internet.",
                                   "Use its transformers version, or another CLIP.")  # fmt: skip
        unknown |= set(tower) - allowed - _IGNORED_KEYS
        towers.append({key: value for key, value in tower.items() if key in allowed})
    if unknown:
        raise UnsafeFile(f"{info.name} asks for {sorted(unknown)[0][:40]!r}, which is unknown.",
                         "Only plain CLIP descriptions are opened.")  # fmt: skip
    _check_values(info, {**towers[0], "embed_dim": model["embed_dim"]})
    _check_values(info, towers[1])
    return towers[0], towers[1]


def _check_values(info: EncoderInfo, tower: Mapping[str, Any]) -> None:
    for key, value in tower.items():
        for number in value if isinstance(value, list) else [value]:
            limit = _LIMITS.get(key, 256 if "layers" in key or "heads" in key else 300_000)
            is_number = isinstance(number, (int, float)) and not isinstance(number, bool)
            if is_number and not 0 <= number <= limit:
                raise UnsafeFile(f"{info.name} asks for {key} = {number}.",
                                 "No real model is of that size; do not use it.")  # fmt: skip
        if isinstance(value, str) and not value.replace("_", "").replace(".", "").isalnum():
            raise UnsafeFile(f"{info.name} asks for {key} = {value[:60]!r}.",
                             "Only plain CLIP descriptions are opened.")  # fmt: skip
        if isinstance(value, dict) and set(value) - {"eps"}:
            raise UnsafeFile(f"{info.name} describes {key} in an unknown way.",
                             "Only plain CLIP descriptions are opened.")  # fmt: skip


def _tokenizer_of(info: EncoderInfo, text: Mapping[str, Any]) -> Path | None:
    """The folder with the tokenizer's files: the model's own, tokenizer/ in it or beside it."""
    own = info.path if info.path.is_dir() else info.path.parent
    places = [own, own / "tokenizer"] if info.path.is_dir() else []
    if own.name in ("clip", "open_clip"):
        places.append(own.parent / "tokenizer")
    for place in places:
        if any((place / name).is_file() for name in _TOKENIZER_FILES):
            return place
    if "hf_tokenizer_name" in text:
        raise UnsupportedModel(f"{info.name} lacks its tokenizer.",
                               "Put the model's tokenizer.json into its folder.")  # fmt: skip
    return None


def _picture(vision: Mapping[str, Any], preprocess: Mapping[str, Any]) -> Picture:
    size = vision.get("image_size", 224)
    size = size[0] if isinstance(size, list) else size
    default = Picture(size=int(size))
    mean, std = preprocess.get("mean", default.mean), preprocess.get("std", default.std)
    return Picture(size=default.size, mean=_triple(mean, default.mean),
                   std=_triple(std, default.std),
                   is_squashed=preprocess.get("resize_mode") == "squash")  # fmt: skip


def _triple(value: Any, default: tuple[float, float, float]) -> tuple[float, float, float]:
    numbers = [float(v) for v in value if isinstance(v, (int, float))] if isinstance(
        value, (list, tuple)) else []  # fmt: skip
    is_usable = len(numbers) == 3 and all(abs(number) < 10 for number in numbers)
    return (numbers[0], numbers[1], numbers[2]) if is_usable else default


def read_transformers(info: EncoderInfo) -> tuple[dict[str, Any], Picture]:
    """The checked config.json of a transformers folder, and its picture preparation."""
    if (info.path / "adapter_config.json").exists():
        raise UnsafeFile(f"{info.name} carries an adapter of its own.",
                         "Use the plain model without it.")  # fmt: skip
    config = guard.read_config(info.path / "config.json")
    towers = {}
    for name in ("text_config", "vision_config"):
        tower = config.get(name)
        tower = guard.clean(tower) if isinstance(tower, dict) else {}
        numbers = {key: value for key, value in tower.items() if isinstance(value, (int, float))}
        _check_values(info, {key: value for key, value in numbers.items() if "token_id" not in key})
        towers[name] = tower
    config |= towers
    path = info.path / "preprocessor_config.json"
    preprocess = guard.read_json(path) if path.is_file() else {}
    is_siglip = config.get("model_type") == "siglip"
    half = (0.5, 0.5, 0.5)
    size = int(towers["vision_config"].get("image_size", 224))
    default = Picture(size=size, mean=half, std=half) if is_siglip else Picture(size=size)
    return config, Picture(
        size=size, mean=_triple(preprocess.get("image_mean"), default.mean),
        std=_triple(preprocess.get("image_std"), default.std), is_squashed=is_siglip,
    )  # fmt: skip
