"""Carry a run between machines in few small pieces.

A finished model travels whole, with its sheets. An unfinished run travels as the weights of its
checkpoints in float16: without caches, which are made anew, and without the optimizers' memory,
which fills again within some hundred steps.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from starter_recipe.settings import Places
from starter_recipe.training import load_state, save_atomically

PIECE = 15 * 1024 * 1024
NAME = "starter.tar"
CHECKPOINTS = ("vae", "clip", "unet", "decoder", "judge", "finder")
MARKS = ("export.json", "evaluate.json", "world.txt")
Log = Callable[[str], None]


def _slim(state: dict[str, Any]) -> dict[str, Any]:
    """Keep one float16 copy of the weights: the moving average, where there is one."""
    slim = {key: value for key, value in state.items() if key not in ("optimizer", "average")}
    if "average" in state:
        slim["average"] = [value.half() for value in state["average"]]
        del slim["model"]
    else:
        slim["model"] = {key: value.half() if value.is_floating_point() else value
                         for key, value in state["model"].items()}
    return slim


def _whole(slim: dict[str, Any]) -> dict[str, Any]:
    """Undo `_slim` as far as it can be undone."""
    if "average" in slim:
        return slim | {"average": [value.float() for value in slim["average"]]}
    return slim | {"model": {key: value.float() if value.is_floating_point() else value
                             for key, value in slim["model"].items()}}


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def _pack_model(archive: tarfile.TarFile, places: Places, model: Path) -> None:
    for file in sorted(model.rglob("*")):
        if file.is_file():
            _add(archive, f"model/{file.relative_to(model).as_posix()}", file.read_bytes())
    for file in sorted((places.work / "sheets").glob("*.jpg")):
        _add(archive, f"work/sheets/{file.name}", file.read_bytes())


def _pack_checkpoints(archive: tarfile.TarFile, places: Places) -> None:
    for stage in CHECKPOINTS:
        state = load_state(places.checkpoint(stage))
        if state:
            buffer = io.BytesIO()
            torch.save(_slim(state), buffer)
            _add(archive, f"checkpoints/{stage}.ckpt.pt", buffer.getvalue())
    for file in sorted((places.work / "tokenizer").glob("*")):
        _add(archive, f"work/tokenizer/{file.name}", file.read_bytes())


def _is_finished(places: Places) -> bool:
    """Tell whether the model was evaluated and nothing was trained since."""
    mark = places.work / "evaluate.json"
    if not mark.exists():
        return False
    steps: dict[str, int | None] = json.loads(mark.read_text(encoding="utf-8"))["steps"]
    states = {stage: load_state(places.checkpoint(stage)) for stage in steps}
    return all(state is None or state["step"] == steps[stage] for stage, state in states.items())


def pack(places: Places, model: Path, folder: Path, log: Log = print) -> list[Path]:
    """Write the finished model, or the unfinished run, into pieces of at most 15 MiB."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        if _is_finished(places):
            _pack_model(archive, places, model)
        else:
            _pack_checkpoints(archive, places)
        for name in MARKS:
            if (places.work / name).exists():
                _add(archive, f"work/{name}", (places.work / name).read_bytes())
    data = whole.getvalue()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{NAME}.*"):
        old.unlink()
    pieces = []
    for number, at in enumerate(range(0, len(data), PIECE)):
        pieces.append(folder / f"{NAME}.{number:02}")
        pieces[-1].write_bytes(data[at : at + PIECE])
    log(f"pack: {len(pieces)} pieces, {len(data) >> 20} MiB, in {folder}")
    return pieces


def unpack(places: Places, model: Path, folder: Path, log: Log = print) -> None:
    """Put what `pack` wrote where the other commands look for it."""
    pieces = sorted(folder.glob(f"{NAME}.*"))
    if not pieces:
        raise SystemExit(f"No pieces named {NAME}.00, {NAME}.01, ... in {folder}.")
    data = io.BytesIO(b"".join(piece.read_bytes() for piece in pieces))
    with tarfile.open(fileobj=data) as archive:
        for member in archive.getmembers():
            stream = archive.extractfile(member)
            top, _, name = member.name.partition("/")
            if stream is None or ".." in Path(name).parts or Path(name).is_absolute():
                continue
            target = {"model": model, "work": places.work, "checkpoints": places.work}[top] / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if top == "checkpoints":
                slim = torch.load(io.BytesIO(stream.read()), weights_only=True)
                save_atomically(_whole(slim), target)
            else:
                target.write_bytes(stream.read())
            log(f"unpack: {target}")
