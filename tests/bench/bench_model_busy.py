"""How busy indexing keeps the model: figures, a line for each kind of file.

Run with: pytest -m bench -s tests/bench/bench_model_busy.py
Goal (issue 6): with the starter's CLIP at its real speed, decode and thumbnails cost ≤ 15 % of the
wall time. The cost is everything that the pass takes beyond the model alone: 1 - N e / wall, where
e is the model's time for a picture with the processor to itself. A picture that takes c of
processor time to decode cannot be indexed faster than max(e, (c + e) / cores): the floor is the
cost at that speed. Environment: BUSY_KINDS (comma-separated; default all), BUSY_SECONDS of the
model's time for each kind (default 3).
"""

from __future__ import annotations

import io
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.concepts.decode import Thumbnails, open_picture
from studio.concepts.file_store import FileStore
from studio.concepts.index import BATCH, Indexer
from studio.concepts.space import contact_sheet
from studio.resources import resource

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
GOAL = 0.15
# width, height, suffix
KINDS = {"128 px PNG": (128, 128, "png"), "512 px PNG": (512, 512, "png"),
         "1 MP PNG": (1024, 1024, "png"), "1 MP JPEG": (1024, 1024, "jpg"),
         "1 MP WebP": (1024, 1024, "webp"), "12 MP JPEG": (4000, 3000, "jpg"),
         "12 MP PNG": (4000, 3000, "png")}  # fmt: skip
GRAIN = 4.0  # of 255: without it large pictures would be easier to read than a camera's
FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
DISTINCT = 16
SIDE = 256  # px, as the program asks for


def make_pictures(folder, kind, count):
    """Pictures with grain, no two files alike; their mean size in bytes."""
    width, height, suffix = KINDS[kind]
    rng = np.random.default_rng(0)
    sheet = contact_sheet(resource("vocabulary") / "starter-128.webp")
    files = []
    for image in sheet[: min(count, DISTINCT)]:
        large = np.asarray(image.resize((width, height)), np.float32)
        large += GRAIN * rng.standard_normal(large.shape, np.float32)
        buffer = io.BytesIO()
        pixels = Image.fromarray(large.clip(0, 255).astype(np.uint8))
        pixels.save(buffer, FORMATS[suffix], quality=90, compress_level=4)
        files.append(buffer.getvalue())
    folder.mkdir()
    for i in range(count):  # what follows a picture's end is not decoded
        (folder / f"{i}.{suffix}").write_bytes(files[i % len(files)] + i.to_bytes(4, "big"))
    return sum(map(len, files)) / len(files)


def seconds_of(work, times, clock=time.perf_counter):
    """The median."""
    spent = []
    for _ in range(times):
        began = clock()
        work()
        spent.append(clock() - began)
    return float(np.median(spent))


def busy_seconds():
    """Processor time that all programs have had so far; 0 where that cannot be known."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return 0.0
    user, nice, system, _idle, _wait, *others = map(int, fields[:8])
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")


def finish(work):
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


@pytest.fixture(scope="module")
def encoder():
    import torch

    from studio.concepts.load_encoder import load_encoder

    torch.set_num_threads(1)  # as the program does: the other cores decode
    return load_encoder(resource("models/starter") / "open_clip")


def model_seconds(encoder, image):
    prepared = [encoder.prepare(image)] * BATCH
    return seconds_of(lambda: encoder.pictures(prepared), 9) / BATCH


@pytest.mark.parametrize("kind", [
    kind for kind in KINDS if kind in os.environ.get("BUSY_KINDS", ",".join(KINDS)).split(",")
])  # fmt: skip
def test_indexing_keeps_the_model_busy(tmp_path, encoder, kind):
    one = tmp_path / "one"
    make_pictures(one, kind, 1)
    (path,) = one.iterdir()
    decode = seconds_of(lambda: encoder.prepare(open_picture(path, SIDE)[0]), 9, time.thread_time)
    model = model_seconds(encoder, open_picture(path, SIDE)[0])
    cores = os.cpu_count() or 1
    least = max(model, (decode + model) / cores)
    count = int(float(os.environ.get("BUSY_SECONDS", "3")) / least) + 1
    size = make_pictures(tmp_path / "pictures", kind, count)
    store = FileStore(tmp_path / "index", encoder.dimensions, encoder.model)
    indexer = Indexer(store, encoder, [tmp_path / "pictures"], side=SIDE,
                      thumbnails=Thumbnails(tmp_path / "t"))  # fmt: skip
    used, all_used = time.process_time(), busy_seconds()
    report = finish(indexer.run(threading.Event()))
    used, all_used = time.process_time() - used, busy_seconds() - all_used
    foreign, used = (t / report.seconds / cores for t in (all_used - used, used))
    model = (model + model_seconds(encoder, open_picture(path, SIDE)[0])) / 2
    least = max(model, (decode + model) / cores)
    cost, floor = 1 - count * model / report.seconds, 1 - model / least
    print(
        f"\n{kind:10} {size / 1e3:7,.0f} kB: {count / report.seconds:6.1f} a second; decode and all"
        f" else cost {cost:4.0%} (floor {floor:4.0%} of {cores} cores, goal {GOAL:.0%});"
        f" the model waits {report.decode_seconds_waited / report.seconds:4.0%};"
        f" alone: model {1e3 * model:.2f}, decode {1e3 * decode:.2f} ms;"
        f" processor used {used:.0%}, by other programs {foreign:.0%}"
    )
    assert report.embedded == count
    store.close()
