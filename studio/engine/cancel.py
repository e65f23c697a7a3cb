"""Stop a model call from within: hooks on its blocks look at this thread's stop event.

Thread-local, because a preview may be decoded on another thread while a run is being stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from studio.engine.errors import Cancelled

# The units of work: small enough for a quick stop, few enough to cost nothing. By name, so that
# no library needs to be imported for them.
_BLOCKS = frozenset({"Conv2d", "Attention", "FeedForward", "CLIPAttention", "CLIPMLP", "Embedding"})
_thread = threading.local()


@contextmanager
def stoppable(stop: threading.Event) -> Iterator[None]:
    """Within it, hooked models on this thread raise Cancelled once `stop` is set.

    Never hold it over a yield: it belongs to the thread, not to the generator.
    """
    before = getattr(_thread, "stop", None)
    _thread.stop = stop
    try:
        check()
        yield
    finally:
        _thread.stop = before


def check() -> None:
    """Raise Cancelled if this thread has been asked to stop."""
    stop: threading.Event | None = getattr(_thread, "stop", None)
    if stop is not None and stop.is_set():
        raise Cancelled


def _hook(_module: nn.Module, _inputs: Any) -> None:
    stop = getattr(_thread, "stop", None)
    if stop is not None and stop.is_set():
        raise Cancelled


def watch(model: nn.Module) -> None:
    """Let every block of `model` look for a stop before it runs. Costs about 1 us a block."""
    for module in model.modules():
        if type(module).__name__ in _BLOCKS:
            module.register_forward_pre_hook(_hook)
