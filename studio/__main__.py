"""The command `studio`: without a command it opens the window, else it works without a display."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code. A file or folder as argument opens the window."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and not (len(words) == 1 and _is_there(Path(words[0]))):
        from studio.cli import run_from_shell as headless

        return headless(words)
    from studio.launch import why_no_window

    if reason := why_no_window():
        print(reason, file=sys.stderr)
        return 1
    gc.disable()  # while all is imported nothing is garbage; the queues look after it later
    from studio.app import run_window

    return run_window([Path(word).absolute() for word in words])


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # longer than a file's name can be: no file, but a prompt without its command
        return False


if __name__ == "__main__":
    raise SystemExit(main())
