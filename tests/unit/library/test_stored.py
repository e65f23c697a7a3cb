"""Steps and frames of a take on disk behave as the lists that they were."""

import numpy as np
import pytest

from studio.engine.errors import BrokenFile
from studio.library.forks import step_at
from studio.library.stored import StoredFrames, StoredSteps, indices_of
from studio.library.takes import load_take, save_take
from studio.library.tensorfile import Block, TensorFile, file_pieces
from tests.fakes import make_take


@pytest.fixture
def take(tmp_path):
    save_take(tmp_path / "a.take", make_take(steps=4))
    return load_take(tmp_path / "a.take")


def test_they_are_sequences(take):
    assert len(take.steps) == len(take.frames) == 5
    assert [step.index for step in take.steps] == [0, 1, 2, 3, 4]
    assert [frame.index for frame in take.frames[1:4:2]] == [1, 3]
    assert take.steps[-1].index == 4
    assert [f.index for f in reversed(take.frames)] == [4, 3, 2, 1, 0]
    with pytest.raises(IndexError):
        take.steps[5]


def test_indices_are_told_without_reading_tensors(take, monkeypatch):
    monkeypatch.setattr(TensorFile, "read", None)
    assert indices_of(take.steps) == [0, 1, 2, 3, 4]
    assert indices_of(make_take(steps=2).steps) == [0, 1, 2]
    with pytest.raises(BrokenFile):
        take.steps[0]


def test_a_step_is_found_without_reading_those_before_it(take, monkeypatch):
    read, asked = TensorFile.read, []
    monkeypatch.setattr(TensorFile, "read", lambda self, *a: asked.append(a) or read(self, *a))
    step_at(take, 3)
    assert len(asked) == 9  # x, rng, cond, uncond, x0, and two steps' memory of x and x0


def test_tensors_may_be_written_to(take):
    step = take.steps[0]
    step.x.zero_()  # an own copy: nothing else changes
    assert take.steps[0].x.abs().sum() > 0


def test_strange_lanes_are_left_out(tmp_path):
    path = tmp_path / "a.take"
    path.write_bytes(b"".join(file_pieces([Block("lanes", "U8", (4,), [b"abcd"])], {})))
    item = {"index": 0, "total": 1, "sigma": 1, "timestep": 1, "seconds": 0, "change": 0,
            "guidance_scale": 1, "lanes": {"x0": [0, 4], "<b>evil</b>": [0, 4]}}  # fmt: skip
    (frame,) = StoredFrames(TensorFile(path), [item])
    assert list(frame.lanes) == ["x0"]


@pytest.mark.parametrize("described", [None, {}, "text", [1], [None], [{}], [{"index": "x"}]])
def test_nonsense_is_named(tmp_path, described):
    path = tmp_path / "0001.take"
    path.write_bytes(b"".join(file_pieces([Block("lanes", "U8", (0,), [])], {})))
    for kind in (StoredSteps, StoredFrames):
        with pytest.raises((BrokenFile, ValueError)):
            kind(TensorFile(path), described)[0]


@pytest.mark.parametrize(("index", "total"), [(-1, 4), (5, 4), (0, 10**12), (10**30, 10**30)])
def test_steps_that_are_out_of_their_run_make_no_sense(tmp_path, index, total):
    """A strip of 10 ** 12 columns is wider than any scroll bar can say."""
    path = tmp_path / "a.take"
    path.write_bytes(b"".join(file_pieces([Block("lanes", "U8", (4,), [b"abcd"])], {})))
    item = {"index": index, "total": total, "sigma": 1, "timestep": 1, "seconds": 0, "change": 0,
            "guidance_scale": 1, "lanes": {}}  # fmt: skip
    with pytest.raises(BrokenFile, match="step 0 makes no sense"):
        StoredFrames(TensorFile(path), [item])[0]


def test_frames_need_no_torch(tmp_path):
    import subprocess
    import sys

    save_take(tmp_path / "a.take", make_take(steps=2))
    code = (
        "import sys; from pathlib import Path; from studio.library.takes import load_take;"
        "take = load_take(Path(sys.argv[1]));"
        "assert take.frames[1].lanes['x0'].shape == (32, 32, 3);"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.take")], check=False)
    assert done.returncode == 0


def test_a_pixel_is_what_it_was(take):
    want = make_take(steps=4).frames[2].lanes["delta"]
    assert np.abs(take.frames[2].lanes["delta"].astype(int) - want).mean() < 3
