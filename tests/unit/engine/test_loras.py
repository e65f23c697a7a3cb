from __future__ import annotations

import os
import time

import numpy as np
import pytest
import torch
from diffusers.loaders import StableDiffusionLoraLoaderMixin
from safetensors.torch import save_file

from studio.engine.errors import (
    BrokenFile,
    ModelNotFound,
    OutOfMemory,
    StudioError,
    UnsafeFile,
    UnsupportedModel,
)
from studio.engine.loras import check_lora, read_lora
from studio.engine.models.catalog import inspect
from studio.library.replay import changed_conditions
from tests import tiny_models
from tests.unit.engine.harness import ask, engine, run

LAYER = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
TEXT = "text_model.encoder.layers.0.self_attn.q_proj"


def tensors(kind="sd", rank=4, seed=0, gain=3.0):
    """A LoRA for one layer of the denoiser, in diffusers' own names."""
    generator = torch.Generator().manual_seed(seed)
    width = 64 if kind == "sdxl" else 32
    return {
        f"unet.{LAYER}.lora_A.weight": gain * torch.randn(rank, width, generator=generator),
        f"unet.{LAYER}.lora_B.weight": gain * torch.randn(32, rank, generator=generator),
    }


def kohya(rank=4):
    """The same idea in the names of the commonest trainer, with the text encoder."""
    generator = torch.Generator().manual_seed(1)
    text = "lora_te_" + TEXT.replace(".", "_")
    names = ["lora_unet_" + LAYER.replace(".", "_"), text, text.replace("q_proj", "out_proj")]
    result = {}
    for name in names:
        result[f"{name}.lora_down.weight"] = 3 * torch.randn(rank, 32, generator=generator)
        result[f"{name}.lora_up.weight"] = 3 * torch.randn(32, rank, generator=generator)
        result[f"{name}.alpha"] = torch.tensor(float(rank))
    return result


def saved(path, content, metadata=None):
    save_file(content, path, metadata=metadata)
    return str(path)


@pytest.mark.parametrize("kind", ["sd", "sdxl"])
def test_a_lora_changes_the_picture_and_goes_without_a_trace(tmp_path, kind):
    path = saved(tmp_path / "style.safetensors", tensors(kind))
    plain = run(ask(kind)).picture
    strong = run(ask(kind, loras=((path, 1.0),))).picture
    weak = run(ask(kind, loras=((path, 0.0),))).picture
    assert not np.array_equal(plain, strong)
    assert np.array_equal(plain, weak)
    assert np.array_equal(run(ask(kind)).picture, plain)
    assert np.array_equal(run(ask(kind, loras=((path, 1.0),))).picture, strong)


def test_the_weight_and_the_order_of_several_count(tmp_path):
    one = saved(tmp_path / "one.safetensors", tensors(seed=1))
    two = saved(tmp_path / "two.safetensors", tensors(seed=2))
    pictures = [run(ask(loras=chosen)).picture for chosen in (
        ((one, 1.0),), ((one, 0.5),), ((one, 1.0), (two, 1.0)), ((two, 1.0),))]  # fmt: skip
    for i, first in enumerate(pictures):
        assert not any(np.array_equal(first, other) for other in pictures[:i])


def test_a_trainers_own_names_and_the_text_encoder(tmp_path):
    path = saved(tmp_path / "kohya.safetensors", kohya())
    run(ask())
    before = engine().store().current.text_encoders[0].state_dict()
    plain = run(ask()).picture
    assert not np.array_equal(plain, run(ask(loras=((path, 1.0),))).picture)
    assert engine().store().current.text_encoders[0].peft_config
    assert np.array_equal(run(ask()).picture, plain)
    after = engine().store().current.text_encoders[0].state_dict()
    assert set(after) == set(before)


def test_forks_with_a_lora_are_bit_identical(tmp_path):
    path = saved(tmp_path / "style.safetensors", tensors())
    request = ask(loras=((path, 0.7),))
    whole = run(request)
    run(ask())
    assert np.array_equal(run(request, fork=whole.take.steps[2]).picture, whole.picture)


def test_a_file_that_was_trained_on_is_read_again(tmp_path):
    path = tmp_path / "style.safetensors"
    request = ask(loras=((saved(path, tensors(seed=1)), 1.0),))
    first = run(request)
    before = path.stat()
    saved(path, tensors(seed=2))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    second = run(request)
    assert not np.array_equal(first.picture, second.picture)
    hashes = [result.take.conditions["loras"] for result in (first, second)]
    assert hashes[0] != hashes[1]
    (reason,) = changed_conditions(first.take.conditions, second.take.conditions)
    assert reason.startswith("a LoRA's file is another one")
    assert "loras" not in run(ask()).take.conditions


def test_is_found_in_the_models_folder_by_its_name():
    saved(tiny_models.root() / "found-style.safetensors", tensors())
    try:
        assert "found-style" in [info.id for info in engine().loras()]
        assert "found-style" not in [info.id for info in engine().models()]
        assert run(ask(loras=(("found-style", 1.0),))).picture.std() > 0
    finally:
        (tiny_models.root() / "found-style.safetensors").unlink()


HOSTILE_METADATA = {
    "a hanging pattern": {
        "lora_adapter_metadata": '{"unet.target_modules": "(a+)+$", "unet.r": 4}'
    },
    "51 GB of rank": {"lora_adapter_metadata": '{"unet.r": 200000000, "unet.lora_alpha": 1}'},
    "no JSON": {"lora_adapter_metadata": "{{{"},
    "a module": {"lora_adapter_metadata": '{"unet.megatron_core": "os", "unet.r": 4}'},
}


@pytest.mark.parametrize("name", HOSTILE_METADATA)
def test_metadata_is_never_read(tmp_path, name):
    path = saved(tmp_path / "evil.safetensors", tensors(), HOSTILE_METADATA[name])
    began = time.perf_counter()
    assert run(ask(loras=((path, 1.0),))).picture.std() > 0
    assert time.perf_counter() - began < 20


def spoilt(**changes):
    return {name: change(tensor) for name, tensor in tensors().items()
            for key, change in changes.items() if key in name}  # fmt: skip


BAD = {
    "NaN": (BrokenFile, lambda: {n: t * torch.nan for n, t in tensors().items()}),
    "a giant rank": (UnsafeFile, lambda: tensors(rank=2000)),
    "a crowd": (UnsafeFile, lambda: tensors() | {f"unet.x{n}.lora_A.weight": torch.zeros(1, 1)
                                                 for n in range(10_001)}),
    "another model": (StudioError, lambda: {n.replace("down_blocks.1", "down_blocks.7"): t
                                            for n, t in tensors().items()}),
    "another shape": (UnsupportedModel, lambda: {n: torch.ones(4, 999) if "A" in n else t
                                                 for n, t in tensors().items()}),
    "no LoRA": (UnsupportedModel, lambda: {"weight": torch.ones(3)}),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_lora_gets_a_sentence_and_leaves_the_model_alone(tmp_path, name):
    kind, make = BAD[name]
    plain = run(ask()).picture
    path = saved(tmp_path / "bad.safetensors", make())
    with pytest.raises(kind) as caught:
        run(ask(loras=((path, 1.0),)))
    assert "bad.safetensors" in caught.value.message
    assert np.array_equal(run(ask()).picture, plain)


def test_lack_of_memory_is_not_blamed_on_the_lora(tmp_path, monkeypatch):
    path = saved(tmp_path / "style.safetensors", tensors())

    def short(*_args, **_kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory")

    run(ask())
    with monkeypatch.context() as patch:
        patch.setattr(StableDiffusionLoraLoaderMixin, "load_lora_into_unet", short)
        with pytest.raises(OutOfMemory):
            run(ask(loras=((path, 1.0),)))
    assert run(ask(loras=((path, 1.0),))).picture.std() > 0


def test_a_missing_lora_is_called_a_lora():
    with pytest.raises(ModelNotFound, match="no LoRA called 'gone'"):
        run(ask(loras=(("gone", 1.0),)))


def test_a_missing_or_pickled_lora_is_refused(tmp_path):
    with pytest.raises(StudioError):
        run(ask(loras=((str(tmp_path / "gone.safetensors"), 1.0),)))
    (tmp_path / "a.safetensors").write_bytes(b"PK\x03\x04" + bytes(99))
    with pytest.raises(UnsafeFile):
        check_lora(tmp_path / "a.safetensors")


def test_a_lora_is_no_model(tmp_path):
    path = tmp_path / "style.safetensors"
    saved(path, tensors())
    assert inspect(path).kind == "lora"
    assert set(read_lora(path)) == set(tensors())
    with pytest.raises(UnsupportedModel, match="LoRA"):
        run(ask().edit(model=str(path)))
