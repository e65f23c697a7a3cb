"""The steps and frames of a take on disk, as sequences that read a row when it is asked for.

Torch-free at import; a step's tensors need torch, a frame's pictures do not.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from studio.engine.levels import Level
from studio.engine.record import LANES, Frame, Past, Step
from studio.library.lanes import StoredLanes
from studio.library.tensorfile import TensorFile, broken

if TYPE_CHECKING:
    from torch import Tensor

TORCH_NAMES = {
    "torch.float32": "F32", "torch.float16": "F16", "torch.bfloat16": "BF16",
    "torch.float64": "F64", "torch.uint8": "U8", "torch.int64": "I64", "torch.bool": "BOOL",
}  # fmt: skip
_COUNT_MAX = 10_000
_STEERED_MAX = 16
_PAST_MAX = 8  # records that a step looks back at; the samplers here need two
BAD_STORY = (KeyError, ValueError, TypeError, IndexError, OverflowError, AttributeError)
T = TypeVar("T")


class _Rows(Sequence[T], Generic[T]):
    """A list of JSON descriptions, each turned into a T on access."""

    def __init__(self, file: TensorFile, described: Sequence[Mapping[str, Any]]) -> None:
        if not isinstance(described, list) or len(described) > _COUNT_MAX:
            raise ValueError("the list of steps")
        self._file = file
        self._described = described

    @abstractmethod
    def _make(self, item: Mapping[str, Any]) -> T: ...

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        item = self._described[index]
        try:
            return self._make(item)
        except BAD_STORY as error:
            raise broken(self._file.path, f"step {index} makes no sense") from error

    def __len__(self) -> int:
        return len(self._described)


def indices_of(steps: Sequence[Step]) -> list[int]:
    """The index of each step, without reading the tensors of one that is on disk."""
    if isinstance(steps, StoredSteps):
        return steps.indices
    return [step.index for step in steps]


class StoredSteps(_Rows[Step]):
    """The steps of a take, bit for bit as they were."""

    @property
    def indices(self) -> list[int]:
        """The index of each; no tensor is read. Raises BrokenFile."""
        try:
            return [int(item["index"]) for item in self._described]
        except BAD_STORY as error:
            raise broken(self._file.path, "its list of steps makes no sense") from error

    def _make(self, item: Mapping[str, Any]) -> Step:
        tensor = self._tensor
        index, total = _place(item)
        return Step(
            index=index,
            total=total,
            level=_level(item["level"]),
            x=tensor(item["x"]),
            past=self._past(item["past"]),
            rng=tensor(item["rng"]),
            cond=self._maybe(item["cond"]),
            uncond=self._maybe(item["uncond"]),
            x0=self._maybe(item["x0"]),
            steered=self._steered(item.get("steered", [])),
            guidance_scale=float(item["guidance_scale"]),
            seconds=float(item["seconds"]),
        )

    def _past(self, records: Sequence[Any]) -> tuple[Past, ...]:
        if not isinstance(records, list) or len(records) > _PAST_MAX:
            raise ValueError("what the sampler looks back at")
        return tuple(
            Past(self._tensor(x), self._tensor(x0), _level(at)) for x, x0, at in records
        )

    def _steered(self, references: Sequence[Sequence[int]]) -> tuple[Tensor, ...]:
        if not isinstance(references, list) or len(references) > _STEERED_MAX:
            raise ValueError("what the steer remembers")
        return tuple(self._tensor(reference) for reference in references)

    def _maybe(self, reference: Sequence[int] | None) -> Tensor | None:
        return None if reference is None else self._tensor(reference)

    def _tensor(self, reference: Sequence[int]) -> Tensor:
        import torch  # the one door from the disk to tensors

        block, row = reference
        name = f"pool{int(block)}"
        data = self._file.read(name, int(row))
        entry = self._file.entries[name]
        kinds = {
            stored: getattr(torch, t.removeprefix("torch.")) for t, stored in TORCH_NAMES.items()
        }
        return torch.frombuffer(bytearray(data), dtype=kinds[entry.dtype]).reshape(entry.shape[1:])


class StoredFrames(_Rows[Frame]):
    """The frames of a take; a lane is decoded when it is looked at."""

    def _make(self, item: Mapping[str, Any]) -> Frame:
        places = {name: (int(begin), int(end)) for name, (begin, end) in item["lanes"].items()
                  if name in LANES}  # fmt: skip
        index, total = _place(item)
        return Frame(
            index=index,
            total=total,
            sigma=float(item["sigma"]),
            timestep=float(item["timestep"]),
            seconds=float(item["seconds"]),
            change=float(item["change"]),
            guidance_scale=float(item["guidance_scale"]),
            lanes=StoredLanes(places, self._read()),
        )

    def _read(self) -> Callable[[int, int], bytes]:
        start = self._file.entries["lanes"].begin
        return lambda begin, end: self._file.read_bytes(start + begin, start + end)


def _place(item: Mapping[str, Any]) -> tuple[int, int]:
    """The index of a step or frame, and how many there are in all. Raises BAD_STORY."""
    index, total = int(item["index"]), int(item["total"])
    if not 0 <= index <= total <= _COUNT_MAX:
        raise ValueError(f"step {index} of {total}")
    return index, total


def _level(numbers: Sequence[float]) -> Level:
    a, s, t = numbers
    return Level(float(a), float(s), float(t))
