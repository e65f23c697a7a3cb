"""Strips as files."""

from __future__ import annotations

import io
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from studio.engine.errors import Cancelled, StudioError
from studio.library.strips import (
    Look,
    chosen,
    contact_sheet,
    export_strip,
    has_video,
    lane_picture,
)
from tests.unit.state.filmstrip.frames import make_frames


def drain(work):
    seen = []
    while True:
        try:
            seen.append(next(work))
        except StopIteration as done:
            return done.value, seen


def test_sheet_has_every_lane_and_step(tmp_path):
    frames = make_frames(4)
    path, seen = drain(
        export_strip(tmp_path / "s.png", frames, Look(lanes=("noisy", "x0"), height=32))
    )
    image = Image.open(path)
    assert image.width == 2 * 16 + 92 + 5 * 40
    assert [s.fraction for s in seen] == sorted(s.fraction for s in seen)
    pixels = np.asarray(image)
    got = pixels[16 + 40 : 16 + 72, 16 + 92 + 3 * 40 : 16 + 92 + 3 * 40 + 32]
    assert np.abs(got.astype(int) - frames[3].lanes["x0"]).max() <= 1  # x0 of step 4, 1:1


def test_sheet_wraps_and_refuses_the_impossible():
    frames = make_frames(11, size=8)
    data, _ = drain(contact_sheet(frames, Look(height=8, per_row=4, has_captions=False)))
    image = Image.open(io.BytesIO(data))
    assert image.width == 2 * 16 + 92 + 4 * 16
    assert image.height == 32 + 3 * (3 * 16 + 8)
    with pytest.raises(StudioError, match="pixels"):
        drain(contact_sheet(frames, Look(height=9000)))


def test_a_single_step_too_many_does_not_make_a_second_row():
    data, _ = drain(contact_sheet(make_frames(20, size=8), Look(height=8, has_captions=False)))
    assert Image.open(io.BytesIO(data)).height == 32 + 3 * 16 + 8


def test_every_third_step_and_always_the_last():
    frames = make_frames(7, size=8)
    assert [f.index for f in chosen(frames, 3)] == [0, 3, 6, 7]
    assert [f.index for f in chosen(frames, 1)] == list(range(8))


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_animation_has_a_picture_per_step_and_the_right_time(tmp_path, suffix):
    look = Look(height=16, speed=10, hold=1.0)
    path, _ = drain(export_strip(tmp_path / f"s{suffix}", make_frames(5), look))
    with Image.open(path) as image:
        assert image.n_frames == 6
        durations = []
        for frame in range(6):
            image.seek(frame)
            image.load()
            durations.append(image.info["duration"])
    assert durations == [100] * 5 + [1100]


def test_unknown_ending_and_empty_strip_are_refused_in_words(tmp_path):
    with pytest.raises(StudioError, match=r"\.bmp"):
        drain(export_strip(tmp_path / "s.bmp", make_frames(2), Look()))
    with pytest.raises(StudioError, match="no strip"):
        drain(export_strip(tmp_path / "s.png", [], Look()))


@pytest.mark.skipif(has_video(), reason="PyAV is installed")
def test_without_pyav_a_film_says_what_to_do(tmp_path):
    with pytest.raises(StudioError, match="PyAV"):
        drain(export_strip(tmp_path / "s.mp4", make_frames(2), Look()))
    assert not (tmp_path / "s.mp4").exists()


def test_a_folder_named_av_is_no_pyav(tmp_path, monkeypatch):
    (tmp_path / "av").mkdir()
    monkeypatch.delitem(sys.modules, "av", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert not has_video()


@pytest.mark.skipif(not has_video(), reason="PyAV is not installed")
def test_film_is_an_mp4(tmp_path):
    path, _ = drain(export_strip(tmp_path / "s.mp4", make_frames(3), Look(height=32)))
    assert path.read_bytes()[4:8] == b"ftyp"


@pytest.mark.skipif(not has_video(), reason="PyAV is not installed")
def test_a_film_plays_back_step_by_step(tmp_path):
    import av

    frames = make_frames(6, size=64)
    look = Look(lanes=("x0", "noisy"), height=65, has_captions=False, speed=4, hold=1.0)
    path, progress = drain(export_strip(tmp_path / "s.mp4", frames, look))
    with av.open(str(path)) as film:
        played = [f.to_ndarray(format="rgb24") for f in film.decode(film.streams.video[0])]
        assert float(film.streams.video[0].average_rate) == 4
    assert len(played) == 7 + 4  # the last step stays for a second
    assert played[0].shape[0] % 2 == played[0].shape[1] % 2 == 0
    for shown, frame in zip(played, frames, strict=False):
        wanted = frame.lanes["x0"][4:60, 4:60].astype(int).mean((0, 1))
        assert abs(shown[4:60, 4:60].astype(int).mean((0, 1)) - wanted).max() < 16
    assert len(progress) == len(played) + 1  # and the writing


@pytest.mark.skipif(not has_video(), reason="PyAV is not installed")
@pytest.mark.parametrize("speed", [0.5, 2.5])
def test_a_film_has_the_speed_that_was_asked_for(tmp_path, speed):
    import av

    look = Look(height=32, speed=speed, hold=2.0)
    path, _ = drain(export_strip(tmp_path / "s.mp4", make_frames(4, size=32), look))
    with av.open(str(path)) as film:
        assert float(film.streams.video[0].average_rate) == speed
        assert len(list(film.decode(film.streams.video[0]))) == 5 + round(2 * speed)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".gif"])
def test_without_a_lane_there_is_nothing_to_show(tmp_path, suffix):
    with pytest.raises(StudioError, match="No lane"):
        drain(export_strip(tmp_path / f"s{suffix}", make_frames(2), Look(lanes=())))


@pytest.mark.skipif(not has_video(), reason="PyAV is not installed")
def test_a_film_can_be_stopped_at_any_step(tmp_path):
    work = export_strip(tmp_path / "s.mp4", make_frames(6, size=32), Look(height=32))
    for _ in range(4):
        next(work)
    work.close()
    assert list(tmp_path.iterdir()) == []


def test_closing_early_writes_nothing(tmp_path):
    work = export_strip(tmp_path / "s.png", make_frames(4), Look(height=16))
    next(work)
    work.close()
    assert list(tmp_path.iterdir()) == []


def test_signed_lanes_become_heat_maps():
    frame = make_frames(4)[1]
    grey = np.full((8, 8, 3), 128, np.uint8)
    quiet = type(frame)(**{s: getattr(frame, s) for s in frame.__slots__} | {"lanes": {
        "delta": grey}})  # fmt: skip
    assert lane_picture(quiet, "delta").max() <= 4  # nothing = dark
    assert lane_picture(quiet, "x0") is None
    grey[2:4, 2:4] = (255, 128, 0)
    hot = lane_picture(quiet, "delta")
    assert hot[2, 2].sum() > 400
    assert hot[6, 6].max() <= 4


@pytest.mark.parametrize("suffix", [".png", ".webp", ".gif"])
def test_who_cancels_while_the_last_bytes_are_packed_gets_no_file(tmp_path, suffix):
    work = export_strip(tmp_path / f"s{suffix}", make_frames(3), Look(height=16))
    for status in work:
        if status.fraction == 1.0:
            break
    work.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_a_stop_is_heard_between_the_pictures_that_are_encoded(tmp_path, suffix):
    """300 steps as GIF are encoded for a minute."""

    class Later(threading.Event):
        """A stop that comes when the encoder has taken its third picture."""

        asked = 0

        def is_set(self):
            Later.asked += 1
            return Later.asked > 3

    work = export_strip(tmp_path / f"s{suffix}", make_frames(20), Look(height=16), Later())
    with pytest.raises(Cancelled):
        drain(work)
    assert Later.asked <= 5
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".webp", ".gif", ".mp4"])
def test_animations_that_no_format_takes_are_refused_in_words(tmp_path, suffix):
    if suffix == ".mp4" and not has_video():
        pytest.skip("PyAV is not installed")
    wide = np.zeros((16, 128, 3), np.uint8)
    frames = [replace(frame, lanes=dict.fromkeys(frame.lanes, wide)) for frame in make_frames(2)]
    look = Look(lanes=("noisy", "x0", "cond", "uncond", "delta"), height=512)
    with pytest.raises(StudioError, match=r"20512 × 536 pixels"):
        drain(export_strip(tmp_path / f"s{suffix}", frames, look))


def test_animations_larger_than_the_memory_are_refused_in_words(tmp_path):
    """A thousand steps at the largest height were 12 GB, and the system ended the program."""
    frames = make_frames(1) * 500
    with pytest.raises(StudioError, match=r"would take 12\.1 GB of memory"):
        drain(export_strip(tmp_path / "s.webp", frames, Look(height=1024)))
    assert list(tmp_path.iterdir()) == []
