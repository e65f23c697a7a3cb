"""Out of memory, NaN, stops and leaks: every failure leaves the engine fit for the next run."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import threading
import time
import weakref

import numpy as np
import pytest
import torch

from studio.engine import cancel, memory
from studio.engine.errors import Cancelled, NotFinite, OutOfMemory
from studio.engine.models.model import Model
from studio.engine.record import Frame, Stage, Status
from tests.unit.engine.harness import ask, engine, run

MEMORY_ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
    RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 51 GB"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"),
    MemoryError(),
]


def model() -> Model:
    """The tiny model in memory."""
    run(ask(steps=1))
    current = engine().store().current
    assert current is not None
    return current


def fail_at(monkeypatch, network, call, error):
    """Let a network's forward (or decode) raise at its `call`-th use."""
    name = "decode" if hasattr(network, "decode") else "forward"
    real, count, kept = getattr(network, name), [0], []

    def forward(*args, **kwargs):
        count[0] += 1
        held = torch.zeros(100)
        kept.append(weakref.ref(held))
        if count[0] >= call:
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(network, name, forward)
    return kept


@pytest.mark.parametrize("error", MEMORY_ERRORS, ids=lambda e: type(e).__name__ + str(e)[:12])
def test_every_kind_of_memory_error_is_recognised(error):
    assert memory.is_out_of_memory(error)
    assert not memory.is_out_of_memory(RuntimeError("shapes do not match"))


@pytest.mark.parametrize("part", ["text_encoder", "unet", "vae"])
def test_out_of_memory_is_told_freed_and_survived(monkeypatch, part):
    loaded = model()
    network = {"text_encoder": loaded.text_encoders[0], "unet": loaded.unet, "vae": loaded.vae}
    loaded.prompts.clear()
    with monkeypatch.context() as patch:
        kept = fail_at(patch, network[part], 3 if part == "unet" else 1,
                       torch.OutOfMemoryError("CUDA out of memory"))  # fmt: skip
        with pytest.raises(OutOfMemory, match="64×64") as caught:
            run(ask())
    assert "smaller" in caught.value.hint
    assert all(reference() is None for reference in kept)
    if part == "vae":
        assert len(caught.value.take.steps) == 5
    assert run(ask()).picture.shape == (64, 64, 3)


@pytest.mark.parametrize("call", range(1, 6))
def test_out_of_memory_at_every_step(monkeypatch, call):
    with monkeypatch.context() as patch:
        fail_at(patch, model().unet, call, MemoryError())
        with pytest.raises(OutOfMemory) as caught:
            run(ask(guidance_scale=1.0, steps=5))
    take = caught.value.take
    assert (len(take.steps) if take else 0) == call - 1


def test_a_batch_that_does_not_fit_is_run_in_two_halves(monkeypatch):
    whole = run(ask(sampler="DDIM"))
    unet = model().unet
    real = unet.forward

    def forward(x, *args, **kwargs):
        if len(x) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(x, *args, **kwargs)

    monkeypatch.setattr(unet, "forward", forward)
    items = []
    result = collect(engine().generate(ask(sampler="DDIM"), stop=threading.Event()), items)
    assert np.abs(result.picture.astype(int) - whole.picture.astype(int)).max() <= 1
    assert any("one after the other" in i.detail for i in items if isinstance(i, Status))


def collect(generator, items):
    while True:
        try:
            items.append(next(generator))
        except StopIteration as end:
            return end.value


def test_out_of_memory_in_the_decoder_falls_back_to_tiles(monkeypatch):
    vae = model().vae
    real = vae.decode

    def decode(*args, **kwargs):
        if not vae.use_tiling:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(*args, **kwargs)

    monkeypatch.setattr(vae, "decode", decode)
    items = []
    result = collect(engine().generate(ask(), stop=threading.Event()), items)
    assert result.picture.shape == (64, 64, 3)
    assert result.picture.std() > 0
    assert any("tiles" in i.detail for i in items if isinstance(i, Status))
    assert not vae.use_tiling


def poison(monkeypatch, network, name, is_poisoned):
    real = getattr(network, name)

    def forward(*args, **kwargs):
        output = real(*args, **kwargs)
        first = output[0]
        return (first * torch.nan if is_poisoned() else first, *output[1:])

    monkeypatch.setattr(network, name, forward)


@pytest.mark.parametrize("bad", [0, 2, 3])
def test_nan_is_found_at_its_step(monkeypatch, bad):
    calls = iter(range(100))
    with monkeypatch.context() as patch:
        poison(patch, model().unet, "forward", lambda: next(calls) == bad)
        with pytest.raises(NotFinite) as caught:
            run(ask())
    assert caught.value.step == bad
    assert f"step {bad + 1} of 4" in caught.value.message
    take = caught.value.take
    assert (len(take.steps) if take else 0) == bad
    assert run(ask()).picture.std() > 0


def test_overflow_in_half_precision_is_repaired_and_the_precision_given_back(monkeypatch):
    loaded = model()
    loaded.unet.to(torch.bfloat16)
    try:
        with monkeypatch.context() as patch:
            poison(patch, loaded.unet, "forward", lambda: loaded.dtype != torch.float32)
            items = []
            result = collect(engine().generate(ask(), stop=threading.Event()), items)
        assert result.picture.std() > 0
        assert any("full precision" in i.detail for i in items if isinstance(i, Status))
        assert loaded.dtype == torch.bfloat16
    finally:
        engine().unload()


def test_a_decoder_that_gives_nan_is_an_error_never_a_black_picture(monkeypatch):
    with monkeypatch.context() as patch:
        poison(patch, model().vae, "decode", lambda: True)
        with pytest.raises(NotFinite, match="decoder") as caught:
            run(ask())
    assert len(caught.value.take.steps) == 5


def test_a_bug_is_not_called_lack_of_memory(monkeypatch):
    with monkeypatch.context() as patch:
        fail_at(patch, model().unet, 1, RuntimeError("size mismatch"))
        with pytest.raises(RuntimeError, match="size mismatch"):
            run(ask())
    assert run(ask()).picture.std() > 0


def test_blocks_look_for_a_stop_on_their_own_thread_only():
    unet, stop = model().unet, threading.Event()
    stop.set()
    inputs = (torch.zeros(1, 4, 8, 8), torch.tensor(1.0), torch.zeros(1, 77, 32))
    with pytest.raises(Cancelled), cancel.stoppable(stop):
        unet(*inputs)
    stop.clear()
    shapes = []
    thread = threading.Thread(target=lambda: shapes.append(unet(*inputs)[0].shape))

    def stop_here():
        with cancel.stoppable(stop):
            stop.set()
            thread.start()
            thread.join(20)
            unet(*inputs)

    with pytest.raises(Cancelled):
        stop_here()
    assert shapes == [(1, 4, 8, 8)]
    unet(*inputs)


def test_a_stop_in_the_middle_of_a_step_ends_it(monkeypatch):
    unet, stop, calls = model().unet, threading.Event(), []
    monkeypatch.setattr(unet.mid_block, "forward", lambda *a, **k: calls.append(1))

    def conv(x):
        stop.set()
        return x

    monkeypatch.setattr(unet.conv_in, "forward", lambda x: conv(torch.zeros(len(x), 16, 8, 8)))
    with pytest.raises(Cancelled):
        run(ask(), stop=stop)
    assert not calls


def resources():
    gc.collect()
    tensors = sum(isinstance(o, torch.Tensor) for o in gc.get_objects())
    files = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    return threading.active_count(), files, tensors


def rss():
    import psutil

    return psutil.Process().memory_info().rss / 2**20


def cycle(cycles):
    """Start and stop many runs at varying moments."""
    dice = np.random.default_rng(0)
    for _ in range(cycles):
        stop, patience = threading.Event(), int(dice.integers(0, 12))
        generator = engine().generate(ask("sd", steps=3), stop=stop)
        with contextlib.suppress(Cancelled):
            for number, _item in enumerate(generator):
                if number == patience:
                    stop.set()


def test_200_starts_and_stops_leave_nothing_behind():
    run(ask())
    cycle(10)
    before = resources()
    cycle(200)
    after = resources()
    assert after[0] <= before[0]
    assert after[1] <= before[1]
    assert after[2] <= before[2] + 5


@pytest.mark.slow
def test_1000_starts_and_stops_do_not_grow():
    run(ask())
    cycle(300)
    before, start = resources(), rss()
    cycle(1000)
    assert rss() - start <= 2
    assert resources()[2] <= before[2] + 5


def test_an_abandoned_run_leaves_no_stop_behind():
    stop = threading.Event()
    generator = engine().generate(ask(), stop=stop)
    for item in generator:
        if isinstance(item, Frame):
            break
    generator.close()
    stop.set()
    cancel.check()
    assert run(ask()).picture.std() > 0


def test_two_engines_stop_each_their_own(monkeypatch):
    """A decode on a second thread goes on while a run on the first is stopped."""
    take = run(ask()).take
    stop = threading.Event()
    stop.set()
    picture = []
    thread = threading.Thread(
        target=lambda: picture.append(engine().sharp(take.steps[1], "x0", take.request))
    )
    with pytest.raises(Cancelled):
        run(ask(), stop=stop)
    thread.start()
    thread.join(20)
    assert picture[0].shape == (64, 64, 3)


def test_no_socket_is_opened(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    engine().unload()
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert run(ask()).picture.std() > 0
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"


def test_a_stop_takes_less_than_a_quarter_of_a_second():
    slowest = 0.0
    for index in range(4):
        stop, generator = threading.Event(), None
        generator = engine().generate(ask(steps=8), stop=stop)
        for item in generator:
            if isinstance(item, Frame) and item.index == index:
                break
        stop.set()
        began = time.perf_counter()
        with pytest.raises(Cancelled):
            list(generator)
        slowest = max(slowest, time.perf_counter() - began)
    assert slowest < 0.25


def test_stage_words_reach_the_user():
    items = []
    collect(engine().generate(ask(steps=1), stop=threading.Event()), items)
    assert {i.stage for i in items if isinstance(i, Status)} == set(Stage) - {Stage.SAVING}
