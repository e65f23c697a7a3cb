"""kill -9 at random moments of saving, and two programs that save into one library at once:
every announced picture is whole, and the library opens.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from studio.library.database import Library
from studio.library.home import Home
from studio.library.images import read_picture
from studio.library.store import remove_leftovers
from studio.library.takes import load_take
from tests.laws.source import ROOT

CHILD = """
import dataclasses, hashlib, sys
from pathlib import Path
from studio.engine.record import Result, Take
from studio.engine.request import GenerationRequest
from studio.library.database import Library
from studio.library.home import Home
from tests.fakes import make_frame, picture
library = Library(Home(Path(sys.argv[1])))
library.count()
print("ready", flush=True)
number, most = 0, int(sys.argv[2]) if len(sys.argv) > 2 else 10**9
while number < most:
    number += 1
    request = GenerationRequest(prompt=str(number), seed=number, width=96, height=96)
    frames = [make_frame(i, 3) for i in range(4)]
    take = Take(id=str(number), request=request, steps=[], frames=frames, state="finished")
    result = Result(picture=picture(96, 96, number), take=take, seconds={})
    saved = library.save(result)
    digest = hashlib.sha256(result.picture.tobytes()).hexdigest()
    print(saved.path, digest, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
@pytest.mark.parametrize("count", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_nothing_announced_is_lost(tmp_path, count):
    chance, announced = random.Random(count), 0
    for number in range(count):
        root = tmp_path / f"{number // 4}"  # several kills on the same home, too
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(root)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.0, 0.25))
        child.send_signal(signal.SIGKILL)
        lines = child.stdout.read().splitlines()
        child.wait()
        child.stdout.close()
        told = [line.rsplit(" ", 1) for line in lines if " " in line]
        check(Home(root), told)
        announced += len(told)
    assert announced  # else nothing was put to the test


def test_two_programs_save_into_one_library(tmp_path):
    """No name is given twice, no picture is replaced, and the index knows them all."""
    count = 12
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), str(count)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=ROOT,
        )
        for _ in range(3)
    ]  # fmt: skip
    announced = []
    for child in children:
        told, complaint = child.communicate(timeout=200)
        assert child.returncode == 0, complaint
        announced += [line.rsplit(" ", 1) for line in told.splitlines() if " " in line]
    assert len({path for path, _ in announced}) == len(announced) == 3 * count
    check(Home(tmp_path), announced)


def check(home: Home, announced: list[list[str]]) -> None:
    connection = sqlite3.connect(home.database_file)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    library = Library(home)
    list(library.refresh())
    assert library.problem == ""
    rows = {str(row.path): row for row in library.page(0, 10_000)}
    for path, digest in announced:
        row = rows[path]
        assert hashlib.sha256(read_picture(row.path).tobytes()).hexdigest() == digest
        assert load_take(row.take_path).state == "finished"
    for row in rows.values():  # also those that were not announced any more
        assert read_picture(row.path).shape == (96, 96, 3)
    remove_leftovers(home.pictures, older_than=-1)
    strays = [p for p in home.pictures.rglob("*") if p.is_file() and not p.stat().st_size]
    assert strays == []
    library.close()
