"""`studio models`: which models are on this disk, and what is wrong with the others."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.resources import resource

if TYPE_CHECKING:
    from studio.cli import Headless
    from studio.engine.models.catalog import ModelInfo

NAME = "models"
HELP = "List the models on this disk."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options but those of every command."""


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Print the list; 0 when at least one model can be used."""
    models = headless.engine().models()
    folders = [resource("models"), headless.home.models]
    usable = [info for info in models if not info.problem]
    headless.answer(
        {"models": [_facts(info) for info in models], "folders": list(map(str, folders))}
    )
    for info in models:
        headless.say(_line(info))
    if not usable:
        headless.note(
            f"No model can be used. Put a .safetensors file or a folder into {folders[1]}."
        )
    else:
        headless.say(f"\nPut more models into {folders[1]}")
    return 0 if usable else 1


def _facts(info: ModelInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "name": info.name,
        "path": str(info.path),
        "family": info.family,
        "layout": info.layout,
        "native_size": info.native_size,
        "prediction_type": info.prediction_type,
        "size_bytes": info.size_bytes,
        "problem": info.problem,
        "hint": info.hint,
    }


def _line(info: ModelInfo) -> str:
    if info.problem:
        return f"✗ {info.id}: {info.problem} {info.hint}".rstrip()
    size = f"{info.native_size}×{info.native_size}"
    megabytes = f"{info.size_bytes / 1e6:,.0f} MB"
    title = "" if info.name == info.id else f" ({info.name})"
    return f"✓ {info.id}{title}: {info.family}, {size}, {megabytes}, {_short(info.path)}"


def _short(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
