"""Recognise and clear up after running out of memory."""

from __future__ import annotations

import atexit
import gc
import traceback
from functools import cache

import psutil  # type: ignore[import-untyped]
import torch

_SIGNS = (
    "out of memory",  # CUDA, MPS
    "can't allocate memory",  # the CPU allocator
    "not enough memory",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
    "failed to allocate",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this exception means that a device or the machine ran out of memory."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(s in str(error).lower() for s in _SIGNS)


def available(device: str) -> int:
    """Bytes that may still be taken on a device without pushing anything out."""
    if device == "cuda":
        free, _ = torch.cuda.mem_get_info()
        reserved = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return int(free + reserved)
    return int(psutil.virtual_memory().available)


def forget(error: BaseException) -> None:
    """Drop the frames that an exception keeps alive: they hold tensors.

    Follows causes and contexts. The caller has logged the traceback if it wants one.
    """
    seen: set[int] = set()
    stack: list[BaseException | None] = [error]
    while stack:
        item = stack.pop()
        if item is None or id(item) in seen:
            continue
        seen.add(id(item))
        stack += [item.__cause__, item.__context__]
        if item.__traceback__ is not None:
            traceback.clear_frames(item.__traceback__)
        item.__traceback__ = None


def release() -> None:
    """Give cached device memory back.

    No gc.collect(): a collection on the worker could destroy the window's Qt objects there.
    """
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def freeze() -> None:
    """Take everything that is alive out of the garbage collector's rounds.

    With the libraries loaded one full collection holds the GIL for 0.4 s, and the window stalls.
    No gc.collect() before it: on a worker that could destroy the window's Qt objects.
    """
    gc.freeze()
    _thaw_at_exit()


@cache
def _thaw_at_exit() -> None:
    """Else extension modules find their objects alive at exit and print about leaks."""
    atexit.register(gc.unfreeze)
