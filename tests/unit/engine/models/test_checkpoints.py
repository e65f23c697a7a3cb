"""Checkpoints as they lie about in the world: half precision, leftovers of training, old names,
variants and missing parts. Each is a tiny file of the real layout, loaded and run.
"""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.engine.errors import BrokenFile, UnsupportedModel
from studio.engine.models import catalog
from studio.engine.models.layouts import UNET
from tests import tiny_models
from tests.unit.engine.models.test_loader import load

CLIP = "cond_stage_model.transformer.text_model."
SECOND = "conditioner.embedders.1.model."
TOWER = "cond_stage_model.model."
STEM = UNET + "input_blocks.0.0.weight"
V_SIGN = UNET + "output_blocks.11.1.transformer_blocks.0.norm1.bias"


def resaved(tmp_path, kind, change=None, metadata=None):
    """The single file of that kind after `change`, which edits or replaces its tensors."""
    tensors = load_file(tiny_models.single_file(kind))
    tensors = (change(tensors) if change else None) or tensors
    path = tmp_path / f"{kind}.safetensors"
    save_file({n: t.clone().contiguous() for n, t in tensors.items()}, path, metadata=metadata)
    return path


def same(ours, theirs, **tolerance):
    have = {n.removeprefix("text_model."): t for n, t in ours.state_dict().items()}
    want = {n.removeprefix("text_model."): t for n, t in theirs.state_dict().items()}
    assert set(have) == set(want)
    for name in want:
        torch.testing.assert_close(have[name], want[name], **(tolerance or {"rtol": 0, "atol": 0}))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("kind", ["sd", "sd2", "sdxl"])
def test_half_precision_becomes_full_on_a_processor(tmp_path, kind, dtype):
    path = resaved(tmp_path, kind, lambda t: {n: v.to(dtype) for n, v in t.items()})
    model, parts = load(path)[1], tiny_models.single_file_parts(kind)
    assert {p.dtype for n in (model.unet, model.vae, *model.text_encoders)
            for p in n.parameters()} == {torch.float32}  # fmt: skip
    same(model.unet, parts["unet"].to(dtype).float())
    tiny_models.single_file_parts.cache_clear()


LEFTOVERS = {
    "model_ema.decay": torch.tensor(0.9999), "model_ema.num_updates": torch.tensor(840_000),
    "model_ema.diffusion_modelinput_blocks00weight": torch.zeros(2, 2),
    "alphas_cumprod": torch.zeros(1000, dtype=torch.float64), "betas": torch.zeros(1000),
    "denoiser.sigmas": torch.zeros(1000), "model_ema.nan": torch.full((3,), torch.nan),
    CLIP + "embeddings.position_ids": torch.arange(77)[None],
    "first_stage_model.loss.logvar": torch.zeros(()),
    "cond_stage_model.logit_scale": torch.tensor(4.6), TOWER + "logit_scale": torch.tensor(4.6),
    TOWER + "attn_mask": torch.zeros(77, 77), "lora_te_text_model_x": torch.zeros(1),
    SECOND + "logit_scale": torch.tensor(4.6),
    "conditioner.embedders.0.transformer.text_model.embeddings.position_ids":
        torch.arange(77, dtype=torch.float32)[None] - 0.01,  # as merging tools leave it
}  # fmt: skip


@pytest.mark.parametrize("kind", ["sd", "sd2", "sdxl"])
def test_leftovers_of_training_and_merging_are_left_alone(tmp_path, kind):
    metadata = {"format": "pt", "sd_merge_recipe": '{"type": "webui"}', "modelspec.title": "x"}
    extra = {n: t for n, t in LEFTOVERS.items()
             if kind == "sd2" or not n.startswith(TOWER)}  # fmt: skip
    extra = {n: t for n, t in extra.items() if kind == "sdxl" or not n.startswith("conditioner.")}
    model = load(resaved(tmp_path, kind, lambda t: t | extra, metadata))[1]
    parts = tiny_models.single_file_parts(kind)
    same(model.unet, parts["unet"])
    same(model.vae, parts["vae"])
    same(model.text_encoders[0], parts["text_encoder"])
    assert torch.equal(model.text_encoders[0](torch.tensor([[49406, 320, 49407]]))[0],
                       parts["text_encoder"](torch.tensor([[49406, 320, 49407]]))[0])  # fmt: skip


def test_the_oldest_names_of_the_text_encoder(tmp_path):
    """Files from before transformers 4.30 and merges of them lack `text_model.`."""
    path = resaved(tmp_path, "sd", lambda tensors: {
        n.replace(CLIP, "cond_stage_model.transformer."): t
        for n, t in tensors.items()})  # fmt: skip
    same(load(path)[1].text_encoders[0], tiny_models.single_file_parts("sd")["text_encoder"])


def test_a_file_without_its_vae_says_so(tmp_path):
    path = resaved(tmp_path, "sd", lambda tensors: {
        n: t for n, t in tensors.items() if not n.startswith("first_stage_model.")})  # fmt: skip
    assert "VAE" in catalog.inspect(path).problem
    with pytest.raises(BrokenFile, match="VAE"):
        load(path)


def test_weights_that_are_nan_are_named_wherever_they_are(tmp_path):
    damage = {"first_stage_model.decoder.conv_in.bias": torch.full((32,), torch.nan)}
    path = resaved(tmp_path, "sdxl", lambda tensors: tensors | damage)
    with pytest.raises(BrokenFile, match=r"decoder\.conv_in\.bias"):
        load(path)


@pytest.mark.parametrize("kind", ["sd", "sdxl"])
def test_empty_tensors_mark_v_prediction_and_zero_snr(tmp_path, kind):
    marks = {"v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}
    model = load(resaved(tmp_path, kind, lambda tensors: tensors | marks))[1]
    assert (model.info.prediction_type, float(model.alphas[-1])) == ("v_prediction", 0)


def widened(tensors):
    """Nine channels in, as an inpainting model has."""
    stem = tensors[STEM]
    tensors[STEM] = torch.cat([stem, torch.zeros(stem.shape[0], 5, 3, 3)], dim=1)


@pytest.mark.parametrize("kind", ["sd", "sd2", "sdxl"])
def test_inpainting_files_have_nine_channels_and_predict_noise(tmp_path, kind):
    model = load(resaved(tmp_path, kind, widened))[1]
    assert model.info.is_inpainting
    assert model.info.prediction_type == "epsilon"
    assert model.unet.conv_in.weight.shape[1] == 9


def wide_text(tensors):
    """SD 2.x is known by text features of width 1024; these are still tiny otherwise."""
    for name in list(tensors):
        if name.endswith(("attn2.to_k.weight", "attn2.to_v.weight")):
            tensors[name] = torch.zeros(len(tensors[name]), 1024)


@pytest.mark.parametrize(("spread", "kind", "side"), [(0.2, "v_prediction", 768),
                                                      (0.05, "epsilon", 512)])  # fmt: skip
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_the_weights_of_sd2_tell_what_it_predicts(tmp_path, spread, kind, side, dtype):
    def change(tensors):
        wide_text(tensors)
        sign = tensors[V_SIGN]
        tensors[V_SIGN] = (spread * (-1.0) ** torch.arange(len(sign))).to(dtype)

    info = catalog.inspect(resaved(tmp_path, "sd2", change))
    assert (info.prediction_type, info.native_size) == (kind, side)


def test_an_sd2_inpainting_file_predicts_noise_whatever_its_weights_look_like(tmp_path):
    def change(tensors):
        wide_text(tensors)
        widened(tensors)
        tensors[V_SIGN] = torch.arange(len(tensors[V_SIGN])).float()

    assert catalog.inspect(resaved(tmp_path, "sd2", change)).prediction_type == "epsilon"


def test_sd2_in_the_names_of_its_later_trainer(tmp_path):
    """SD Turbo keeps its text encoder where the refiner of SDXL does."""
    path = resaved(tmp_path, "sd2", lambda tensors: {
        n.replace(TOWER, "conditioner.embedders.0.model."): t
        for n, t in tensors.items()})  # fmt: skip
    same(load(path)[1].text_encoders[0], tiny_models.single_file_parts("sd2")["text_encoder"])


def test_sd2_whose_spare_layer_was_left_out(tmp_path):
    path = resaved(tmp_path, "sd2", lambda tensors: {
        n: t for n, t in tensors.items() if ".resblocks.3." not in n})  # fmt: skip
    same(load(path)[1].text_encoders[0], tiny_models.single_file_parts("sd2")["text_encoder"])


def half_folder(tmp_path, kind):
    """A folder as `save_pretrained(variant="fp16")` writes it."""
    path = tmp_path / f"{kind}-fp16"
    tiny_models.pipeline(kind).to(torch.float16).save_pretrained(path, variant="fp16")
    assert not list(path.rglob("model.safetensors"))
    assert list(path.rglob("*.fp16.safetensors"))
    return path


@pytest.mark.parametrize("kind", ["sd", "sdxl"])
def test_a_folder_of_the_half_precision_variant(tmp_path, kind):
    model, stock = load(half_folder(tmp_path, kind))[1], tiny_models.pipeline(kind)
    assert next(model.unet.parameters()).dtype == torch.float32
    same(model.unet, stock.unet.half().float())
    last = stock.text_encoder_2 if kind == "sdxl" else stock.text_encoder
    same(model.text_encoders[-1], last.half().float())


@pytest.mark.parametrize("variant", [None, "fp16"])
def test_a_sharded_folder_with_and_without_a_variant(tmp_path, variant):
    path = tmp_path / "sharded"
    shutil.copytree(tiny_models.folder("sd"), path)
    shutil.rmtree(path / "unet")
    stock = tiny_models.pipeline("sd").unet
    stock.save_pretrained(path / "unet", max_shard_size="100KB", variant=variant)
    assert list((path / "unet").glob("*.index*.json"))
    same(load(path)[1].unet, stock)


@pytest.mark.parametrize(
    "changes",
    [
        {"safety_checker": [None, None], "feature_extractor": [None, None],
         "image_encoder": [None, None], "requires_safety_checker": False},
        {"safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
         "feature_extractor": ["transformers", "CLIPFeatureExtractor"],
         "requires_safety_checker": True},
        {"safety_checker": None, "_name_or_path": "somebody/model", "_diffusers_version": "0.6.0"},
    ],
)  # fmt: skip
def test_optional_parts_may_be_named_or_missing(tmp_path, changes):
    path = tmp_path / "folder"
    shutil.copytree(tiny_models.folder("sd"), path)
    index = json.loads((path / "model_index.json").read_text())
    for name in ("safety_checker", "feature_extractor", "image_encoder"):
        index.pop(name, None)
    (path / "model_index.json").write_text(json.dumps(index | changes))
    (path / "safety_checker").mkdir()
    (path / "safety_checker" / "config.json").write_text("{}")
    assert load(path)[1].info.family == "sd"


def test_a_tokenizer_in_two_files_without_settings(tmp_path):
    """As the first releases had it: vocab.json and merges.txt."""
    path = tmp_path / "folder"
    shutil.copytree(tiny_models.folder("sd"), path)
    want = load(path)[1].tokenizers[0]("a red hat, 2 cats")["input_ids"]
    shutil.rmtree(path / "tokenizer")
    (path / "tokenizer").mkdir()
    vocabulary, merges = tiny_models.small_vocabulary()
    (path / "tokenizer" / "vocab.json").write_text(json.dumps(vocabulary))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges), ""]
    (path / "tokenizer" / "merges.txt").write_text("\n".join(lines), encoding="utf-8")
    assert load(path)[1].tokenizers[0]("a red hat, 2 cats")["input_ids"] == want


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"_class_name": "EDMEulerScheduler", "sigma_max": 80.0}, "EDM"),
        ({"_class_name": "FlowMatchEulerDiscreteScheduler"}, "flow matching"),
        ({"prediction_type": "flow_prediction"}, "flow_prediction"),
        ({"prediction_type": ["v"]}, "unknown here"),
    ],
)
def test_schedulers_of_other_kinds_are_told_in_the_list(tmp_path, changes, words):
    path = tmp_path / "folder"
    shutil.copytree(tiny_models.folder("sd"), path)
    file = path / "scheduler" / "scheduler_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    assert words in catalog.inspect(path).problem
    with pytest.raises(UnsupportedModel, match=words):
        load(path)
