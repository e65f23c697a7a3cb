"""Headless use: `studio COMMAND ...`. Composes engine and library; never imports Qt.

A command is a module of studio.commands with NAME, HELP, add_arguments(parser) and
run(args, headless) -> exit code. Results go to stdout, everything else to stderr.
Exit codes: 0 done, 1 failed, 2 asked wrongly, 130 stopped with Ctrl+C.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import logging
import os
import pkgutil
import re
import signal
import sys
import threading
import time
import traceback
from collections.abc import Generator, Mapping, Sequence
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import studio
from studio import commands
from studio.engine.errors import Cancelled, InvalidRequest, StudioError
from studio.engine.record import Frame, Status
from studio.library.home import Home
from studio.resources import resource

if TYPE_CHECKING:
    from studio.engine.engine import Engine
    from studio.library.database import Library

T = TypeVar("T")
STOPPED = 130
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # but tab and newline
_DESCRIPTION = (
    "Latent Studio shows how a diffusion model makes each picture. Without a command it opens "
    "its window; the commands below need no display."
)
log = logging.getLogger(__name__)


class Headless:
    """What every command is given: the home, the engine and library when needed, and a voice.

    is_json: print one JSON object and nothing else on stdout. stop: set by Ctrl+C. made: what is
    finished already, which is told with an error, too.
    """

    def __init__(self, home: Home, *, is_json: bool = False, device: str = "auto") -> None:
        self.home = home
        self.is_json = is_json
        self.device = device
        self.stop = threading.Event()
        self.made: list[dict[str, Any]] = []
        self._engine: Engine | None = None
        self._library: Library | None = None
        self._shown = ""
        self._shown_at = 0.0

    def engine(self) -> Engine:
        """The engine over the shipped models and those of the home."""
        if self._engine is None:
            from studio.engine.engine import Engine

            self._engine = Engine([resource("models"), self.home.models], device=self.device,
                                  cache=self.home.cache)
        return self._engine

    def library(self) -> Library:
        """The library of the home."""
        if self._library is None:
            from studio.library.database import Library

            self._library = Library(self.home)
        return self._library

    def run(self, work: Generator[Any, None, T]) -> T:
        """Run a generator to its end, showing its progress; return what it returns."""
        try:
            while True:
                item = next(work)
                if isinstance(item, Status):
                    self.progress(_words(item))
                elif isinstance(item, Frame):
                    self.progress(f"Step {item.index} of {item.total}")
        except StopIteration as done:
            return done.value
        finally:
            self.progress("")

    def progress(self, words: str) -> None:
        """Show what is going on: one line that is written over, on a terminal only."""
        if words == self._shown or not sys.stderr.isatty():
            return
        if words and time.monotonic() - self._shown_at < 0.05:
            return
        sys.stderr.write(f"\r\033[K{_plain(words)}")
        sys.stderr.flush()
        self._shown, self._shown_at = words, time.monotonic()

    def say(self, text: str) -> None:
        """Print a line of the answer for people; silent with --json."""
        if not self.is_json:
            print(_plain(text), flush=True)

    def note(self, text: str) -> None:
        """Print a remark beside the answer."""
        self.progress("")
        print(_plain(text), file=sys.stderr, flush=True)

    def answer(self, facts: Mapping[str, Any] | Sequence[Any]) -> None:
        """Print the one JSON object, if --json was asked for."""
        if self.is_json:
            print(json.dumps(facts, default=str), flush=True)

    def close(self) -> None:
        """Close what was opened."""
        if self._library is not None:
            self._library.close()


def _plain(text: str) -> str:
    """Without what a terminal would obey: a stranger named that model, wrote that prompt."""
    return _CONTROLS.sub("�", text)


def _words(status: Status) -> str:
    parts = [status.stage.value, status.detail]
    if status.fraction is not None:
        parts.append(f"{status.fraction:.0%}")
    return " ".join(part for part in parts if part)


def command_names() -> list[str]:
    """The commands there are: the modules of studio.commands that have a NAME."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(commands.__path__)
        if hasattr(_module(module.name), "NAME")
    )


def _module(name: str) -> Any:
    return importlib.import_module(f"studio.commands.{name}")


class _Parser(argparse.ArgumentParser):
    """Tells of wrong use on stderr as ever; with --json there is one object on stdout, too."""

    is_json = False

    def error(self, message: str) -> NoReturn:
        """Called by argparse; exits with 2."""
        if self.is_json:
            hint = f"`{self.prog} --help` explains the options."
            print(json.dumps({"error": message, "hint": hint}), flush=True)
        super().error(message)


def build_parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the command that argv names is imported, if it names one."""
    parser = _Parser(
        prog="studio", description=_DESCRIPTION, epilog="STUDIO_HOME sets where everything is kept."
    )
    parser.is_json = "--json" in argv
    parser.add_argument("--version", action="version", version=f"studio {studio.__version__}")
    commands_parser = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    there = {module.name for module in pkgutil.iter_modules(commands.__path__)}
    is_one = bool(argv) and argv[0] in there and hasattr(_module(argv[0]), "NAME")
    for name in [argv[0]] if is_one else command_names():
        module = _module(name)
        one = commands_parser.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        one.is_json = parser.is_json
        module.add_arguments(one)
        one.add_argument("--json", action="store_true", help="print one JSON object on stdout")
        one.set_defaults(run=module.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. Errors are told in words on stderr."""
    argv = sys.argv[1:] if argv is None else argv
    parser = build_parser(argv)
    args = parser.parse_args(argv)
    if args.command is None:
        parser.print_help()
        return 0
    headless = Headless(
        Home.from_environment(), is_json=args.json, device=vars(args).get("device") or "auto"
    )
    previous = _listen_for_interrupt(headless)
    try:
        return int(args.run(args, headless))
    except (StudioError, Cancelled, KeyboardInterrupt) as error:
        return _tell(headless, error)
    except BrokenPipeError:  # `studio models | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        headless.close()
        if previous is not None:
            signal.signal(signal.SIGINT, previous)


def _listen_for_interrupt(headless: Headless) -> Any:
    """The first Ctrl+C asks the work to stop and keep what it has, the second ends the program."""
    if threading.current_thread() is not threading.main_thread():
        return None

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if headless.stop.is_set():
            raise KeyboardInterrupt
        headless.stop.set()
        headless.note("Stopping; what was made is kept. Press Ctrl+C again to quit at once.")

    return signal.signal(signal.SIGINT, on_interrupt)


def _tell(headless: Headless, error: StudioError | Cancelled | KeyboardInterrupt) -> int:
    made = {"pictures": headless.made} if headless.made else {}
    if unkept := getattr(error, "unkept", None):
        headless.note(f"studio: the steps made so far could not be saved. {unkept}")
    if isinstance(error, StudioError):
        headless.note(f"studio: {error.message}")
        if error.hint:
            headless.note(f"        {error.hint}")
        headless.answer({"error": error.message, "hint": error.hint, **made})
        return 2 if isinstance(error, InvalidRequest) else 1
    headless.note("studio: stopped.")
    headless.answer({"error": "stopped", "hint": "", **made})
    return STOPPED


def install_excepthook(home: Home) -> None:
    """Tell of unexpected errors in words, with the details in a file, instead of a traceback."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):  # before `main` listens, or pressed twice
            print("studio: stopped.", file=sys.stderr)
            return
        words = "".join(traceback.format_exception(kind, error, trace))
        print(f"studio: something went wrong that should not: {error!r:.200}", file=sys.stderr)
        file = home.logs / "crash.log"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(words, encoding="utf-8", errors="replace")
            print(f"        The details are in {file}; please report them.", file=sys.stderr)
        except OSError:
            print(words, file=sys.stderr)

    sys.excepthook = hook


def run_from_shell(argv: Sequence[str] | None = None) -> int:
    """`main` for a real shell: no traceback reaches the terminal, whatever happens."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="studio: %(message)s")
    # Not every terminal knows our signs, and not every file name is text.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    install_excepthook(Home.from_environment())
    return main(argv)


if __name__ == "__main__":
    raise SystemExit(run_from_shell())
