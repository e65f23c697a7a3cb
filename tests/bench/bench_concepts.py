"""Figures of the concepts room: run with  pytest tests/bench/bench_concepts.py -m bench -s

Environment: CONCEPTS_ROWS (default 1000000), CONCEPTS_KILLS (default 50), scratch on tmp_path.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from studio.concepts import ranking, search, words
from studio.concepts.algebra import unit
from studio.concepts.file_store import FileStore
from studio.concepts.store import Entry, Source
from studio.concepts.vocabulary import Vocabulary, Word
from tests.unit.concepts.test_file_store import WRITER

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
D = 512
BATCH = 8192


def rows_of(rng, count):
    """Clustered like CLIP's: a common part, bursts of four."""
    centres = np.repeat(rng.standard_normal((-(-count // 4), D), np.float32), 4, 0)[:count]
    common = np.zeros(D, np.float32)
    common[0] = 18
    return unit(common + centres + 0.5 * rng.standard_normal((count, D), np.float32))


def fill(store, count):
    rng = np.random.default_rng(0)
    began = time.perf_counter()
    for at in range(0, count, BATCH):
        some = min(BATCH, count - at)
        entries = [Entry(source=Source(file=f"/pictures/{(at + i) // 500}/{at + i}.jpg", size=1,
                                       mtime_ns=1)) for i in range(some)]  # fmt: skip
        store.add(entries, rows_of(rng, some))
    return count / (time.perf_counter() - began)


def p50(work, times=15):
    """Median and least milliseconds."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(1e3 * (time.perf_counter() - began))
    return float(np.median(spent)), min(spent)


def memory_read(store):
    """The floor of any exact scan: the whole matrix goes through the processor once."""
    words_ = store._matrix.view(store._row_count()).view(np.uint64).reshape(-1)
    with ThreadPoolExecutor(2) as pool:
        return max(pool.map(np.max, np.array_split(words_, 16)))


def exact_ids(store, query, k):
    """The truth, in float32, block by block."""
    best = []
    matrix = store._matrix.view(store._row_count())
    for at in range(0, len(matrix), 65536):
        best.append(np.asarray(matrix[at : at + 65536], np.float32) @ query)
    return set((np.argsort(-np.concatenate(best))[:k] + 1).tolist())


@pytest.mark.parametrize("count", [100_000, int(os.environ.get("CONCEPTS_ROWS", "1000000"))])
def test_the_store(tmp_path, count):
    store = FileStore(tmp_path, D, "bench")
    rate = fill(store, count)
    store.close()
    began = time.perf_counter()
    store = FileStore(tmp_path, D, "bench")
    probe = unit(np.ones(D, np.float32))
    opened = time.perf_counter() - began
    first = time.perf_counter()
    search.search(store, probe, count=50)
    first = time.perf_counter() - first
    picks = store.vectors([5, 5000, 70_000, 99_999])
    queries = {"picture": picks[0], "difference": unit(picks[1] - picks[2])}
    floor = p50(lambda: memory_read(store), 9)
    print(f"\n{count:>9,} every byte read once by two threads: p50 {floor[0]:.1f} best"
          f" {floor[1]:.1f} ms; load {os.getloadavg()[0]:.1f}")  # fmt: skip
    for kind, query in queries.items():
        scan = p50(lambda q=query: store.score(q[None], 50))
        whole = p50(lambda q=query: search.search(store, q, count=50))
        found = {hit.item.id for hit in search.search(store, query, count=50).hits}
        recall = len(found & exact_ids(store, query, 50)) / 50
        print(
            f"\n{count:>9,} {kind:10}: scan p50 {scan[0]:6.1f} best {scan[1]:6.1f} ms; with"
            f" statistics {whole[0]:6.1f} / {whole[1]:6.1f} ms; recall@50 {recall:.2f}"
        )
        assert recall == 1.0
    print(f"{count:>9,} add {rate:,.0f}/s; open {opened:.2f} s; first query {first:.2f} s")
    store.close()


def test_fifteen_thousand_words():
    rng = np.random.default_rng(0)
    plain = unit(rng.standard_normal((15_000, D)).astype(np.float32))
    many = Vocabulary("many", tuple(Word(f"w{i}") for i in range(15_000)))
    space = words.build_space(many, plain, rows_of(rng, 600))
    direction = unit(rng.standard_normal(D).astype(np.float32))
    middle, best = p50(lambda: ranking.name(space, direction))
    print(f"\nwords: 15,000 ranked in p50 {middle:.1f} best {best:.1f} ms (target 20)")


def test_kill_9_at_random_moments(tmp_path):
    kills = int(os.environ.get("CONCEPTS_KILLS", "50"))
    root = Path(search.__file__).parents[2]
    told = redone = 0
    for _ in range(kills):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)],
                              stdout=subprocess.PIPE, text=True, cwd=root) as process:  # fmt: skip
            told = int(process.stdout.readline())
            timer = threading.Timer(random.random(), process.kill)
            timer.start()
            for line in process.stdout:
                told = int(line)
        timer.cancel()
        store = FileStore(tmp_path, 16, "m")
        assert len(store) >= told
        redone = max(redone, len(store) - told)
        ids = np.arange(1, len(store) + 1)
        assert (store.vectors(ids)[:, 0] == (ids - 1) % 1000).all()
        list(store.verify())
        assert len(store) == len(ids)
        store.close()
    print(f"\nkill -9: {kills} of {kills} whole; {told:,} pictures; at most {redone} unannounced")
