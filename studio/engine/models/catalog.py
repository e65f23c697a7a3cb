"""Which models are on this disk: headers and small JSON files only. Torch-free, never raises."""

from __future__ import annotations

import difflib
import logging
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from studio.engine.errors import (
    BrokenFile,
    InvalidRequest,
    ModelNotFound,
    StudioError,
    UnsupportedModel,
)
from studio.engine.levels import SCHEDULES
from studio.engine.models import guard, layouts, probing
from studio.engine.models.header import Header, read_small
from studio.engine.models.noise_table import PREDICTION_TYPES, alphas_cumprod, prediction_type
from studio.engine.request import SIDE_MAX, SIDE_MIN, GenerationRequest, validate
from studio.engine.sampler_table import SAMPLERS

log = logging.getLogger(__name__)

SIDECAR = "studio.json"  # beside a folder's model_index.json; NAME.studio.json for a single file
CONCEPT_FOLDER, CLIP_FOLDER = "clip_projection", "open_clip"  # in folders of our own recipe
DEFAULT_MODEL = "starter"
DEPTH_LIMIT = 4  # folders below a root
ENTRY_LIMIT = 5000
NAME_LIMIT = 200  # characters of a model's name
OLD_SUFFIXES = frozenset({".ckpt", ".pt", ".pth"})  # shown with the reason why they are not opened
_NATIVE = {"sd": 512, "sdxl": 1024}
_SD2_WIDTH = 1024  # of the text features that SD 2.x reads
_SD2_V_SPREAD = 0.09  # of the tensor below: above it, the model learned to predict v
_SD2_V_TENSOR = layouts.UNET + "output_blocks.11.1.transformer_blocks.0.norm1.bias"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """One entry of the catalogue. problem: empty if the model can be used; hint: what to do."""

    id: str
    name: str
    path: Path
    family: str = ""  # "sd" | "sdxl"
    layout: Literal["folder", "file"] = "file"
    kind: Literal["model", "lora"] = "model"
    native_size: int = 512  # px, side of the square it was trained on
    multiple_of: int = 8  # px
    prediction_type: str = "epsilon"
    latent_channels: int = 4
    in_channels: int = 4  # 9 = an inpainting model
    zero_negative: bool = False  # an empty negative prompt is zeros, not an encoded "" (SDXL)
    concept_dim: int = 0  # of the CLIP embeddings that it can draw; 0 = it cannot
    concept_clip: Path | None = None  # the open_clip folder whose embeddings those are
    size_bytes: int = 0
    defaults: Mapping[str, Any] = field(default_factory=dict)  # of GenerationRequest's fields
    example_prompts: tuple[str, ...] = ()
    problem: str = ""
    hint: str = ""

    @property
    def is_inpainting(self) -> bool:
        """Whether the denoiser itself is shown the mask and what lies around it."""
        return self.in_channels == 2 * self.latent_channels + 1


Stamp = tuple[tuple[str, int, int], ...]
_read_before: dict[Path, tuple[Stamp, ModelInfo | StudioError]] = {}


def scan(roots: Sequence[Path]) -> list[ModelInfo]:
    """Every model and LoRA below the roots; broken ones carry their problem. Never raises.

    Roots that do not exist are skipped. Ids are unique: a second "x" becomes "x (2)".
    """
    found: list[ModelInfo] = []
    taken: set[str] = set()
    for root in roots:
        for path in sorted(_candidates(root), key=lambda p: (len(p.parts), p)):
            info = inspect(path)
            name, number = info.id, 1
            while name in taken:
                number += 1
                name = f"{info.id} ({number})"
            taken.add(name)
            found.append(replace(info, id=name))
    return found


def find(models: Sequence[ModelInfo], wanted: str, what: str = "model") -> ModelInfo:
    """The model of that id, else of that path. what: "model" | "LoRA". Raises ModelNotFound."""
    for info in models:
        if wanted in (info.id, str(info.path)):
            return info
    path = _there(wanted)
    if path is not None:
        return inspect(path)
    close = difflib.get_close_matches(wanted[:80], [info.id for info in models], n=1)
    guess = f"Did you mean {close[0]!r}? Or choose" if close else "Choose"
    raise ModelNotFound(
        f"There is no {what} called {wanted[:80]!r}.",
        f"{guess} another one, or put its file into the models folder.",
    )


def _there(wanted: str) -> Path | None:
    """The file or folder of that path, absolute; a stranger may have written it into a picture."""
    try:
        path = Path(wanted).expanduser().absolute()
        return path if wanted and path.exists() else None
    except (OSError, RuntimeError, ValueError):  # too long, locked, the home of nobody
        return None


def inspect(path: Path) -> ModelInfo:
    """Describe one file or folder. Never raises: what is wrong stands in `problem`."""
    try:
        return read(path)
    except StudioError as error:
        return replace(_named(path), problem=error.message, hint=error.hint)


def read(path: Path) -> ModelInfo:
    """Describe one file or folder. Raises BrokenFile, UnsafeFile or UnsupportedModel.

    A model whose files have not changed since is not read again, nor one that was refused.
    """
    info = _named(path)
    try:
        stamp = stamp_of(path)
        known = _read_before.get(path)
        if known is None or known[0] != stamp:
            known = stamp, _read(info)
            _read_before[path] = known
        if isinstance(known[1], ModelInfo):
            return known[1]
        raise type(known[1])(known[1].message, known[1].hint)
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        log.warning("cannot read model %s: %r", path.name, error)
        raise BrokenFile(f"{path.name} is damaged.", "Download it again.") from None


def _read(info: ModelInfo) -> ModelInfo | StudioError:
    """What the files say, or why they are refused; raises what may be otherwise at any time."""
    try:
        return _folder(info) if info.layout == "folder" else _file(info)
    except StudioError as error:
        if isinstance(error.__cause__, OSError):  # a locked file
            raise
        return type(error)(error.message, error.hint)


def stamp_of(path: Path) -> Stamp:
    """Names, sizes and times of a model's files: changes when any of them does."""
    files = [path, path.with_suffix("." + SIDECAR)] if path.is_file() else guard.walk(path)
    found = ((str(file), file.stat()) for file in files if file.exists())
    return tuple(sorted((name, s.st_size, s.st_mtime_ns) for name, s in found))


def _named(path: Path) -> ModelInfo:
    is_folder = path.is_dir()
    name = path.name if is_folder else path.stem
    cached = path.parent.parent.name  # models--owner--name/snapshots/<hash>: a download cache
    if path.parent.name == "snapshots" and cached.startswith("models--"):
        name = cached.rpartition("--")[2]
    return ModelInfo(id=name, name=name, path=path, layout="folder" if is_folder else "file")


def _candidates(root: Path) -> Iterator[Path]:
    """Model folders and weight files below root. Each real folder is entered once."""
    seen: set[tuple[int, int]] = set()
    stack = [(root, 0)]
    entries = 0
    while stack and entries < ENTRY_LIMIT:
        folder, depth = stack.pop()
        try:
            status = folder.stat()
            with os.scandir(folder) as listing:
                children = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        if any(child.name == guard.MODEL_INDEX for child in children):
            yield folder
            continue
        for child in children:
            entries += 1
            path = Path(child.path)
            if child.name.startswith("."):
                continue
            mode = _mode(path)
            if stat.S_ISDIR(mode) and depth < DEPTH_LIMIT:
                stack.append((path, depth + 1))
            elif stat.S_ISREG(mode) and path.suffix.lower() in OLD_SUFFIXES | {".safetensors"}:
                yield path


def _mode(path: Path) -> int:
    """What it is; 0 for what cannot be asked: a link to itself, a locked folder."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _sidecar(path: Path) -> dict[str, Any]:
    return guard.read_json(path) if path.is_file() else {}


def _adjust(info: ModelInfo, sidecar: Mapping[str, Any]) -> ModelInfo:
    """Apply what the model's own studio.json, or the user's, says about it."""
    changes: dict[str, Any] = {}
    name, side = sidecar.get("name"), sidecar.get("native_size")
    if isinstance(name, str) and name.strip():
        changes["name"] = name.strip()[:NAME_LIMIT]
    if isinstance(side, int) and _is_possible("width", side, info.multiple_of):
        changes["native_size"] = side
    if sidecar.get("prediction_type") in PREDICTION_TYPES:
        changes["prediction_type"] = sidecar["prediction_type"]
    said = _defaults(sidecar) | _defaults(sidecar.get("defaults"))
    changes["defaults"] = {
        key: value for key, value in said.items() if _is_possible(key, value, info.multiple_of)
    }
    prompts = sidecar.get("example_prompts")
    if isinstance(prompts, list):
        changes["example_prompts"] = tuple(p for p in prompts if isinstance(p, str))
    return replace(info, **changes)


# Settings of GenerationRequest that a model may recommend, and their types.
_RECOMMENDED: Mapping[str, type | tuple[type, ...]] = {
    "steps": int, "guidance_scale": (int, float), "guidance_rescale": (int, float), "sampler": str,
    "schedule": str, "negative_prompt": str, "width": int, "height": int,
}  # fmt: skip


def _defaults(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        return {}
    return {k: said[k] for k, kind in _RECOMMENDED.items() if isinstance(said.get(k), kind)}


def _is_possible(name: str, value: Any, multiple_of: int) -> bool:
    """Whether a recommended setting can be run at all; a stranger wrote it."""
    tables: Mapping[str, Mapping[str, object]] = {"sampler": SAMPLERS, "schedule": SCHEDULES}
    if isinstance(value, bool) or value not in tables.get(name, {value: None}):
        return False
    side = -(-SIDE_MIN // multiple_of) * multiple_of
    settings = {"width": side, "height": side, name: value}
    try:
        validate(GenerationRequest(**settings), multiple_of=multiple_of)
    except InvalidRequest:
        return False
    return True


def _folder(info: ModelInfo) -> ModelInfo:
    report = guard.check_folder(info.path)
    probing.require(info.path, "unet", "vae", "scheduler")
    unet = guard.read_config(info.path / "unet" / "config.json")
    vae = guard.read_config(info.path / "vae" / "config.json")
    scheduler = guard.read_config(info.path / "scheduler" / "scheduler_config.json")
    factor = vae_factor(vae)
    size = unet.get("sample_size")
    side = size * factor if isinstance(size, int) else 0
    alphas_cumprod(scheduler)  # a schedule without sense is told in the list already
    info = replace(
        info,
        family=report.family,
        native_size=side if SIDE_MIN <= side <= SIDE_MAX else _NATIVE[report.family],
        multiple_of=factor,
        prediction_type=prediction_type(scheduler),
        latent_channels=int(vae.get("latent_channels", 4)),
        in_channels=int(unet.get("in_channels", 4)),
        zero_negative=report.family == "sdxl"
        and report.index.get("force_zeros_for_empty_prompt") is not False,
        size_bytes=sum(p.stat().st_size for p in guard.walk(info.path)),
    )
    _check_runs(info, unet, report.index)
    probing.check_parts(info.path, is_xl=report.family == "sdxl")
    return _adjust(_concept_entry(info), _sidecar(info.path / SIDECAR))


def _check_runs(info: ModelInfo, unet: Mapping[str, Any], index: Mapping[str, Any]) -> None:
    """Raise UnsupportedModel for kinds of the family that want more input than we give."""
    is_xl = info.family == "sdxl"
    extra_input = "text_time" if is_xl else None
    reasons = {
        "makes no picture by itself (a refiner)": is_xl and index.get("text_encoder") in
            (None, [None, None]),
        "wants a picture embedding": unet.get("class_embed_type") is not None,
        "wants input of another kind": unet.get("addition_embed_type") != extra_input
            or unet.get("encoder_hid_dim_type") is not None,
        "has its guidance built in (LCM)": unet.get("time_cond_proj_dim") is not None,
        "wants another picture as input": not info.is_inpainting
            and info.in_channels != info.latent_channels,
    }  # fmt: skip
    for reason, is_so in reasons.items():
        if is_so:
            raise UnsupportedModel(f"{info.name} {reason}, which this program cannot run yet.",
                                   "Ordinary SD 1.x, 2.x and SDXL models work.")  # fmt: skip


def _concept_entry(info: ModelInfo) -> ModelInfo:
    """Models of ours can be conditioned on a CLIP embedding besides words."""
    if not (info.path / CONCEPT_FOLDER).is_dir():
        return info
    width = guard.read_config(info.path / CONCEPT_FOLDER / "config.json").get("in_features")
    clip = info.path / CLIP_FOLDER
    return replace(info, concept_dim=int(width or 0), concept_clip=clip if clip.is_dir() else None)


def vae_factor(vae: Mapping[str, Any]) -> int:
    """Picture pixels per latent cell: each resolution but the first halves the side."""
    widths = vae.get("block_out_channels") or vae.get("encoder_block_out_channels") or [0] * 4
    return int(2 ** (len(widths) - 1))


def _file(info: ModelInfo) -> ModelInfo:
    header = guard.check_file(info.path)
    info = replace(info, size_bytes=header.size_bytes)
    is_model = layouts.UNET + "input_blocks.0.0.weight" in header.tensors
    if not is_model and layouts.is_lora(header):
        return replace(info, kind="lora", family="")
    layout = layouts.layout_of(header)
    is_sd2 = layout.unet["cross_attention_dim"] == _SD2_WIDTH and layout.family == "sd"
    kind = _prediction_type(info.path, header, is_sd2=is_sd2)
    info = replace(
        info,
        family=layout.family,
        native_size=768 if is_sd2 and kind == "v_prediction" else _NATIVE[layout.family],
        multiple_of=vae_factor(layout.vae),
        prediction_type=kind,
        latent_channels=int(layout.vae["latent_channels"]),
        in_channels=int(layout.unet["in_channels"]),
        zero_negative=layout.family == "sdxl",
    )
    _check_runs(info, layout.unet, {"text_encoder": True})
    probing.check_numbers(info.path, header)
    return _adjust(info, _sidecar(info.path.with_suffix("." + SIDECAR)))


def _prediction_type(path: Path, header: Header, *, is_sd2: bool) -> str:
    """What the file says about itself; SD 2.x files rarely do, but their weights give it away.

    Source of the sign: ComfyUI, supported_models.py, class SD20. Its inpainting model predicts eps.
    """
    said = header.metadata.get("modelspec.prediction_type", "")
    if said in ("epsilon", "v"):
        return "v_prediction" if said == "v" else "epsilon"
    is_v = "v_pred" in header.tensors
    if is_sd2 and header.shape(layouts.UNET + "input_blocks.0.0.weight")[1] == 4:
        sign = read_small(path, header, _SD2_V_TENSOR)
        is_v = is_v or (sign is not None and float(sign.std()) > _SD2_V_SPREAD)
    return "v_prediction" if is_v else "epsilon"
