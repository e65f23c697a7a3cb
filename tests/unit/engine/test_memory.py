"""Out of memory at every stage: told in words, freed, survived."""

from __future__ import annotations

import gc

import pytest
import torch

from studio.engine import memory
from studio.engine.errors import OutOfMemory
from tests.unit.engine.harness import ask, engine, fail_at, loaded, run

MEMORY_ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
    RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 51 GB"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"),
    MemoryError(),
]


@pytest.mark.parametrize("error", MEMORY_ERRORS, ids=lambda e: type(e).__name__ + str(e)[:12])
def test_every_kind_of_memory_error_is_recognised(error):
    assert memory.is_out_of_memory(error)
    assert not memory.is_out_of_memory(RuntimeError("shapes do not match"))


@pytest.mark.parametrize("part", ["text_encoder", "unet", "vae"])
def test_out_of_memory_is_told_freed_and_survived(monkeypatch, part):
    model = loaded()
    network = {"text_encoder": model.text_encoders[0], "unet": model.unet, "vae": model.vae}
    model.prompts.clear()
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
        fail_at(patch, loaded().unet, call, MemoryError())
        with pytest.raises(OutOfMemory) as caught:
            run(ask(guidance_scale=1.0, steps=5))
    take = caught.value.take
    assert (len(take.steps) if take else 0) == call - 1


def test_forget_frees_what_an_exception_holds():
    import weakref

    def fail(tensor):
        raise MemoryError

    def work():
        tensor = torch.zeros(10)
        reference = weakref.ref(tensor)
        try:
            try:
                fail(tensor)
            except MemoryError as inner:
                raise RuntimeError("out of memory") from inner
        except RuntimeError as outer:
            return outer, reference

    error, reference = work()
    assert reference() is not None
    memory.forget(error)
    assert reference() is None
    assert error.__traceback__ is None


def test_freeze_takes_the_libraries_out_of_the_collectors_rounds():
    memory.freeze()
    assert gc.get_freeze_count() > 10_000
    memory.release()


def test_a_picture_that_cannot_fit_is_refused_before_it_is_begun(monkeypatch):
    loaded()
    monkeypatch.setattr(memory, "available", lambda device: 10**5)
    with pytest.raises(OutOfMemory, match="1024×1024"):
        run(ask(width=1024, height=1024))
    monkeypatch.undo()
    assert memory.available("cpu") > 2**20
    assert run(ask()).picture.std() > 0


def test_lack_of_memory_while_loading_speaks_of_the_model(monkeypatch):
    from studio.engine.models import weights

    engine().unload()

    def refuse(*_args, **_kwargs):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(weights, "fill", refuse)
        with pytest.raises(OutOfMemory, match="load this model"):
            run(ask())
    assert run(ask()).picture.std() > 0
