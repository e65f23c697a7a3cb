"""Indexing beside a living window, stopped, and killed: figures.

Run with: pytest -m bench -s tests/bench/bench_indexing.py
Goals (issue 6): the window is less than 50 ms late while pictures are indexed; stop and resume
lose ≤ 2 s; after kill -9 the index opens and re-does at most the last batch. The columns of the
first are those of bench_lateness. Environment: CONCEPTS_KILLS (default 50).
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from studio.concepts.decode import Thumbnails
from studio.concepts.file_store import FileStore
from studio.concepts.index import BATCH, COMMIT_PICTURES, Indexer
from studio.concepts.space import contact_sheet
from studio.engine.errors import Cancelled
from studio.resources import resource
from tests.bench.bench_lateness import MAX_MS, ROOT, Ticks, head, row

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
NEEDS_SCHEDSTAT = pytest.mark.skipif(
    not os.path.exists("/proc/self/schedstat"), reason="reads Linux's schedstat"
)


def fill_folder(folder, sizes):
    """Distinct pictures. sizes: (width, height, suffix) of each."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    sheet = contact_sheet(resource("vocabulary") / "starter-128.webp")
    for i, (width, height, suffix) in enumerate(sizes):
        image = sheet[i % len(sheet)].resize((width, height))
        image.paste(tuple(rng.integers(0, 255, 3).tolist()), (0, 0, 8, 8))
        image.save(folder / f"{i}.{suffix}", quality=90, compress_level=1)


@pytest.fixture
def studio(qtbot, tmp_path):
    from studio.app import SWITCH_INTERVAL, create_window

    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    window = create_window(tmp_path / "home")
    window.resize(1280, 800)
    window.show()
    yield window.studio
    window.close()
    sys.setswitchinterval(interval)


@NEEDS_SCHEDSTAT
@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_window_stays_alive_while_folders_are_indexed(qtbot, studio, tmp_path):
    room = studio.concepts
    sizes = [(512, 512, "png")] * 100 + [(1024, 1024, "jpg")] * 160 + [(4000, 3000, "jpg")] * 40
    fill_folder(tmp_path / "pictures", sizes)
    room.open()
    qtbot.waitUntil(lambda: room.asking.running is None and bool(room.models), timeout=200_000)
    qtbot.wait(2000)
    head()
    control = Ticks()
    qtbot.wait(4000)
    row("idle worker (control)", control.summary())
    control.deleteLater()
    room.bar.set_text("a hat")
    ticks = Ticks()
    room.kept.add_folder(tmp_path / "pictures")
    room.start_indexing()
    qtbot.waitUntil(lambda: room.indexing.state.report is not None, timeout=300_000)
    row(f"{len(sizes)} pictures indexed", ticks.summary())
    report = room.indexing.state.report
    print(f"{report.embedded} in {report.seconds:.1f} s, {len(ticks.late)} ticks, "
          f"{sum(late > MAX_MS for late in ticks.late)} later than {MAX_MS:.0f} ms; "
          f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")  # fmt: skip
    assert report.embedded == len(sizes)
    assert max(ticks.own) <= MAX_MS


@pytest.mark.parametrize("size", [(128, 128, "png"), (4000, 3000, "jpg")])
def test_stop_and_resume_lose_little(tmp_path, size):
    from studio.concepts.load_encoder import load_encoder

    encoder = load_encoder(resource("models/starter") / "open_clip")
    count = 600 if size[0] < 1000 else 60
    fill_folder(tmp_path / "pictures", [size] * count)
    decoded, prepare = [], encoder.prepare
    encoder.prepare = lambda image: decoded.append(1) or prepare(image)
    store = FileStore(tmp_path / "index", encoder.dimensions, encoder.model)
    chance, until, lost = random.Random(0), [], []
    while len(store) < count:
        before, made, began = len(store), len(decoded), time.monotonic()
        stop, pressed = threading.Event(), []
        indexer = Indexer(store, encoder, [tmp_path / "pictures"],
                          thumbnails=Thumbnails(tmp_path / "t"), side=256)  # fmt: skip
        timer = threading.Timer(chance.uniform(0.05, 0.4), lambda p=pressed, s=stop: (
            p.append(time.monotonic()), s.set()))  # fmt: skip
        timer.start()
        try:
            for _progress in indexer.run(stop):
                pass
        except Cancelled:
            until.append(time.monotonic() - pressed[0])
        timer.cancel()
        work, kept = len(decoded) - made, len(store) - before
        lost.append((time.monotonic() - began) * (work - kept) / max(work, 1))
    print(f"\n{size[0]} px: stopped {len(until)} times, at most {max(until, default=0):.2f} s "
          f"after the wish; at most {max(lost):.2f} s of work lost")  # fmt: skip
    assert max(lost) <= 2
    store.close()


SERVER = """
import os, sys
from studio.concepts import file_store, index
add, encode = file_store.FileStore.add, index.Indexer._encode
def told_add(self, entries, vectors):
    add(self, entries, vectors)
    print("kept", len(entries), flush=True)
def told_encode(self, batch, stop):
    print("encoding", len(batch), flush=True)
    encode(self, batch, stop)
file_store.FileStore.add, index.Indexer._encode = told_add, told_encode
from studio.cli import main
os.environ["STUDIO_HOME"] = sys.argv[2]
main(["index", sys.argv[2]])  # an empty folder: everything is imported
for line in sys.stdin:
    os.environ["STUDIO_HOME"] = line.strip()
    child = os.fork()  # a process of its own for each run, without importing everything again
    if not child:
        os._exit(main(["index", sys.argv[1]]))
    print("\\nprocess", child, flush=True)  # whatever the killed one was just saying
    print("\\nend", os.waitpid(child, 0)[1], flush=True)
"""


@pytest.fixture
def server(tmp_path):
    (tmp_path / "empty").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, tmp_path / "pictures", tmp_path / "empty"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        cwd=ROOT,
    ) as process:  # fmt: skip
        yield process
        process.stdin.close()


def kill(process):
    with contextlib.suppress(ProcessLookupError):  # it was done sooner
        os.kill(process, signal.SIGKILL)


def killed_run(server, home, chance):
    """Run the command and kill it at a random moment.

    Returns pictures kept, pictures begun but not kept, and whether it was killed before its end.
    """
    print(home, file=server.stdin, flush=True)
    kept = begun = child = 0
    timer = None
    while True:
        line = server.stdout.readline()
        assert line, "the server has died"
        if line.split()[:1] not in (["kept"], ["encoding"], ["process"], ["end"]):
            continue  # what the command says at its own end
        word, number = line.split()
        kept += int(number) if word == "kept" else 0
        begun += int(number) if word == "encoding" else 0
        child = int(number) if word == "process" else child
        if word == "end":
            break
        if word == "encoding" and timer is None and child:  # work has begun
            moment = chance.uniform(0.0, 2.5)
            timer = threading.Timer(moment, kill, (child,))
            timer.start()
    if timer is not None:
        timer.cancel()
    return kept, begun - kept, int(number) == signal.SIGKILL


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_kill_9_of_the_real_command(tmp_path, server):
    kills, chance = int(os.environ.get("CONCEPTS_KILLS", "50")), random.Random(0)
    fill_folder(tmp_path / "pictures", [(256, 256, "jpg")] * 1500)
    total, most, generation, done = 0, 0, 0, 0
    while done < kills:
        home = tmp_path / f"home-{generation}"
        kept, redone, was_killed = killed_run(server, home, chance)
        done, most = done + was_killed, max(most, redone)
        (folder,) = (home / "data" / "indexes").iterdir()
        facts = about(folder)
        store = FileStore(folder, facts["dimensions"], facts["model"])
        total += kept
        assert len(store) >= total
        assert redone <= COMMIT_PICTURES + BATCH
        list(store.verify())
        assert len(store) >= total  # every checksum is right
        ids = np.arange(1, len(store) + 1)
        lengths = np.linalg.norm(store.vectors(ids), axis=1)
        np.testing.assert_allclose(lengths, 1.0, atol=1e-2)
        total = len(store)
        store.close()
        if total == 1500:
            total, generation = 0, generation + 1
    print(f"\nkill -9 of `studio index`: {kills} of {kills} open and whole, at most {most} "
          f"pictures to be done again; load {os.getloadavg()[0]:.1f}")  # fmt: skip


def about(folder):
    import sqlite3

    connection = sqlite3.connect(folder / "index.db")
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    text = connection.execute("select value from meta where key = 'about'").fetchone()[0]
    connection.close()
    return json.loads(text)
