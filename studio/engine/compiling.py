"""Compiles Python's source in another process: done here, it would stop all other threads.

Python compiles a module while it holds its global lock: 100 to 200 ms for the largest modules of
torch and huggingface_hub, on each first start (and on every start where no compiled files may be
written). The window stands still meanwhile. A child process does it without that.
"""

from __future__ import annotations

import logging
import marshal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Any

log = logging.getLogger(__name__)

SMALL = 16_000  # bytes of source that are compiled in two or three milliseconds
_CHILD = """
import marshal, sys
asks, answers = sys.stdin.buffer, sys.stdout.buffer
while head := asks.read(8):
    source, path = marshal.loads(asks.read(int.from_bytes(head, "big")))
    try:
        answer = marshal.dumps(compile(source, path, "exec", dont_inherit=True))
    except Exception:
        answer = b""
    answers.write(len(answer).to_bytes(8, "big") + answer)
    answers.flush()
"""


@contextmanager
def compile_elsewhere() -> Iterator[None]:
    """Meanwhile, what this thread imports is compiled by a child process, if it is large.

    Compiled files (.pyc) are used and written as ever; the child is started when the first source
    has to be compiled. Whatever goes wrong with it, the source is compiled here.
    """
    child, thread, here = _Child(), threading.get_ident(), SourceFileLoader.source_to_code

    def source_to_code(self: SourceFileLoader, data: Any, path: Any, **options: Any) -> CodeType:
        is_ours = threading.get_ident() == thread and not options
        if is_ours and isinstance(data, bytes) and len(data) > SMALL:
            code = child.compile(data, path)
            if code is not None:
                return code
        return here(self, data, path, **options)

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        SourceFileLoader.source_to_code = here  # type: ignore[method-assign]
        child.close()


class _Child:
    """One Python that answers sources with their code; used by one thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        # An installer's frozen program is no Python that could be asked.
        self._is_usable = bool(sys.executable) and not getattr(sys, "frozen", False)

    def compile(self, source: bytes, path: str) -> CodeType | None:
        """The module's code; None when the child cannot tell it, for whatever reason."""
        if not self._is_usable:
            return None
        try:
            code = self._ask(marshal.dumps((source, str(path))))
        except (OSError, ValueError, EOFError, TypeError) as error:
            log.warning("modules are compiled in this process: %s", error)
            self._is_usable = False
            return None
        return code if isinstance(code, CodeType) else None

    def _ask(self, question: bytes) -> Any:
        process = self._process or self._start()
        if process.stdin is None or process.stdout is None:
            raise EOFError("no pipes")
        process.stdin.write(len(question).to_bytes(8, "big") + question)
        process.stdin.flush()
        size = int.from_bytes(_exactly(process.stdout, 8), "big")
        return marshal.loads(_exactly(process.stdout, size)) if size else None

    def _start(self) -> subprocess.Popen[bytes]:
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        optimize = ["-" + "O" * sys.flags.optimize] if sys.flags.optimize else []
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", *optimize, "-c", _CHILD], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, creationflags=flags,
        )  # fmt: skip
        return self._process

    def close(self) -> None:
        """End the child."""
        process, self._process, self._is_usable = self._process, None, False
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # it has died, and something was left to be written
                    pipe.close()
        process.wait()


def _exactly(pipe: Any, size: int) -> bytes:
    found: bytes = pipe.read(size)
    if len(found) < size:
        raise EOFError("the process that compiles has ended")
    return found
