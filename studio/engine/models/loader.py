"""ModelStore: what is on disk, and the one model that is in memory."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from studio.engine import cancel, memory
from studio.engine.errors import BrokenFile, UnsupportedModel
from studio.engine.models import catalog, codec, guard, layouts, parts
from studio.engine.models.catalog import ModelInfo
from studio.engine.models.devices import Device, pick_device, set_threads
from studio.engine.models.model import Model
from studio.engine.models.noise_table import alphas_cumprod
from studio.engine.models.parts import Place
from studio.engine.preview import Previewer
from studio.engine.record import Stage, Status

log = logging.getLogger(__name__)

Part = tuple[str, Callable[[], Any]]  # words for the user, and how to load it


class ModelStore:
    """Holds at most one whole model, and at most one VAE of another for late decodes."""

    def __init__(self, roots: Sequence[Path], device: str = "auto") -> None:
        self.roots = tuple(roots)
        self.threads = set_threads()
        self.device: Device = pick_device(device)
        self.current: Model | None = None
        self._spare_vae: tuple[Any, nn.Module] | None = None

    def find(self, wanted: str) -> ModelInfo:
        """The usable model of that id or path. Raises ModelNotFound or the model's problem."""
        info = catalog.find(catalog.scan(self.roots), wanted)
        if info.problem:
            return catalog.read(info.path)  # raises it
        if info.kind != "model":
            raise UnsupportedModel(f"{info.name} is a LoRA, not a model.",
                                   "Choose it under LoRA.")  # fmt: skip
        return info

    def loras(self, wanted: Sequence[tuple[str, float]]) -> list[tuple[Path, float]]:
        """The files of the LoRAs of these ids or paths. Raises ModelNotFound."""
        if not wanted:
            return []
        known = catalog.scan(self.roots)
        return [(catalog.find(known, name, "LoRA").path, weight) for name, weight in wanted]

    def load(self, wanted: str, stop: threading.Event) -> Generator[Status, None, Model]:
        """Load a model, or return the one in memory. Yields progress between its parts.

        The model before it is freed first. Raises Cancelled and every StudioError of the guard.
        """
        info = self.find(wanted)
        signature = _signature(info)
        if self.current is not None and self.current.signature == signature:
            return self.current
        self.unload()
        loaded: dict[str, Any] = {}
        plan = _parts(info, self._place())
        for number, (words, load) in enumerate(plan):
            yield Status(stage=Stage.LOADING, fraction=number / len(plan), detail=words)
            with cancel.stoppable(stop):
                loaded[words] = load()
        with cancel.stoppable(stop):
            model = _assemble(info, self.device, loaded)
        model.signature = signature
        self.current = model
        memory.freeze()
        return model

    def vae(self, wanted: str) -> nn.Module:
        """A model's VAE alone, whether or not the model is in memory. For any thread."""
        info = self.find(wanted)
        signature = _signature(info)
        current, spare = self.current, self._spare_vae
        if current is not None and current.signature == signature:
            return current.vae
        if spare is not None and spare[0] == signature:
            return spare[1]
        vae: nn.Module = dict(_parts(info, self._place()))[VAE_WORDS]()
        self._spare_vae = (signature, vae)
        return vae

    def unload(self) -> None:
        """Free the model in memory."""
        self.current = None
        self._spare_vae = None
        memory.release()

    def _place(self) -> Place:
        return Place(self.device.name, self.device.dtype)


VAE_WORDS, CONCEPT_WORDS = "VAE", "concept entry"


def _signature(info: ModelInfo) -> tuple[Any, ...]:
    """Changes when any file of the model does, or the settings beside it."""
    return (info.prediction_type, *catalog.stamp_of(info.path))


def _parts(info: ModelInfo, place: Place) -> list[Part]:
    return _folder_parts(info, place) if info.layout == "folder" else _file_parts(info, place)


def _vae_place(place: Place, config: Any) -> Place:
    """VAEs that overflow in half precision say so."""
    return Place(place.device, torch.float32) if config.get("force_upcast", True) else place


def _folder_parts(info: ModelInfo, place: Place) -> list[Part]:
    folder = info.path
    index = guard.check_folder(folder).index
    vae_config = guard.read_config(folder / "vae" / "config.json")
    vae_place = _vae_place(place, vae_config)

    def load(name: str, where: Place) -> Callable[[], nn.Module]:
        return lambda: parts.from_folder(folder / name, _class_of(index, name), where)

    def read(name: str) -> Callable[[], Any]:
        return lambda: parts.folder_tokenizer(folder / name)

    plan: list[Part] = []
    for suffix in ("", "_2") if info.family == "sdxl" else ("",):
        plan.append((f"tokenizer{suffix}", read(f"tokenizer{suffix}")))
        plan.append((f"text encoder{suffix}", load(f"text_encoder{suffix}", place)))
    plan.append((VAE_WORDS, load("vae", vae_place)))
    plan.append(("denoiser", load("unet", place)))
    if info.concept_dim:
        entry = folder / catalog.CONCEPT_FOLDER
        plan.append((CONCEPT_WORDS, lambda: parts.concept_entry(entry, place)))
    scheduler = guard.read_config(folder / "scheduler" / "scheduler_config.json")
    plan.append(("noise schedule", lambda: alphas_cumprod(scheduler)))
    return plan


def _class_of(index: Any, name: str) -> str:
    value = index.get(name)
    if not isinstance(value, list) or value[1] not in guard.PARTS[name]:
        raise BrokenFile(f"The model folder has no {name}.", "Get the full model.")
    return str(value[1])


def _file_parts(info: ModelInfo, place: Place) -> list[Part]:
    path = info.path
    header = guard.check_file(path)
    layout = layouts.layout_of(header)

    def load(name: str, config: Mapping[str, Any], where: Place = place) -> Callable[[], nn.Module]:
        return lambda: parts.from_file(path, name, config, where)

    def words(kind: str) -> Callable[[], Any]:
        return lambda: parts.file_tokenizer(kind)

    plan: list[Part] = []
    for number, config in enumerate(layout.text_encoders):
        suffix = "_2" if number else ""
        has_projection = layout.family == "sdxl" and config["kind"] == "open_clip"
        name = "CLIPTextModelWithProjection" if has_projection else "CLIPTextModel"
        plan.append((f"tokenizer{suffix}", words(config["kind"])))
        plan.append((f"text encoder{suffix}", load(name, config)))
    plan.append((VAE_WORDS, load("AutoencoderKL", layout.vae, _vae_place(place, layout.vae))))
    plan.append(("denoiser", load("UNet2DConditionModel", layout.unet)))
    # Trainers mark a zero terminal signal-to-noise ratio by an empty tensor of this name.
    scheduler = {"rescale_betas_zero_snr": "ztsnr" in header.tensors}
    plan.append(("noise schedule", lambda: alphas_cumprod(scheduler)))
    return plan


def _fit(words: Any, encoder: Any) -> None:
    """Let a tokenizer write no longer rows than its text encoder reads.

    Raises BrokenFile where it has words that the encoder has not: on a GPU, asking for one of
    those ends all work of the process there.
    """
    config = encoder.config
    if max(words.get_vocab().values()) >= config.vocab_size:
        raise BrokenFile("The model's tokenizer and its text encoder do not belong together.",
                         "Download the model again.")  # fmt: skip
    words.model_max_length = min(words.model_max_length, config.max_position_embeddings)


def _assemble(info: ModelInfo, device: Device, loaded: dict[str, Any]) -> Model:
    vae = loaded[VAE_WORDS]
    previewer = Previewer(info.latent_channels, info.prediction_type)
    previewer.calibrate(partial(codec.encode, vae), partial(codec.decode, vae))
    suffixes: Iterator[str] = iter(("", "_2") if "tokenizer_2" in loaded else ("",))
    pairs = [(loaded[f"text encoder{s}"], loaded[f"tokenizer{s}"]) for s in suffixes]
    for encoder, words in pairs:
        _fit(words, encoder)
    return Model(
        info=info, device=device, unet=loaded["denoiser"], vae=vae,
        text_encoders=tuple(encoder for encoder, _ in pairs),
        tokenizers=tuple(words for _, words in pairs),
        alphas=loaded["noise schedule"], previewer=previewer,
        zero_negative=info.zero_negative, concept_entry=loaded.get(CONCEPT_WORDS),
    )  # fmt: skip
