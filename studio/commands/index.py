"""`studio index`: make the pictures of folders findable by meaning, without a display."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.commands.concept_options import add_clip_options, open_concepts
from studio.commands.outputs import expanded
from studio.concepts.index import IndexProgress, IndexReport
from studio.library.counting import counted

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "index"
HELP = "Index the pictures of folders, so that `studio search` finds them."
FAILURES_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio index`."""
    parser.add_argument(
        "folders", metavar="FOLDER", nargs="*", type=Path, help="the studio's own without any"
    )
    add_clip_options(parser)


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Index; 0 when all folders could be read. Ctrl+C stops and keeps what is done."""
    concepts = open_concepts(args, headless)
    folders = [expanded(path).absolute() for path in args.folders or [headless.home.pictures]]
    try:
        report = _finish(headless, concepts.index(folders, headless.stop))
        failures = concepts.failures()
        count = concepts.indexed_count()
    finally:
        concepts.close()
    for note in concepts.notes:
        headless.note(note)
    facts: dict[str, Any] = asdict(report)
    headless.answer(facts | {
        "indexed": count,
        "failures": [{"path": item.file, "reason": item.reason} for item in failures],
    })  # fmt: skip
    headless.say(
        f"{counted(count)} can be found: {report.embedded:,} new, {report.copied:,} moved or"
        f" copied, {report.removed:,} gone, {report.unchanged:,} as before"
        f" ({report.seconds:.1f} s)."
    )
    for item in failures[:FAILURES_SHOWN]:
        headless.note(f"not read: {item.reason}")
    if len(failures) > FAILURES_SHOWN:
        headless.note(f"and {len(failures) - FAILURES_SHOWN} more; --json lists all.")
    for folder in report.unread_folders:
        headless.note(f"This folder could not be opened: {folder}")
    return 1 if report.unread_folders else 0


def _finish(headless: Headless, work: Generator[IndexProgress, None, IndexReport]) -> IndexReport:
    while True:
        try:
            headless.progress(words_of(next(work)))
        except StopIteration as done:
            headless.progress("")
            report: IndexReport = done.value
            return report


def words_of(progress: IndexProgress) -> str:
    """Progress in one line."""
    if progress.is_looking:
        return f"Looking for pictures … {progress.total:,} new"
    left = progress.seconds_left
    rest = "" if left is None or not progress.done else f", {left / 60:.0f} min left"
    if left is not None and left < 120:
        rest = f", {left:.0f} s left"
    return f"{progress.done:,} of {progress.total:,} pictures, {progress.rate:.1f} a second{rest}"
