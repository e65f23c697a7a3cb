from __future__ import annotations

import json
import os
import shutil
import time

import pytest

from studio.engine.errors import BrokenFile, StudioError, UnsafeFile, UnsupportedModel
from studio.engine.models import guard
from tests import tiny_models


@pytest.fixture
def folder(tmp_path):
    """A fresh, whole model folder to be spoilt."""
    target = tmp_path / "model"
    shutil.copytree(tiny_models.folder("sd"), target)
    return target


def edit(path, change):
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_a_whole_folder_passes(folder):
    report = guard.check_folder(folder)
    assert (report.family, report.pipeline) == ("sd", "StableDiffusionPipeline")


@pytest.mark.parametrize(
    "name",
    ["unet/evil.py", "unet/diffusion_pytorch_model.bin", "weights.pt", "a/b/c.pkl", "lib.so",
     "UPPER.PY", "model.ckpt", "x.npy", "run.sh"],
)  # fmt: skip
def test_code_and_pickles_in_a_folder_are_refused(folder, name):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"print('hello')")
    with pytest.raises(UnsafeFile, match=name.split("/")[-1]):
        guard.check_folder(folder)


def test_a_folder_that_is_no_model(tmp_path):
    (tmp_path / "holiday").mkdir()
    with pytest.raises(BrokenFile, match="holiday"):
        guard.check_folder(tmp_path / "holiday")


@pytest.mark.parametrize(
    ("part", "value"),
    [("unet", ["os", "system"]), ("unet", ["my_unet", "MyUNet"]), ("vae", ["builtins", "eval"]),
     ("scheduler", ["subprocess", "Popen"]), ("scheduler", ["diffusers", "os.system"]),
     ("text_encoder", ["transformers", "AutoModel"]), ("evil", ["evil_package", "Evil"]),
     ("tokenizer", {"auto_map": "x"})],
)  # fmt: skip
def test_classes_that_are_not_ours_are_refused(folder, part, value):
    edit(folder / "model_index.json", lambda d: d.update({part: value}))
    with pytest.raises(UnsafeFile, match=part):
        guard.check_folder(folder)


def test_a_pipeline_of_its_own_is_refused(folder):
    edit(folder / "model_index.json", lambda d: d.update(_class_name=["evil_pipe", "Pipe"]))
    with pytest.raises(UnsafeFile, match="program code"):
        guard.check_folder(folder)


def test_a_folder_that_does_not_say_what_it_is(folder):
    (folder / "model_index.json").write_text("{}")
    with pytest.raises(BrokenFile, match="does not say what kind"):
        guard.check_folder(folder)


@pytest.mark.parametrize("name", ["FluxPipeline", "StableDiffusion3Pipeline", "EvilPipeline"])
def test_another_family_is_named(folder, name):
    edit(folder / "model_index.json", lambda d: d.update(_class_name=name))
    with pytest.raises(UnsupportedModel, match=name):
        guard.check_folder(folder)


def test_parts_of_other_families_get_the_familys_message(folder):
    flux = {"_class_name": "FluxPipeline", "transformer": ["diffusers", "FluxTransformer2DModel"]}
    edit(folder / "model_index.json", lambda d: d.update(flux))
    with pytest.raises(UnsupportedModel, match="FluxPipeline"):
        guard.check_folder(folder)


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path):
    (tmp_path / "secret").write_text("root:x")
    (folder / "unet" / "notes.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(UnsafeFile, match=r"notes\.txt"):
        guard.check_folder(folder)
    (folder / "unet" / "notes.txt").unlink()
    (folder / "elsewhere").symlink_to(tmp_path)
    with pytest.raises(UnsafeFile, match="elsewhere"):
        guard.check_folder(folder)


def test_links_of_a_download_cache_are_fine(folder, tmp_path):
    cache = tmp_path / "models--a--b"
    (cache / "blobs").mkdir(parents=True)
    (cache / "snapshots").mkdir()
    shutil.copytree(folder, cache / "snapshots" / "abc")
    config = cache / "snapshots" / "abc" / "unet" / "config.json"
    os.replace(config, cache / "blobs" / "0123")
    config.symlink_to(cache / "blobs" / "0123")
    assert guard.check_folder(cache / "snapshots" / "abc").family == "sd"


def test_a_link_loop_ends(folder):
    (folder / "loop").symlink_to(folder)
    guard.check_folder(folder)


def test_too_many_files_are_refused(folder, monkeypatch):
    monkeypatch.setattr(guard, "FILES_LIMIT", 5)
    with pytest.raises(UnsafeFile, match="more than 5 files"):
        guard.check_folder(folder)


HOSTILE_JSON = {
    "deep": "[" * 200_000,
    "deep but closed": '{"a":' + "[" * 5000 + "]" * 5000 + "}",
    "a little too deep": '{"a":' * 40 + "1" + "}" * 40,
    "long": '{"a": "' + "x" * 2**21 + '"}',
    "a list": "[1]",
    "no JSON": "{'a': 1}",
    "nothing": "",
    "half": '{"_class_name": "Stable',
}


@pytest.mark.parametrize("name", HOSTILE_JSON)
def test_hostile_json_is_refused_quickly(folder, name):
    (folder / "model_index.json").write_text(HOSTILE_JSON[name])
    began = time.perf_counter()
    with pytest.raises(StudioError, match=r"model_index\.json"):
        guard.check_folder(folder)
    assert time.perf_counter() - began < 2


def test_not_utf8_is_refused(folder):
    (folder / "model_index.json").write_bytes(b'{"a": "\xff\xfe"}')
    with pytest.raises(BrokenFile):
        guard.check_folder(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [("block_out_channels", [320_000, 640_000]), ("layers_per_block", 500_000),
     ("cross_attention_dim", 10**12), ("sample_size", float("inf")), ("in_channels", -(10**9)),
     ("transformer_layers_per_block", [[9000]]), ("attention_head_dim", 10**6),
     ("down_block_types", ["DownBlock2D"] * 1000), ("x", float("nan")),
     ("num_encoder_blocks", [1, 3, 3, 500_000])],
)  # fmt: skip
def test_absurd_sizes_are_refused_before_anything_is_built(folder, key, value):
    edit(folder / "unet" / "config.json", lambda d: d.update({key: value}))
    with pytest.raises(UnsafeFile, match=key):
        guard.read_config(folder / "unet" / "config.json")


def test_keys_that_could_run_code_are_dropped(folder):
    hostile = {"auto_map": {"AutoModel": "evil.Evil"}, "quantization_config": {"a": 1},
               "custom_pipelines": "x", "chat_template": "{{ x }}"}  # fmt: skip
    edit(folder / "unet" / "config.json", lambda d: d.update(hostile))
    assert not set(hostile) & set(guard.read_config(folder / "unet" / "config.json"))


def test_only_safetensors_by_name(tmp_path):
    for name in ("a.ckpt", "a.pt", "a.bin", "a.txt"):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(UnsafeFile, match=name):
            guard.check_file(tmp_path / name)


@pytest.mark.parametrize(
    "config",
    [
        {"layers_per_block": 250, "transformer_layers_per_block": 250},
        {"layers_per_block": [2, 40], "transformer_layers_per_block": [1, 2, 10]},
        {"layers_per_block": 250, "block_out_channels": [64] * 60},
        {"num_encoder_blocks": [250], "num_decoder_blocks": [250]},
    ],
)
def test_sizes_that_multiply_are_refused_before_anything_is_built(config):
    """Each number is possible by itself; together they are hours and gigabytes."""
    with pytest.raises(UnsafeFile, match="layers"):
        guard.check_sizes({"block_out_channels": [320, 640, 1280], **config}, "x")


def test_real_sizes_pass():
    sdxl = {"layers_per_block": 2, "transformer_layers_per_block": [1, 2, 10],
            "block_out_channels": [320, 640, 1280], "projection_class_embeddings_input_dim": 2816,
            "reverse_transformer_layers_per_block": None}  # fmt: skip
    bigg = {"num_hidden_layers": 32, "hidden_size": 1280, "intermediate_size": 5120,
            "vocab_size": 49408, "num_attention_heads": 20}  # fmt: skip
    taesd = {"num_encoder_blocks": [1, 3, 3, 3], "num_decoder_blocks": [3, 3, 3, 1],
             "encoder_block_out_channels": [64] * 4}  # fmt: skip
    for config in (sdxl, bigg, taesd):
        guard.check_sizes(config, "x")
