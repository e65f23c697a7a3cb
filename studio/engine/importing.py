"""How the large libraries are imported beside a living window. Torch-free.

One thread at a time: transformers and diffusers load their parts lazily and in circles; two
threads that import them at once see each other's half-made modules ("cannot import name
'PreTrainedModel'").
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from studio.engine.compiling import compile_elsewhere
from studio.engine.errors import Cancelled


class ImportLock:
    """A reentrant lock that also tells whether anybody has it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._depth = 0

    @property
    def is_held(self) -> bool:
        """True while some thread imports."""
        return self._depth > 0

    def acquire(self, timeout: float = -1) -> bool:
        """Take it; seconds to wait at most, -1 for ever. False if it was not to be had."""
        has_it = self._lock.acquire(timeout=timeout)
        self._depth += has_it
        return has_it

    def release(self) -> None:
        """Give it back."""
        self._depth -= 1
        self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()


HEAVY_IMPORTS = ImportLock()


def is_importing() -> bool:
    """True while some thread imports large libraries: what comes into being now stays."""
    return HEAVY_IMPORTS.is_held


POLL = 0.03  # seconds until a stop is heard by a thread that waits for another one's import

# torch's own libraries, without the one that calls Python; each before those that need it.
_LIBRARIES = ("libtorch_global_deps.so", "libc10.so", "libtorch_cpu.so", "libc10_cuda.so",
              "libtorch_cuda.so", "libtorch.so")  # fmt: skip
_CALLS_PYTHON = "libtorch_python.so"  # opened by the import itself, with Python's lock

# What a picture needs, in pieces of some seconds: between two of them an import can be stopped.
# The first is small; torch asks for it, and Python refuses it to threads while the process ends.
_PIECES = ("concurrent.futures.thread", "torch", "torch._dynamo", "transformers",
           "transformers.models.clip.modeling_clip", "diffusers.models.unets.unet_2d_condition",
           "studio.engine.generate")  # fmt: skip
_done: set[str] = set()
_importer: list[int] = []  # the thread that was asked to import all, while it is at it


def import_libraries(stop: threading.Event, *, is_for_all: bool = False) -> Iterator[float]:
    """Import all that making a picture needs; yields how much is done, 0 .. 1.

    While a thread does so `is_for_all`, the others only wait for it, and hear a stop at once:
    an import itself cannot be stopped in the middle. Holds HEAVY_IMPORTS for each piece, never
    over a yield. Raises Cancelled once `stop` is set.
    """
    if is_for_all:
        _importer.append(threading.get_ident())
    try:
        for number, name in enumerate(_PIECES):
            if name not in _done:
                yield number / len(_PIECES)
                _import_or_wait(name, stop)
    finally:
        if is_for_all:
            _importer.remove(threading.get_ident())


def _import_or_wait(name: str, stop: threading.Event) -> None:
    while name not in _done:
        if stop.is_set():
            raise Cancelled
        if _importer and threading.get_ident() not in _importer:
            stop.wait(POLL)
        elif HEAVY_IMPORTS.acquire(timeout=POLL):
            try:
                _import(name)
            finally:
                HEAVY_IMPORTS.release()


def _import(name: str) -> None:
    preload()
    with compile_elsewhere():
        importlib.import_module(name)
    _done.add(name)


@cache
def import_tokenizers() -> None:
    """Import tokenizers and let it make its first model.

    It asks the C library for a function then (getrandom, for its tables), with Python's lock: while
    torch's libraries are opened (`preload`) the window would stand still for 150 ms.
    """
    with HEAVY_IMPORTS:
        from tokenizers.models import BPE

        BPE()


def preload() -> list[str]:
    """Map torch's shared libraries into the process before torch is imported; their names.

    Python holds its global lock while an import opens libraries, also in ctypes.CDLL: the window
    stood still for 0.3 to 1.2 s. A plain call of dlopen gives the lock back, and the import
    then finds them open. Only for Linux, where dlopen is in every process; nothing elsewhere.
    Hold HEAVY_IMPORTS: whoever imports any library meanwhile waits for the C library's own lock,
    and holds Python's.
    """
    folder = _torch_libraries()
    if folder is None or "torch" in sys.modules:
        return []
    try:
        dlopen = ctypes.CDLL(None).dlopen
    except (OSError, AttributeError):
        return []
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
    opened = []
    for name in _LIBRARIES:
        # As torch itself does it: what all need is for all to see, the rest is private.
        scope = ctypes.RTLD_GLOBAL if name == _LIBRARIES[0] else 0
        path = folder / name
        if path.is_file() and dlopen(os.fsencode(path), os.RTLD_LAZY | scope):
            opened.append(name)
    _read_through(folder / _CALLS_PYTHON)
    return opened


def _read_through(path: Path) -> None:
    """Bring a file from the disk into memory, so that opening it as a library is short."""
    buffer = bytearray(1 << 20)
    try:
        with open(path, "rb", buffering=0) as file:
            while file.readinto(buffer):
                pass
    except OSError:
        return  # then the import says what is wrong


def _torch_libraries() -> Path | None:
    if not sys.platform.startswith("linux"):
        return None
    spec = importlib.util.find_spec("torch")
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places))) / "lib" if places else None
