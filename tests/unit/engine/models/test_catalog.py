from __future__ import annotations

import json
import shutil
import time

import pytest

from studio.engine.errors import ModelNotFound
from studio.engine.models import catalog
from studio.engine.models.catalog import find, inspect, scan
from tests import tiny_models


@pytest.fixture
def models(tmp_path):
    """A models folder with one of each kind, whole and broken."""
    shutil.copytree(tiny_models.folder("sd"), tmp_path / "one")
    shutil.copytree(tiny_models.folder("sd"), tmp_path / "deep" / "one")
    shutil.copy(tiny_models.single_file("sd"), tmp_path / "file.safetensors")
    (tmp_path / "old.ckpt").write_bytes(b"PK\x03\x04")
    (tmp_path / "cut.safetensors").write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".incoming").mkdir()
    shutil.copy(tiny_models.single_file("sd"), tmp_path / ".incoming" / "half.safetensors")
    return tmp_path


def test_finds_every_model_and_gives_each_its_own_id(models):
    found = {info.id: info for info in scan([models, models / "nowhere"])}
    assert set(found) == {"one", "one (2)", "file", "old", "cut"}
    assert (found["file"].layout, found["one"].layout) == ("file", "folder")
    assert "program code" in found["old"].problem
    assert "cut" in found["cut"].problem
    assert all(info.hint for info in found.values() if info.problem)


@pytest.mark.parametrize(
    ("kind", "is_file", "expected"),
    [
        ("sd", False, ("sd", 64, "epsilon", 4)), ("sd_v", False, ("sd", 64, "v_prediction", 4)),
        ("sd_inpaint", False, ("sd", 64, "epsilon", 9)),
        ("sdxl", False, ("sdxl", 64, "epsilon", 4)),
        ("sd", True, ("sd", 512, "epsilon", 4)), ("sdxl", True, ("sdxl", 1024, "epsilon", 4)),
    ],
)  # fmt: skip
def test_describes_what_it_is(kind, is_file, expected):
    path = tiny_models.single_file(kind) if is_file else tiny_models.folder(kind)
    info = inspect(path)
    assert (info.family, info.native_size, info.prediction_type, info.in_channels) == expected
    assert (info.problem, info.multiple_of, info.latent_channels) == ("", 8, 4)
    assert info.size_bytes > 10_000
    assert info.is_inpainting == (kind == "sd_inpaint")


IMPOSSIBLE = {
    "name": " ", "native_size": 10**9, "multiple_of": 0, "steps": 0, "guidance_scale": -1,
    "guidance_rescale": 7, "sampler": "Euler's", "schedule": "weekly", "width": 100, "height": 640,
    "negative_prompt": "x" * 50_000,
}  # fmt: skip


def test_a_sidecar_says_what_the_file_does_not(tmp_path):
    path = tmp_path / "model.safetensors"
    shutil.copy(tiny_models.single_file("sd"), path)
    said = {
        "name": "My model", "native_size": 768, "prediction_type": "v_prediction",
        "defaults": {"steps": 8}, "steps": 20, "guidance_scale": 3, "sampler": 7,
        "example_prompts": ["a fox", 3], "multiple_of": "x",
    }  # fmt: skip
    (tmp_path / "model.studio.json").write_text(json.dumps(said))
    info = inspect(path)
    assert (info.name, info.native_size, info.prediction_type) == ("My model", 768, "v_prediction")
    assert info.defaults == {"steps": 8, "guidance_scale": 3}
    assert (info.example_prompts, info.multiple_of) == (("a fox",), 8)


def test_a_sidecar_cannot_ask_for_the_impossible(tmp_path):
    path = tmp_path / "model.safetensors"
    shutil.copy(tiny_models.single_file("sd"), path)
    (tmp_path / "model.studio.json").write_text(json.dumps(IMPOSSIBLE))
    info = inspect(path)
    assert (info.name, info.native_size, info.multiple_of) == ("model", 512, 8)
    assert info.defaults == {"height": 640}


def test_a_broken_description_is_a_problem_not_an_error(models):
    (models / "one" / "unet" / "config.json").write_text("[")
    (models / "deep" / "one" / "vae" / "config.json").unlink()
    found = {info.id: info for info in scan([models])}
    assert found["one"].problem
    assert found["one (2)"].problem
    (models / "one" / "unet" / "config.json").write_text('{"sample_size": "x", "in_channels": []}')
    assert inspect(models / "one").problem


def test_a_locked_file_is_asked_again(tmp_path, monkeypatch):
    """Unlocking changes neither its size nor its time."""
    path = tmp_path / "m.safetensors"
    shutil.copy(tiny_models.single_file("sd"), path)
    with monkeypatch.context() as patch:
        patch.setattr(type(path), "open", lambda *a, **k: (_ for _ in ()).throw(PermissionError()))
        assert "cannot be read" in inspect(path).problem
    assert not inspect(path).problem


def test_find_takes_ids_and_paths(models):
    known = scan([models])
    assert find(known, "file").path == models / "file.safetensors"
    assert find(known, str(models / "one")).id == "one"
    assert find([], str(models / "one")).family == "sd"
    for wanted in ("", "nonesuch", str(models / "gone")):
        with pytest.raises(ModelNotFound):
            find(known, wanted)


def test_a_model_in_a_download_cache_has_its_name_and_not_a_hash(tmp_path):
    """As the hub's own client lays it out: links from snapshots/<hash> into blobs."""
    cache = tmp_path / "models--somebody--dream-xl"
    shutil.copytree(tiny_models.folder("sd"), cache / "snapshots" / "0a1b2c3d")
    (cache / "blobs").mkdir()
    for number, path in enumerate(sorted((cache / "snapshots").rglob("*.*"))):
        blob = cache / "blobs" / f"{number:064x}"
        path.rename(blob)
        path.symlink_to(blob)
    (info,) = scan([tmp_path])
    assert (info.id, info.problem) == ("dream-xl", "")
    assert info.size_bytes > 10_000


def test_a_near_miss_is_guessed(models):
    with pytest.raises(ModelNotFound, match="Did you mean 'file'"):
        find(scan([models]), "fiel")


def test_link_loops_and_crowds_end(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self.safetensors").symlink_to(tmp_path / "a" / "self.safetensors")
    (tmp_path / "a" / "dead.safetensors").symlink_to(tmp_path / "nowhere")
    shutil.copy(tiny_models.single_file("sd"), tmp_path / "a" / "m.safetensors")
    assert [info.id for info in scan([tmp_path])] == ["m"]
    monkeypatch.setattr(catalog, "ENTRY_LIMIT", 50)
    for number in range(200):
        (tmp_path / f"f{number}").mkdir()
    began = time.perf_counter()
    scan([tmp_path])
    assert time.perf_counter() - began < 2


def test_reading_the_headers_is_quick(models):
    began = time.perf_counter()
    scan([models])
    assert time.perf_counter() - began < 2


def test_a_model_is_read_again_only_when_its_files_change(models, monkeypatch):
    scan([models])
    reads = []
    for name in ("read_json", "check_file"):
        real = getattr(catalog.guard, name)
        monkeypatch.setattr(catalog.guard, name, lambda *a, r=real: reads.append(a) or r(*a))
    assert {info.id for info in scan([models]) if not info.problem} == {"one", "one (2)", "file"}
    assert not reads  # nor are those that were refused
    assert [info.problem for info in scan([models]) if info.problem]
    (models / "one" / "studio.json").write_text('{"name": "New"}')
    assert inspect(models / "one").name == "New"


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [
        ("unet/config.json", {"class_embed_type": "projection"}, "picture embedding"),
        ("unet/config.json", {"time_cond_proj_dim": 256}, "guidance built in"),
        ("unet/config.json", {"in_channels": 8}, "another picture"),
        ("unet/config.json", {"addition_embed_type": "text_time"}, "another kind"),
        ("unet/config.json", {"addition_embed_type": "image"}, "another kind"),
        ("unet/config.json", {"encoder_hid_dim_type": "text_proj"}, "another kind"),
        ("scheduler/scheduler_config.json", {"beta_start": "x"}, "makes no sense"),
        ("model_index.json", {"_class_name": "StableDiffusionXLImg2ImgPipeline",
                              "text_encoder": [None, None]}, "refiner"),
    ],
)  # fmt: skip
def test_kinds_that_want_more_than_we_give_say_so(models, part, change, words):
    path = models / "one" / part
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert words in inspect(models / "one").problem
