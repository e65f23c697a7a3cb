"""A take on disk is the take that was made, to the last bit, and opens at once."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.engine.errors import BrokenFile, StudioError
from studio.engine.request import Concept, GenerationRequest, Inpaint
from studio.library import takes
from studio.library.takes import drop_steps, load_take, rename_take, save_take, take_size
from studio.library.tensorfile import Block, TensorFile, file_pieces
from tests.fakes import make_steps, make_take, picture

OLD = Path(__file__).parents[2] / "golden" / "filmstrip" / "format-1.take"


def same_tensor(a, b):
    if a is None or b is None:
        return a is b
    return a.dtype == b.dtype and a.shape == b.shape and torch.equal(a, b)


def assert_same_step(got, want):
    for field in dataclasses.fields(want):
        a, b = getattr(got, field.name), getattr(want, field.name)
        if field.name == "past":
            assert len(a) == len(b)
            for mine, theirs in zip(a, b, strict=True):
                assert same_tensor(mine.x, theirs.x)
                assert same_tensor(mine.x0, theirs.x0)
                assert mine.level == theirs.level
        elif field.name == "steered":
            assert len(a) == len(b)
            assert all(same_tensor(mine, theirs) for mine, theirs in zip(a, b, strict=True))
        elif field.name in ("x", "rng", "cond", "uncond", "x0"):
            assert same_tensor(a, b), field.name
        else:
            assert a == b, field.name


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_every_step_returns_bit_exact(tmp_path, dtype):
    take = dataclasses.replace(make_take(), steps=make_steps(5, dtype=dtype))
    save_take(tmp_path / "0001.take", take)
    got = load_take(tmp_path / "0001.take")
    assert len(got.steps) == 6
    for mine, theirs in zip(got.steps, take.steps, strict=True):
        assert_same_step(mine, theirs)


def steered_take(steps=4):
    """A take whose steps remember something: one tensor of their own, one that stays."""
    take, words = make_take(steps=steps), torch.ones(1, 6, 5)
    kept = [dataclasses.replace(s, steered=(s.x.reshape(1, 8, 32) / 3, words) if s.index else ())
            for s in take.steps]  # fmt: skip
    return dataclasses.replace(take, steps=kept)


def test_what_the_steer_remembers_returns_bit_exact_and_counts(tmp_path):
    take = steered_take()
    save_take(tmp_path / "a.take", take)
    save_take(tmp_path / "plain.take", make_take())
    for mine, theirs in zip(load_take(tmp_path / "a.take").steps, take.steps, strict=True):
        assert_same_step(mine, theirs)
    more = take_size(tmp_path / "a.take").steps - take_size(tmp_path / "plain.take").steps
    assert more == 4 * 256 * 4 + 30 * 4  # what stays is kept once
    drop_steps(tmp_path / "a.take")
    assert take_size(tmp_path / "a.take").steps == 0


def test_takes_of_the_first_format_still_open():
    take = load_take(OLD)
    assert (take.id, take.request.prompt, take.request.concept.expression) == (
        "of-weeks-ago", "a red fox", "hat",
    )  # fmt: skip
    for mine, theirs in zip(take.steps, make_steps(3, shape=(1, 4, 4, 4), seed=7), strict=True):
        assert_same_step(mine, theirs)
    assert take.frames[3].lanes["x0"].shape == (8, 8, 3)


def story_of(path):
    return json.loads(TensorFile(path).metadata["take"])


def retold(path, story):
    """The take with the same arrays and another story, as a stranger might have written it."""
    file = TensorFile(path)
    blocks = [Block(n, e.dtype, e.shape, [file.read(n)]) for n, e in file.entries.items()]
    metadata = {**file.metadata, "take": json.dumps(story)}
    path.write_bytes(b"".join(bytes(piece) for piece in file_pieces(blocks, metadata)))
    return load_take(path)


@pytest.mark.parametrize(
    "claim", [7, None, "x", [[0]], [[0, 0, 0]], [["a", 0]], [[99, 0]], [[0, 99]], [[0, -1]],
              [[0, 0]] * 17, {"0": [0, 0]}, [None]]
)  # fmt: skip
def test_a_lying_memory_is_told_in_words(tmp_path, claim):
    path = tmp_path / "0007.take"
    save_take(path, steered_take())
    story = story_of(path)
    story["steps"][2]["steered"] = claim
    take = retold(path, story)
    assert take.steps[1].steered
    with pytest.raises(StudioError, match=r"0007\.take"):
        _ = take.steps[2]


def test_a_step_does_not_look_back_at_thousands(tmp_path):
    """Each record would be read anew: a small file could fill the memory."""
    path = tmp_path / "0007.take"
    save_take(path, make_take())
    story = story_of(path)
    story["steps"][2]["past"] = story["steps"][3]["past"][:1] * 9
    take = retold(path, story)
    assert take.steps[3].past
    with pytest.raises(StudioError, match=r"0007\.take"):
        _ = take.steps[2]


def test_a_take_of_a_later_format_is_refused_in_words(tmp_path):
    path = tmp_path / "a.take"
    save_take(path, make_take())
    path.write_bytes(path.read_bytes().replace(b"latent-studio-take/2", b"latent-studio-take/3"))
    with pytest.raises(BrokenFile, match="newer version"):
        load_take(path)


def test_values_at_the_edge_survive(tmp_path):
    steps = make_steps(1)
    odd = torch.tensor([0.0, -0.0, float("inf"), 1e-45]).repeat(64).reshape(1, 4, 8, 8)
    take = dataclasses.replace(make_take(), steps=[dataclasses.replace(steps[0], x=odd)])
    save_take(tmp_path / "a.take", take)
    got = load_take(tmp_path / "a.take").steps[0].x
    assert torch.equal(got.view(torch.int32), odd.view(torch.int32))


def test_the_story_returns(tmp_path):
    take = make_take(take_id="abc", state="cancelled", parent=("parent-1", 3))
    save_take(tmp_path / "a.take", take)
    got = load_take(tmp_path / "a.take")
    assert (got.id, got.state, got.parent, got.request) == (
        "abc", "cancelled", ("parent-1", 3), take.request,
    )  # fmt: skip
    assert got.conditions == take.conditions


def test_frames_return_with_their_facts_and_pictures(tmp_path):
    take = make_take(steps=3)
    save_take(tmp_path / "a.take", take)
    got = load_take(tmp_path / "a.take")
    assert len(got.frames) == 4
    for mine, theirs in zip(got.frames, take.frames, strict=True):
        for name in ("index", "total", "sigma", "timestep", "seconds", "change"):
            assert getattr(mine, name) == getattr(theirs, name)
        assert list(mine.lanes) == list(theirs.lanes)
        off = np.abs(mine.lanes["x0"].astype(int) - theirs.lanes["x0"].astype(int))
        assert off.mean() < 3


def test_pixel_arrays_of_the_request_return(tmp_path):
    mask = np.zeros((64, 64), np.uint8)
    mask[8:20] = 255
    request = GenerationRequest(
        image=picture(), inpaint=Inpaint(mask=mask, feather=5),
        concept=Concept(expression="a - b", embedding=np.arange(4, dtype=np.float32)),
    )  # fmt: skip
    known = {"known": np.random.default_rng(0).normal(size=(1, 4, 8, 8)).astype(np.float32)}
    save_take(tmp_path / "a.take", dataclasses.replace(make_take(request), arrays=known))
    got = load_take(tmp_path / "a.take")
    assert np.array_equal(got.request.image, picture())
    assert np.array_equal(got.request.inpaint.mask, mask)
    assert got.request.inpaint.feather == 5
    assert np.array_equal(got.request.concept.embedding, request.concept.embedding)
    assert np.array_equal(got.arrays["known"], known["known"])


def test_what_a_step_remembers_costs_no_room(tmp_path):
    save_take(tmp_path / "a.take", make_take(steps=8, shape=(1, 4, 32, 32)))
    tensors = 8 * 4 + 1  # x, x0, cond, uncond of each step, and the last x
    expected = tensors * 4 * 32 * 32 * 4 + 9 * 5056  # and the generator's states
    assert take_size(tmp_path / "a.take").steps <= expected


def test_the_safetensors_library_reads_it(tmp_path):
    from safetensors import safe_open

    take = make_take()
    save_take(tmp_path / "a.take", take)
    with safe_open(tmp_path / "a.take", framework="pt") as file:
        assert torch.equal(file.get_tensor("pool0")[0], take.steps[0].x)


def test_opening_is_quick(tmp_path):
    save_take(tmp_path / "a.take", make_take(steps=30, shape=(1, 4, 64, 64), side=128))
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        take = load_take(tmp_path / "a.take")
        assert take.frames[-1].lanes["x0"].shape == (128, 128, 3)
        assert take.steps[15].x.shape == (1, 4, 64, 64)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.3


def test_dropping_the_steps_keeps_the_previews_without_loss(tmp_path):
    path = tmp_path / "a.take"
    save_take(path, make_take())
    before = [frame.lanes["x0"] for frame in load_take(path).frames]
    open_take = load_take(path)
    drop_steps(path)
    after = load_take(path)
    assert len(after.steps) == 0
    assert take_size(path).steps == 0
    assert all(np.array_equal(a, f.lanes["x0"]) for a, f in zip(before, after.frames, strict=True))
    assert_same_step(open_take.steps[2], make_take().steps[2])  # opened earlier: still whole


def test_renaming_keeps_the_rest(tmp_path):
    path = tmp_path / "a.take"
    save_take(path, make_take())
    rename_take(path, "the good one")
    assert load_take(path).name == "the good one"
    assert_same_step(load_take(path).steps[1], make_take().steps[1])


def use_up(take):
    """Touch everything a window would."""
    for frame in take.frames:
        for lane in frame.lanes:
            frame.lanes[lane]
    for step in take.steps:
        assert step.x is not None


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 100, 2000, -1, -500])
def test_a_truncated_take_is_named_and_refused(tmp_path, length):
    path = tmp_path / "0007.take"
    save_take(path, make_take())
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(StudioError, match=r"0007\.take"):
        use_up(load_take(path))


@pytest.mark.parametrize("seed", range(60))
def test_a_mutilated_take_raises_words_or_works(tmp_path, seed):
    path = tmp_path / "0007.take"
    save_take(path, make_take(steps=2, side=8))
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    reach = 3000 if seed % 2 else len(data)
    for _ in range(1 + seed % 9):
        data[int(rng.integers(0, reach))] = int(rng.integers(0, 256))
    path.write_bytes(data)
    with contextlib.suppress(StudioError):
        use_up(load_take(path))


def test_a_missing_take_and_a_foreign_file(tmp_path):
    from safetensors.torch import save_file

    with pytest.raises(BrokenFile, match="not there"):
        load_take(tmp_path / "none.take")
    save_file({"weight": torch.zeros(2)}, tmp_path / "lora.take")
    with pytest.raises(BrokenFile, match="not a take"):
        load_take(tmp_path / "lora.take")


def test_saving_breathes_after_every_step_and_frame(tmp_path, monkeypatch):
    """Else the window waits for Python's lock as long as a thousand small pictures are packed."""
    breaths = []
    monkeypatch.setattr(takes.time, "sleep", breaths.append)
    take = make_take(steps=5)
    save_take(tmp_path / "a.take", take)
    assert breaths == [takes.BREATH] * (len(take.steps) + len(take.frames))
