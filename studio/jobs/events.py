"""What a job tells the window, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Started:
    """The job's first instruction is about to run."""

    job_id: int


@dataclass(frozen=True, slots=True)
class Advanced:
    """The job yielded `item` (a Status, a Frame, ...)."""

    job_id: int
    item: Any


@dataclass(frozen=True, slots=True)
class Finished:
    """The job returned `result`."""

    job_id: int
    result: Any


@dataclass(frozen=True, slots=True)
class Stopped:
    """The job was cancelled; its generator is closed. error: what the task said last, if it did."""

    job_id: int
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The job raised `error`; its traceback has been logged and dropped (it holds tensors)."""

    job_id: int
    error: BaseException


JobEvent = Started | Advanced | Finished | Stopped | Failed
