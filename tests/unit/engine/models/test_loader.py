from __future__ import annotations

import gc
import json
import shutil
import threading
import weakref

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.engine.errors import (
    BrokenFile,
    Cancelled,
    ModelNotFound,
    StudioError,
    UnsafeFile,
    UnsupportedModel,
)
from studio.engine.models.loader import ModelStore
from studio.engine.record import Stage
from tests import tiny_models


def load(path, stop=None):
    store = ModelStore([path.parent], "cpu")
    generator = store.load(str(path), stop or threading.Event())
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return store, end.value


def pad_free(state):
    return {name.removeprefix("text_model."): tensor for name, tensor in state.items()}


@pytest.mark.parametrize("kind", ["sd", "sd2", "sdxl"])
def test_single_files_load_with_bit_equal_weights(kind):
    model = load(tiny_models.single_file(kind))[1]
    wanted = tiny_models.single_file_parts(kind)
    ours = {"unet": model.unet, "vae": model.vae, "text_encoder": model.text_encoders[0]}
    if kind == "sdxl":
        ours["text_encoder_2"] = model.text_encoders[1]
    assert set(ours) == set(wanted)
    for name, network in ours.items():
        have, want = pad_free(network.state_dict()), pad_free(wanted[name].state_dict())
        assert set(have) == set(want), name
        assert all(torch.equal(have[key], want[key]) for key in want), name


@pytest.mark.parametrize("kind", ["sd", "sd2", "sdxl"])
def test_single_files_compute_what_their_parts_compute(kind):
    """The derived configurations are right too: heads, activations, projections."""
    model = load(tiny_models.single_file(kind))[1]
    wanted = tiny_models.single_file_parts(kind)
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    width = wanted["unet"].config.cross_attention_dim
    words = torch.randn(1, 77, width, generator=torch.Generator().manual_seed(1))
    added = {"text_embeds": words[:, 0, :64], "time_ids": torch.arange(6.0)[None]}
    extra = {"added_cond_kwargs": added} if kind == "sdxl" else {}
    ids = torch.tensor([[49406, 320, 1125, 49407, 49407]])
    with torch.no_grad():
        outputs = [unet(x, torch.tensor(500.0), words, **extra)[0]
                   for unet in (model.unet, wanted["unet"])]  # fmt: skip
        assert torch.equal(*outputs)
        ours = model.text_encoders[-1](ids)[0]
        theirs = wanted["text_encoder_2" if kind == "sdxl" else "text_encoder"](ids)[0]
        assert torch.equal(ours, theirs)
        assert torch.equal(model.vae.decode(x)[0], wanted["vae"].decode(x)[0])


def test_folders_load_with_bit_equal_weights():
    model, stock = load(tiny_models.folder("sdxl"))[1], tiny_models.pipeline("sdxl")
    pairs = [(model.unet, stock.unet), (model.vae, stock.vae),
             (model.text_encoders[0], stock.text_encoder),
             (model.text_encoders[1], stock.text_encoder_2)]  # fmt: skip
    for ours, theirs in pairs:
        want = theirs.state_dict()
        assert all(torch.equal(tensor, want[name]) for name, tensor in ours.state_dict().items())
    ids = [tok("a red (apple)")["input_ids"] for tok in (model.tokenizers[0], stock.tokenizer)]
    assert ids[0] == ids[1]


def test_one_model_is_held_and_the_one_before_is_freed():
    store, first = load(tiny_models.folder("sd"))
    gone = weakref.ref(first.unet)
    del first
    for _ in store.load(str(tiny_models.folder("sd_v")), threading.Event()):
        pass
    gc.collect(0)
    assert gone() is None
    held = weakref.ref(store.current.unet)
    store.unload()
    assert held() is None


def test_the_same_model_is_not_loaded_twice_but_a_changed_file_is(tmp_path):
    path = tmp_path / "m"
    shutil.copytree(tiny_models.folder("sd"), path)
    store, first = load(path)
    assert list(store.load("m", threading.Event())) == []
    assert store.current is first
    weights = path / "unet" / "diffusion_pytorch_model.safetensors"
    changed = load_file(weights)
    changed["conv_in.bias"] += 1
    save_file(changed, weights)
    for _ in store.load("m", threading.Event()):
        pass
    assert store.current is not first


def test_a_model_file_may_go_while_the_model_is_in_memory(tmp_path):
    path = tmp_path / "m.safetensors"
    shutil.copy(tiny_models.single_file("sd"), path)
    model = load(path)[1]
    path.write_bytes(b"")
    assert bool(model.unet.conv_in.weight.isfinite().all())


def test_progress_names_the_parts():
    store = ModelStore([tiny_models.root()], "cpu")
    seen = list(store.load(str(tiny_models.folder("sd")), threading.Event()))
    assert all(status.stage is Stage.LOADING for status in seen)
    assert [s.detail for s in seen] == [
        "tokenizer", "text encoder", "VAE", "denoiser", "noise schedule"]  # fmt: skip
    assert [s.fraction for s in seen] == sorted(s.fraction for s in seen)


def test_a_stop_ends_loading_between_tensors():
    stop = threading.Event()
    store = ModelStore([tiny_models.root()], "cpu")
    generator = store.load(str(tiny_models.folder("sd")), stop)
    assert next(generator).detail == "tokenizer"
    stop.set()
    with pytest.raises(Cancelled):
        next(generator)
    assert store.current is None


def test_the_vae_alone_serves_other_models():
    store, model = load(tiny_models.folder("sd"))
    assert store.vae(str(tiny_models.folder("sd"))) is model.vae
    other = store.vae(str(tiny_models.folder("sd_v")))
    assert other is not model.vae
    assert store.vae(str(tiny_models.folder("sd_v"))) is other
    assert store.current is model


@pytest.fixture
def spoilt(tmp_path):
    path = tmp_path / "spoilt"
    shutil.copytree(tiny_models.folder("sd"), path)
    return path


def resave(path, change):
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


UNET = "unet/diffusion_pytorch_model.safetensors"


def config(path, **changes):
    file = path / "unet" / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def words(path, change):
    file = path / "tokenizer" / "tokenizer.json"
    said = json.loads(file.read_text())
    said["model"]["vocab"] = {w: change(i) for w, i in said["model"]["vocab"].items()}
    file.write_text(json.dumps(said))


SPOILERS = {
    "no weights": (BrokenFile, lambda p: (p / UNET).unlink()),
    "cut off": (BrokenFile, lambda p: (p / UNET).write_bytes((p / UNET).read_bytes()[:-7])),
    "a pickle": (UnsafeFile, lambda p: (p / UNET).write_bytes(b"\x80\x04" + bytes(99))),
    "NaN": (BrokenFile, lambda p: resave(p / UNET, lambda t: t["conv_in.weight"].fill_(torch.nan))),
    "infinity": (BrokenFile, lambda p: resave(p / UNET, lambda t: t["conv_in.bias"].fill_(1e999))),
    "a tensor missing": (BrokenFile, lambda p: resave(p / UNET, lambda t: t.pop("conv_in.bias"))),
    "another shape": (BrokenFile, lambda p: config(p, block_out_channels=[16, 64])),
    "a giant": (BrokenFile, lambda p: config(p, block_out_channels=[16_000, 320_000])),
    "nonsense": (BrokenFile, lambda p: config(p, block_out_channels="many")),
    "unknown blocks": (BrokenFile, lambda p: config(p, down_block_types=["os.system", "eval"])),
    "320,000 channels": (UnsafeFile, lambda p: config(p, block_out_channels=[320_000] * 2
                                                      + [10**9])),
    "no tokenizer": (BrokenFile, lambda p: shutil.rmtree(p / "tokenizer")),
    "half a tokenizer": (BrokenFile, lambda p: (p / "tokenizer" / "tokenizer.json").write_text(
        '{"model": {"vocab": {"a": "b"}, "merges": [1, 2]}}')),
    "words that the encoder has not": (BrokenFile, lambda p: words(p, lambda i: i + 1)),
    "words below nought": (BrokenFile, lambda p: words(p, lambda i: -i)),
    "code": (UnsafeFile, lambda p: (p / "unet" / "unet.py").write_text("import os")),
    "shards outside": (UnsafeFile, lambda p: (
        p / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(
        '{"weight_map": {"conv_in.bias": "../../../../etc/passwd"}}')),
    "shards that are not there": (BrokenFile, lambda p: (
        p / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(
        '{"weight_map": {"conv_in.bias": "a.safetensors"}}')),
    "another family": (UnsupportedModel, lambda p: (p / "model_index.json").write_text(
        '{"_class_name": "FluxPipeline"}')),
    "an unknown schedule": (UnsupportedModel, lambda p: (
        p / "scheduler" / "scheduler_config.json").write_text('{"beta_schedule": "evil"}')),
    "a trillion levels": (StudioError, lambda p: (
        p / "scheduler" / "scheduler_config.json").write_text('{"num_train_timesteps": 1e12}')),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILERS)
def test_a_spoilt_model_gets_a_sentence_and_the_next_one_loads(spoilt, name):
    kind, spoil = SPOILERS[name]
    spoil(spoilt)
    with pytest.raises(kind) as caught:
        load(spoilt)
    assert len(caught.value.message) > 10
    assert "Traceback" not in str(caught.value)
    assert load(tiny_models.folder("sd"))[1].info.family == "sd"


def test_weights_that_are_no_numbers_are_told_in_words_and_their_place_in_the_hint(spoilt):
    """In the middle of a large tensor, where the list of models does not look."""
    resave(spoilt / UNET, lambda t: t["mid_block.resnets.0.conv1.weight"].fill_(torch.nan))
    with pytest.raises(BrokenFile) as caught:
        load(spoilt)
    assert caught.value.message.startswith("The model's weights hold numbers that are none (NaN)")
    assert "mid_block.resnets.0.conv1.weight" in caught.value.hint


def test_a_tokenizer_writes_no_longer_rows_than_the_encoder_reads(spoilt):
    file = spoilt / "tokenizer" / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"model_max_length": 1024}))
    (longer,) = load(spoilt)[1].tokenizers
    (usual,) = load(tiny_models.folder("sd"))[1].tokenizers
    assert longer.model_max_length == usual.model_max_length == 77


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(ModelNotFound):
        load(tmp_path / "gone")


def test_sharded_and_half_precision_folders_load(tmp_path):
    stock = tiny_models.pipeline("sd")
    stock.unet.save_pretrained(tmp_path / "x", max_shard_size="100KB")
    path = tmp_path / "sharded"
    shutil.copytree(tiny_models.folder("sd"), path)
    shutil.rmtree(path / "unet")
    shutil.copytree(tmp_path / "x", path / "unet")
    assert len(list((path / "unet").glob("*.safetensors"))) > 1
    model = load(path)[1]
    assert torch.equal(model.unet.conv_in.weight, stock.unet.conv_in.weight)
    half = path / "vae" / "diffusion_pytorch_model.fp16.safetensors"
    whole = path / "vae" / "diffusion_pytorch_model.safetensors"
    save_file({n: t.half() for n, t in load_file(whole).items()}, half)
    whole.unlink()
    vae = load(path)[1].vae
    assert next(vae.parameters()).dtype == torch.float32
    assert torch.allclose(vae.state_dict()["decoder.conv_in.bias"],
                          stock.vae.state_dict()["decoder.conv_in.bias"], atol=1e-3)  # fmt: skip


def test_old_attention_names_of_vaes_are_understood(tmp_path):
    path = tmp_path / "old"
    shutil.copytree(tiny_models.folder("sd"), path)
    file = path / "vae" / "diffusion_pytorch_model.safetensors"
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    tensors = load_file(file)
    for name in list(tensors):
        for new, was in old.items():
            if f".{new}." in name:
                tensors[name.replace(f".{new}.", f".{was}.")] = tensors.pop(name)
    save_file(tensors, file)
    ours, stock = load(path)[1].vae, tiny_models.pipeline("sd").vae
    name = "decoder.mid_block.attentions.0.to_q.weight"
    assert torch.equal(ours.state_dict()[name], stock.state_dict()[name])


def test_a_file_may_say_that_it_was_trained_from_pure_noise(tmp_path):
    path = tmp_path / "v.safetensors"
    tensors = load_file(tiny_models.single_file("sd"))
    save_file(tensors | {"ztsnr": torch.zeros(0), "v_pred": torch.zeros(0)}, path)
    model = load(path)[1]
    assert model.alphas[-1] == 0
    assert model.info.prediction_type == "v_prediction"
    assert load(tiny_models.single_file("sd"))[1].alphas[-1] > 0
