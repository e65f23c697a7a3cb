"""Which device computes, in which precision, with how many threads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.engine.errors import StudioError

if TYPE_CHECKING:
    import torch

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DIFFUSERS_DISABLE_REMOTE_CODE": "1",
}
# Waiting threads must sleep: with busy waiting, two torch threads beside another program make a
# step up to 18 times slower, and the window starves.
PASSIVE = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}


@dataclass(frozen=True, slots=True)
class Device:
    """Where a model lives. dtype: of the network; sampler arithmetic is always float32."""

    name: str  # "cpu" | "cuda" | "mps"
    dtype: torch.dtype


def prepare_environment() -> None:
    """Set what the libraries read when they are imported: call before the first `import torch`.

    Torch-free. The user's own settings win, but for being offline.
    """
    os.environ.update(OFFLINE)
    for name, value in PASSIVE.items():
        os.environ.setdefault(name, value)


def thread_count(cores: int) -> int:
    """Torch threads for a machine with so many cores: one core is left to the window."""
    return max(1, cores - 1)


def set_threads() -> int:
    """Apply `thread_count`, unless OMP_NUM_THREADS is the user's own wish. Returns the number."""
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
        torch.set_num_threads(thread_count(usable or os.cpu_count() or 2))
    return torch.get_num_threads()


def pick_device(name: str = "auto") -> Device:
    """The device of that name, or the best there is.

    Raises ValueError for an unknown name, StudioError for a device that is not there.
    """
    import torch

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
        if name == "cpu" and torch.backends.mps.is_available():
            name = "mps"
    if name == "cpu":
        return Device("cpu", torch.float32)
    if name == "cuda":
        _check_there(name, torch.cuda.is_available())
        # Older cards only emulate bfloat16, which is slower than the processor.
        is_native = torch.cuda.is_bf16_supported(including_emulation=False)
        return Device("cuda", torch.bfloat16 if is_native else torch.float16)
    if name == "mps":
        _check_there(name, torch.backends.mps.is_available())
        return Device("mps", torch.float16)
    raise ValueError(f"Unknown device {name!r}; use auto, cpu, cuda or mps.")


def _check_there(name: str, is_there: bool) -> None:
    if not is_there:
        raise StudioError(f"This computer has no {name} device that torch can use.",
                          "Choose auto or cpu; `studio doctor` tells what there is.")  # fmt: skip
