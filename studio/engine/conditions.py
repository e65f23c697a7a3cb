"""What a picture's bytes depend on besides the request: versions, device, threads, model file."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import torch

from studio.engine.hashing import file_hash
from studio.engine.models import guard
from studio.engine.models.catalog import ModelInfo
from studio.engine.models.devices import Device


def conditions(info: ModelInfo, device: Device, loras: Sequence[Path] = ()) -> dict[str, str]:
    """Name and value of everything that may change a picture's last bits.

    The first call for a model reads all its files; later ones remember size and time of each.
    loras: files that act, in their order.
    """
    processor = torch.cuda.get_device_name() if device.name == "cuda" else platform.machine()
    added = {"loras": " ".join(file_hash(path)[:16] for path in loras)} if loras else {}
    return {
        "studio": version("latent-studio"), "torch": torch.__version__,
        "diffusers": version("diffusers"), "transformers": version("transformers"),
        "device": f"{device.name} ({processor})", "precision": str(device.dtype).split(".")[-1],
        "threads": str(torch.get_num_threads()), "model": info.id, "model_hash": model_hash(info),
        **added,
    }  # fmt: skip


def model_hash(info: ModelInfo) -> str:
    """SHA-256 over the model's safetensors and JSON files, 16 hexadecimal digits."""
    if info.layout == "file":
        return file_hash(info.path)[:16]
    names = [p for p in guard.walk(info.path) if p.suffix in (".safetensors", ".json", ".txt")]
    total = hashlib.sha256()
    for path in sorted(names):
        total.update(f"{path.relative_to(info.path.resolve())}:{file_hash(path)}\n".encode())
    return total.hexdigest()[:16]
