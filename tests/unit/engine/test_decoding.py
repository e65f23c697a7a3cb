"""A picture is never given up, and never silently black."""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest
import torch

from studio.engine import decoding
from studio.engine.errors import NotFinite
from studio.engine.record import Status
from tests.unit.engine.harness import ask, collect, engine, loaded, poison, run


def test_out_of_memory_in_the_decoder_falls_back_to_tiles(monkeypatch):
    vae = loaded().vae
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


def test_a_decoder_that_gives_nan_is_an_error_never_a_black_picture(monkeypatch):
    with monkeypatch.context() as patch:
        poison(patch, loaded().vae, "decode", lambda: True)
        with pytest.raises(NotFinite, match="decoder") as caught:
            run(ask())
    assert len(caught.value.take.steps) == 5


def test_decode_is_the_decoders_own_output_and_says_nothing():
    model = loaded()
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        picture, note = decoding.decode(model.vae, latents, 0)
        theirs = model.vae.decode(latents / model.vae.config.scaling_factor)[0]
    assert note == ""
    assert torch.equal(picture, theirs)
    assert np.isfinite(picture.numpy()).all()


def test_lack_of_memory_in_tiles_too_is_told(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory")

    vae = loaded().vae
    with monkeypatch.context() as patch:
        patch.setattr(vae, "decode", refuse)
        with pytest.raises(torch.OutOfMemoryError):
            decoding.decode(vae, torch.zeros(1, 4, 8, 8), 0)


def test_tiles_are_chosen_before_the_memory_is_gone(monkeypatch):
    model = loaded()
    latents = torch.zeros(1, 4, 16, 16)
    assert decoding.needed(model.vae, latents) == 128 * 128 * 8 * 4 * decoding.LAYERS_AT_ONCE
    monkeypatch.setattr(decoding.memory, "available", lambda device: 10**5)
    with torch.no_grad():
        picture, note = decoding.decode(model.vae, latents, 0)
    assert picture.shape == (1, 3, 128, 128)
    assert "tiles" in note


def test_a_decoder_that_overflows_in_half_precision_is_asked_again_the_same_way(monkeypatch):
    """Memory was short already: in full precision it is the tiles again, not the whole."""
    vae = copy.deepcopy(loaded().vae).to(torch.bfloat16)
    poison(monkeypatch, vae, "decode", lambda: next(vae.parameters()).dtype == torch.bfloat16)
    asked = []
    for name in ("decode", "decode_in_tiles"):
        real = getattr(decoding.codec, name)
        monkeypatch.setattr(decoding.codec, name,
                            lambda *a, r=real, n=name: asked.append(n) or r(*a))  # fmt: skip
    monkeypatch.setattr(decoding.memory, "available", lambda device: 10**3)
    with torch.no_grad():
        picture, note = decoding.decode(vae, torch.zeros(1, 4, 8, 8), 0)
    assert "full precision" in note
    assert torch.isfinite(picture).all()
    assert [name for name in asked if name == "decode_in_tiles"] == ["decode_in_tiles"] * 2
    assert next(vae.parameters()).dtype == torch.bfloat16


def test_in_full_precision_already_it_is_not_asked_twice(monkeypatch):
    vae, calls = copy.deepcopy(loaded().vae), []
    poison(monkeypatch, vae, "decode", lambda: calls.append(1) is None)
    with pytest.raises(NotFinite):
        decoding.decode(vae, torch.zeros(1, 4, 8, 8), 0)
    assert len(calls) == 1


def picture(width=64, height=64):
    return np.random.default_rng(0).integers(0, 255, (height, width, 3)).astype(np.uint8)


def test_a_start_picture_that_does_not_fit_is_read_in_tiles(monkeypatch):
    """Also on a processor, where the system would end the program rather than say no."""
    vae = loaded().vae
    real = vae.encode
    request = ask(image=picture(), strength=0.5, steps=2)
    whole = run(request)

    def encode(*args, **kwargs):
        if not vae.use_tiling:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(*args, **kwargs)

    monkeypatch.setattr(vae, "encode", encode)
    items = []
    result = collect(engine().generate(request, stop=threading.Event()), items)
    assert np.abs(result.picture.astype(int) - whole.picture.astype(int)).mean() < 8
    assert any("read in tiles" in i.detail for i in items if isinstance(i, Status))
    assert not vae.use_tiling
    monkeypatch.setattr(vae, "encode",
                        lambda *a: real(*a) if vae.use_tiling else pytest.fail("in one piece"))
    monkeypatch.setattr(decoding.memory, "available", lambda device: 10**5)
    with torch.no_grad():
        assert "in tiles" in decoding.encode(vae, torch.zeros(1, 3, 64, 64))[1]


def test_an_encoder_that_overflows_is_asked_again_in_full_precision(monkeypatch):
    vae = copy.deepcopy(loaded().vae).to(torch.bfloat16)
    real, is_broken = vae.encode, []

    def is_half():
        return next(vae.parameters()).dtype == torch.bfloat16

    def encode(pictures):
        output = real(pictures)
        if is_half() or is_broken:
            output.latent_dist.mean = output.latent_dist.mean * torch.nan
        return output

    monkeypatch.setattr(vae, "encode", encode)
    with torch.no_grad():
        latents, note = decoding.encode(vae, torch.zeros(1, 3, 64, 64))
        assert "full precision" in note
        assert torch.isfinite(latents).all()
        assert is_half()
        is_broken.append(True)
        with pytest.raises(NotFinite, match="encoder"):
            decoding.encode(vae, torch.zeros(1, 3, 64, 64))
