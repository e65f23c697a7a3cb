"""Takes on disk: every step bit-exact in safetensors, the story of the run in its header.

A take lies beside its picture (0007.png, 0007.take). Equal tensors are stored once: a step's
memory of the step before costs nothing. Opening reads the header only; steps and previews are
read when asked for. Torch is imported when a step's tensors are asked for, not before.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.engine.levels import Level
from studio.engine.record import Frame, Step, Take
from studio.engine.request import GenerationRequest, from_json, to_json
from studio.library.lanes import encoded_lane
from studio.library.store import write_atomic
from studio.library.stored import BAD_STORY, TORCH_NAMES, StoredFrames, StoredSteps
from studio.library.tensorfile import Block, Entry, TensorFile, broken, file_pieces

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = "latent-studio-take/2"
READABLE = (FORMAT, "latent-studio-take/1")  # 1: without what a steer remembers
SUFFIX = ".take"
Keep = Literal["all", "previews"]
T = TypeVar("T")
BREATH = 1e-4  # seconds; longer than a waiting thread needs to wake
_NUMPY_NAMES = {"uint8": "U8", "float32": "F32", "float64": "F64", "float16": "F16",
                "int64": "I64", "bool": "BOOL"}  # fmt: skip
_NUMPY_TYPES = {name: np.dtype(numpy_name) for numpy_name, name in _NUMPY_NAMES.items()}


@dataclass(frozen=True, slots=True)
class TakeSize:
    """Bytes on disk: of the whole file, of the steps' tensors, of the previews."""

    total: int
    steps: int
    previews: int


def save_take(path: Path, take: Take, *, keep: Keep = "all") -> None:
    """Write a take atomically. keep: "previews" leaves the tensors out; no forks from it then.

    Raises SaveFailed.
    """
    pool = _Pool()
    steps = [_pack_step(step, pool) for step in _gently(take.steps)] if keep == "all" else []
    lanes: list[bytes] = []
    story = {
        "id": take.id,
        "state": take.state,
        "name": take.name,
        "parent": list(take.parent) if take.parent else None,
        "conditions": dict(take.conditions),
        "request": to_json(take.request),
        "steps": steps,
        "frames": _pack_frames(take.frames, lanes),
    }
    blocks = [*pool.blocks(), *_array_blocks(take)]
    blocks.append(Block("lanes", "U8", (sum(map(len, lanes)),), lanes))
    write_atomic(path, file_pieces(blocks, {"format": FORMAT, "take": json.dumps(story)}))


def _gently(items: Sequence[T]) -> Iterator[T]:
    """The items, with a breath after each.

    Small C calls that give Python's lock away and take it back at once let no other thread in: for
    the six thousand small pictures of a long take the window stood still for 0.1 s.
    """
    for item in items:
        yield item
        time.sleep(BREATH)


def load_take(path: Path) -> Take:
    """Open a take; its steps and previews are read when they are asked for.

    Raises BrokenFile or UnsafeFile naming the file and the reason.
    """
    file = TensorFile(path)
    if file.metadata.get("format") not in READABLE:
        raise broken(path, "it is not a take, or one of a newer version of this program")
    try:
        story = json.loads(file.metadata["take"])
        return _unpack(file, story)
    except (*BAD_STORY, RecursionError) as error:
        raise broken(path, "its story of the run makes no sense") from error


def take_size(path: Path) -> TakeSize:
    """How much room a take needs. Raises BrokenFile or UnsafeFile."""
    file = TensorFile(path)
    sizes = {name: entry.end - entry.begin for name, entry in file.entries.items()}
    steps = sum(size for name, size in sizes.items() if name.startswith("pool"))
    return TakeSize(file.size, steps, sizes.get("lanes", 0))


def drop_steps(path: Path) -> None:
    """Keep the previews of a take only. Raises BrokenFile, UnsafeFile or SaveFailed."""
    save_take(path, load_take(path), keep="previews")


def rename_take(path: Path, name: str) -> None:
    """Give a take another name. Raises BrokenFile, UnsafeFile or SaveFailed."""
    save_take(path, replace(load_take(path), name=name))


class _Pool:
    """Tensors by kind and shape, equal ones stored once; a reference is [block, row]."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, tuple[int, ...]], list[Any]] = {}
        self._known: dict[bytes, list[int]] = {}

    def add(self, tensor: Tensor | None) -> list[int] | None:
        if tensor is None:
            return None
        data, dtype = _bytes_of(tensor)
        key = (dtype, tuple(tensor.shape))
        digest = hashlib.blake2b(data, digest_size=16, person=repr(key).encode()[:16]).digest()
        digest += repr(key).encode()
        if digest not in self._known:
            rows = self._rows.setdefault(key, [])
            self._known[digest] = [list(self._rows).index(key), len(rows)]
            rows.append(data)
        return self._known[digest]

    def blocks(self) -> list[Block]:
        return [
            Block(f"pool{i}", dtype, (len(rows), *shape), rows)
            for i, ((dtype, shape), rows) in enumerate(self._rows.items())
        ]


def _bytes_of(tensor: Tensor) -> tuple[memoryview, str]:
    import torch  # whoever has a tensor has imported it already

    plain = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    return plain.numpy().data, TORCH_NAMES[str(tensor.dtype)]


def _pack_level(level: Level) -> list[float]:
    return [float(number) for number in level]


def _pack_step(step: Step, pool: _Pool) -> dict[str, Any]:
    past = [[pool.add(p.x), pool.add(p.x0), _pack_level(p.level)] for p in step.past]
    return {
        "index": step.index,
        "total": step.total,
        "level": _pack_level(step.level),
        "x": pool.add(step.x),
        "past": past,
        "rng": pool.add(step.rng),
        "cond": pool.add(step.cond),
        "uncond": pool.add(step.uncond),
        "x0": pool.add(step.x0),
        "steered": [pool.add(tensor) for tensor in step.steered],
        "guidance_scale": float(step.guidance_scale),
        "seconds": float(step.seconds),
    }


def _pack_frames(frames: Sequence[Frame], lanes: list[bytes]) -> list[dict[str, Any]]:
    packed = []
    position = 0
    for frame in _gently(frames):
        places = {}
        for name in frame.lanes:
            lanes.append(encoded_lane(frame.lanes, name))
            places[name] = [position, position + len(lanes[-1])]
            position += len(lanes[-1])
        packed.append(
            {
                "index": frame.index,
                "total": frame.total,
                "sigma": float(frame.sigma),
                "timestep": float(frame.timestep),
                "seconds": float(frame.seconds),
                "change": float(frame.change),
                "guidance_scale": float(frame.guidance_scale),
                "lanes": places,
            }
        )
    return packed


def _array_blocks(take: Take) -> list[Block]:
    request = take.request
    arrays: dict[str, NDArray[Any]] = {f"array.{name}": a for name, a in take.arrays.items()}
    if request.image is not None:
        arrays["request.image"] = request.image
    if request.inpaint is not None:
        arrays["request.mask"] = request.inpaint.mask
    if request.concept is not None and request.concept.embedding is not None:
        arrays["request.embedding"] = request.concept.embedding
    return [
        Block(
            name,
            _NUMPY_NAMES[array.dtype.name],
            array.shape,
            [np.ascontiguousarray(array).tobytes()],
        )
        for name, array in arrays.items()
    ]


def _unpack(file: TensorFile, story: Mapping[str, Any]) -> Take:
    arrays = {name: _array(file, name, entry) for name, entry in file.entries.items()
              if name.startswith(("array.", "request."))}  # fmt: skip
    parent = story["parent"]
    return Take(
        id=str(story["id"]),
        request=_request(story["request"], arrays),
        steps=StoredSteps(file, story["steps"]),
        frames=StoredFrames(file, story["frames"]),
        state=str(story["state"]),
        parent=(str(parent[0]), int(parent[1])) if parent else None,
        name=str(story["name"]),
        conditions={str(k): str(v) for k, v in story["conditions"].items()},
        arrays={n.removeprefix("array."): a for n, a in arrays.items() if n.startswith("array.")},
    )


def _request(data: Mapping[str, Any], arrays: Mapping[str, Any]) -> GenerationRequest:
    request = from_json(data, image=arrays.get("request.image"), mask=arrays.get("request.mask"))
    embedding = arrays.get("request.embedding")
    if request.concept is not None and embedding is not None:
        request = request.edit(concept=replace(request.concept, embedding=embedding))
    return request


def _array(file: TensorFile, name: str, entry: Entry) -> NDArray[Any]:
    if entry.dtype not in _NUMPY_TYPES:
        raise ValueError(entry.dtype)
    return np.frombuffer(file.read(name), _NUMPY_TYPES[entry.dtype]).reshape(entry.shape).copy()
