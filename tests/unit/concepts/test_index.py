"""Indexing: new, changed, moved, gone, broken and hostile files; stopping and going on."""

from __future__ import annotations

import os
import shutil
import threading
import time

import numpy as np
import pytest
from PIL import Image

from studio.concepts import decode, index
from studio.concepts.decode import Thumbnails
from studio.concepts.file_store import FileStore
from studio.concepts.index import Indexer
from studio.engine.errors import BrokenFile, Cancelled
from tests.unit.concepts.conftest import picture


@pytest.fixture
def store(tmp_path, encoder):
    store = FileStore(tmp_path / "index", encoder.dimensions, encoder.model)
    yield store
    store.close()


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "pictures"
    (path / "sub").mkdir(parents=True)
    for i in range(5):
        picture(seed=i).save(path / f"{i}.png")
    picture(seed=9).save(path / "sub" / "photo.JPG")
    return path


def run(store, encoder, *folders, stop=None, **options):
    """All progress and the report."""
    steps = []
    generator = Indexer(store, encoder, folders, **options).run(stop or threading.Event())
    while True:
        try:
            steps.append(next(generator))
        except StopIteration as done:
            return done.value, steps


def test_a_folder_is_indexed_once(store, encoder, folder):
    report, steps = run(store, encoder, folder)
    assert (report.embedded, report.failed, report.unchanged) == (6, 0, 0)
    assert len(store) == 6
    assert steps[-1].done == steps[-1].total == 6
    again, _ = run(store, encoder, folder, folder / "sub")
    assert (again.embedded, again.unchanged) == (0, 6)
    item = store.find(str(folder / "sub" / "photo.JPG"))[0]
    assert (item.width, item.height) == (64, 48)


def test_changed_moved_copied_and_deleted_files(store, encoder, folder):
    run(store, encoder, folder)
    picture(seed=77).save(folder / "0.png")
    os.rename(folder / "1.png", folder / "sub" / "renamed.png")
    shutil.copy(folder / "2.png", folder / "copy.png")
    (folder / "3.png").unlink()
    report, _ = run(store, encoder, folder)
    assert (report.embedded, report.copied, report.removed) == (1, 2, 2)
    assert len(store) == 6
    assert store.find(str(folder / "sub" / "renamed.png"))[0].state == "ready"
    assert store.find(str(folder / "3.png")) == []


def test_broken_files_are_remembered_with_their_reason_and_not_tried_again(store, encoder, folder):
    (folder / "empty.png").touch()
    (folder / "cut.png").write_bytes((folder / "0.png").read_bytes()[:200])
    (folder / "text.jpg").write_text("no picture")
    (folder / "zero.webp").write_bytes(b"\0" * 4000)
    report, _ = run(store, encoder, folder)
    assert report.failed == 4
    reasons = {os.path.basename(item.file): item.reason for item in store.failures()}
    assert "empty" in reasons["empty.png"]
    assert "damaged" in reasons["cut.png"]
    again, _ = run(store, encoder, folder)
    assert (again.failed, again.embedded) == (0, 0)
    picture(seed=3).save(folder / "cut.png")
    mended, _ = run(store, encoder, folder)
    assert mended.embedded + mended.copied == 1
    assert len(store.failures()) == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_pipes_and_loops_of_links_do_not_hang(store, encoder, folder):
    os.mkfifo(folder / "pipe.png")
    os.symlink(folder, folder / "sub" / "loop")
    os.symlink(folder / "nowhere.png", folder / "dangling.png")
    report, _ = run(store, encoder, folder)
    assert report.embedded == 6


def test_an_unplugged_drive_forgets_nothing(store, encoder, folder):
    run(store, encoder, folder)
    shutil.move(folder, folder.with_name("away"))
    report, _ = run(store, encoder, folder)
    assert report.unread_folders == (str(folder),)
    assert len(store) == 6


def test_stopping_keeps_what_is_done(store, encoder, folder, monkeypatch):
    monkeypatch.setattr(index, "BATCH", 2)
    stop = threading.Event()
    generator = Indexer(store, encoder, [folder]).run(stop)
    for step in generator:
        if step.done >= 2:
            stop.set()
            break
    with pytest.raises(Cancelled):
        list(generator)
    kept = len(store)
    assert 2 <= kept < 6
    report, _ = run(store, encoder, folder)
    assert report.unchanged == kept
    assert len(store) == 6


def test_what_is_decoded_when_stopped_is_not_decoded_again(store, encoder, folder):
    stop = threading.Event()
    prepare, prepared = encoder.prepare, []

    def stopping(image):
        prepared.append(image)
        if len(prepared) == 3:
            stop.set()
        return prepare(image)

    encoder.prepare = stopping
    with pytest.raises(Cancelled):
        list(Indexer(store, encoder, [folder]).run(stop))
    assert 1 <= len(store) < 6  # without it nothing would be kept: the batch was not full


def test_slow_models_and_slow_pictures_have_small_batches(store, encoder, folder, monkeypatch):
    monkeypatch.setattr(index, "BATCH_SECONDS", 0.02)
    pictures, sizes = encoder.pictures, []

    def slow(prepared):
        sizes.append(len(prepared))
        time.sleep(0.015 * len(prepared))
        return pictures(prepared)

    encoder.pictures = slow
    run(store, encoder, folder)
    assert sizes[1:-1] == [1] * (len(sizes) - 2)
    assert len(sizes) >= 3


def test_closing_the_generator_keeps_what_is_done(store, encoder, folder, monkeypatch):
    monkeypatch.setattr(index, "BATCH", 2)
    generator = Indexer(store, encoder, [folder]).run(threading.Event())
    for step in generator:
        if step.done >= 4:
            break
    generator.close()
    assert len(store) >= 4


def test_steps_of_strips_are_indexed(store, encoder, folder):
    (folder / "0001.take").write_bytes(b"strip")
    frames = {i: np.asarray(picture(seed=20 + i)) for i in range(3)}
    run(store, encoder, folder, read_frames=lambda path: frames)
    items = store.find(str(folder / "0001.take"))
    assert [item.part for item in items] == [0, 1, 2]
    (folder / "0001.take").write_bytes(b"a shorter strip")
    run(store, encoder, folder, read_frames=lambda path: {0: frames[0]})
    assert [item.part for item in store.find(str(folder / "0001.take"))] == [0]
    run(store, encoder, folder)
    assert store.find(str(folder / "0001.take")) == []


def test_a_long_strip_is_left_half_way_when_asked_to_stop(store, encoder, folder, monkeypatch):
    (folder / "0001.take").write_bytes(b"strip")
    os.utime(folder / "0001.take", (2e9, 2e9))  # the newest comes first
    frames = dict.fromkeys(range(100), np.asarray(picture(seed=20)))
    stop, sizes, real = threading.Event(), [], encoder.pictures

    def watched(prepared):
        sizes.append(len(prepared))
        stop.set()
        return real(prepared)

    monkeypatch.setattr(encoder, "pictures", watched)
    with pytest.raises(Cancelled):
        run(store, encoder, folder, stop=stop, read_frames=lambda path: frames)
    assert sizes == [index.BATCH]
    assert store.find(str(folder / "0001.take")) == []  # all of it, or nothing


def test_few_strips_wait_for_the_model_at_a_time(store, encoder, tmp_path, monkeypatch):
    for number in range(30):
        (tmp_path / f"{number}.take").write_bytes(b"strip %d" % number)
    opened, encoded = [], []
    frames = {0: np.asarray(picture(seed=20))}
    real = encoder.pictures

    def watched(prepared):
        encoded.append(len(opened))
        return real(prepared)

    monkeypatch.setattr(encoder, "pictures", watched)
    run(store, encoder, tmp_path, read_frames=lambda path: opened.append(path) or frames)
    most = index.AHEAD // index.STRIP_ROOM + index.BATCH
    assert len(opened) == 30
    assert encoded[0] <= most < 30


def test_an_error_that_nobody_has_thought_of_costs_one_file(store, encoder, folder):
    (folder / "0001.take").write_bytes(b"strip")

    def strange(path):
        raise ZeroDivisionError("what is this?")

    report, _ = run(store, encoder, folder, read_frames=strange)
    assert (report.embedded, report.failed) == (6, 1)
    assert store.failures()[0].reason == "0001.take cannot be read."


def test_thumbnails_are_made_on_the_way(store, encoder, folder, tmp_path):
    thumbnails = Thumbnails(tmp_path / "thumbs")
    picture(seed=1, size=(1024, 768)).save(folder / "large.png")
    run(store, encoder, folder, thumbnails=thumbnails)
    item = store.find(str(folder / "large.png"))[0]
    with Image.open(thumbnails.path(item.reference, item.mtime_ns)) as small:
        assert small.size == (256, 192)


def test_files_are_opened_once_and_only_compared_where_the_sizes_are_equal(
    store, encoder, folder, monkeypatch
):
    read, real = [], decode.digest

    def noting(path):
        read.append(path.name)
        return real(path)

    monkeypatch.setattr(decode, "digest", noting)
    run(store, encoder, folder)
    assert len(read) == len(set(read)) == 6
    read.clear()
    shutil.copy(folder / "2.png", folder / "copy.png")
    report, _ = run(store, encoder, folder)
    assert (report.copied, report.embedded, read) == (1, 0, ["copy.png"])


def test_indexing_waits_while_a_picture_is_made(store, encoder, folder, monkeypatch):
    monkeypatch.setattr(index, "BATCH", 2)
    monkeypatch.setattr(index, "BUSY_POLL_SECONDS", 0.01)
    answers = iter([True, True, False])
    report, _ = run(store, encoder, folder, is_busy=lambda: next(answers, False))
    assert report.embedded == 6
    assert next(answers, "all asked") == "all asked"


def test_pictures_are_upright_flat_and_only_their_first_frame(tmp_path):
    sideways = picture(size=(60, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways.save(tmp_path / "a.jpg", exif=exif)
    image, size = decode.open_picture(tmp_path / "a.jpg", 512)
    assert image.size == size == (20, 60)
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "b.png")
    assert decode.open_picture(tmp_path / "b.png", 512)[0].getpixel((0, 0)) == (128, 128, 128)
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "c.webp", save_all=True, append_images=frames[1:], lossless=True)
    assert decode.open_picture(tmp_path / "c.webp", 512)[0].getpixel((0, 0)) == (255, 0, 0)
    Image.fromarray(np.full((8, 8), 40_000, np.uint16)).save(tmp_path / "d.png")
    assert decode.open_picture(tmp_path / "d.png", 512)[0].getpixel((0, 0)) == (156,) * 3


def test_large_jpegs_are_decoded_small(tmp_path):
    picture(seed=1, size=(4096, 3072)).save(tmp_path / "big.jpg")
    image, size = decode.open_picture(tmp_path / "big.jpg", 512)
    assert size == (4096, 3072)
    assert 512 <= min(image.size) < 1024


def test_a_bomb_is_refused_by_its_header(tmp_path):
    import zlib

    def chunk(kind, data):
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    (tmp_path / "bomb.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    )
    with pytest.raises(BrokenFile, match=r"large|pixels"):
        decode.open_picture(tmp_path / "bomb.png", 512)
