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
from pathlib import Path

from studio.engine.errors import Cancelled

HEAVY_IMPORTS = threading.RLock()

# torch's own libraries, without the one that calls Python; each before those that need it.
_LIBRARIES = ("libtorch_global_deps.so", "libc10.so", "libtorch_cpu.so", "libc10_cuda.so",
              "libtorch_cuda.so", "libtorch.so")  # fmt: skip

# What a picture needs, in pieces of some seconds: between two of them an import can be stopped.
# The first is small; torch asks for it, and Python refuses it to threads while the process ends.
_PIECES = ("concurrent.futures.thread", "torch", "torch._dynamo", "transformers",
           "transformers.models.clip.modeling_clip", "diffusers.models.unets.unet_2d_condition",
           "studio.engine.generate")  # fmt: skip


def import_libraries(stop: threading.Event) -> Iterator[float]:
    """Import all that making a picture needs; yields how much is done, 0 .. 1.

    Holds HEAVY_IMPORTS for each piece, never over a yield. Raises Cancelled once `stop` is set.
    """
    for number, name in enumerate(_PIECES):
        yield number / len(_PIECES)
        with HEAVY_IMPORTS:
            if stop.is_set():
                raise Cancelled
            preload()
            importlib.import_module(name)


def preload() -> list[str]:
    """Map torch's shared libraries into the process before torch is imported; their names.

    Python holds its global lock while an import opens libraries, also in ctypes.CDLL: the window
    stood still for 0.3 to 1.2 s. A plain call of dlopen gives the lock back, and the import
    then finds them open. Only for Linux, where dlopen is in every process; nothing elsewhere.
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
    return opened


def _torch_libraries() -> Path | None:
    if not sys.platform.startswith("linux"):
        return None
    spec = importlib.util.find_spec("torch")
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places))) / "lib" if places else None
