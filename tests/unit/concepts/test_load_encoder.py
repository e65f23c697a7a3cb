"""Loading CLIP models: every layout works, every hostile or broken one is one sentence."""

from __future__ import annotations

import json
import pickle
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.concepts import encoders
from studio.concepts.load_encoder import load_encoder
from studio.engine.errors import BrokenFile, StudioError, UnsafeFile, UnsupportedModel
from tests.unit.concepts.conftest import MODEL, WORDS, picture, write_tokenizer


@pytest.fixture
def folder(clip_folder, tmp_path):
    shutil.copytree(clip_folder, tmp_path / "mine")
    return tmp_path / "mine"


def edit(folder, **changes):
    config = {"model_cfg": {**MODEL, **changes}, "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))


def write_transformers(folder, kind):
    from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel

    folder.mkdir()
    text = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1,
            "num_attention_heads": 2, "vocab_size": len(WORDS) + 3,
            "max_position_embeddings": 16, "bos_token_id": len(WORDS) + 1,
            "eos_token_id": len(WORDS) + 2, "pad_token_id": len(WORDS) + 2}  # fmt: skip
    vision = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1,
              "num_attention_heads": 2, "image_size": 32, "patch_size": 16}  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if kind == "clip":
            config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)
            model = CLIPModel(config)
        else:
            config = SiglipConfig(text_config=text, vision_config=vision)
            model = SiglipModel(config)
    save_file(model.state_dict(), folder / "model.safetensors")
    config.save_pretrained(folder)
    write_tokenizer(folder)
    return model.eval()


def test_an_open_clip_folder(clip_folder, encoder):
    info = encoder.info
    assert (info.id, info.kind, info.problem) == ("tiny", "open_clip", "")
    assert encoder.dimensions == 24
    assert encoder.picture.mean == (0.5, 0.5, 0.5)
    assert encoder.model.startswith("tiny@")


def test_other_weights_have_another_identity(folder):
    before = encoders.fingerprint(encoders.describe(folder))
    path = folder / "open_clip_model.safetensors"
    weights = load_file(path)
    weights["positional_embedding"][0, 0] += 1
    save_file(weights, path)
    assert encoders.fingerprint(encoders.describe(folder)) != before


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_a_transformers_folder(tmp_path, kind):
    stock = write_transformers(tmp_path / "hf", kind)
    encoder = load_encoder(tmp_path / "hf")
    tokens = encoder._tokenize(["a hat", "red dog"])
    assert encoder.texts(["a hat", "red dog"]).shape == (2, encoder.dimensions)
    with torch.no_grad():
        expected = stock.get_text_features(input_ids=tokens)
    expected = expected if isinstance(expected, torch.Tensor) else expected.pooler_output
    expected = torch.nn.functional.normalize(expected, dim=-1)
    np.testing.assert_allclose(encoder.texts(["a hat", "red dog"]), expected, atol=1e-5)
    assert encoder.pictures([encoder.prepare(picture())]).shape == (1, encoder.dimensions)


def test_scan_finds_models_and_reports_broken_ones(tmp_path, clip_folder):
    shutil.copytree(clip_folder, tmp_path / "good")
    shutil.copytree(clip_folder, tmp_path / "torn")
    (tmp_path / "torn" / "open_clip_model.safetensors").write_bytes(b"torn")
    (tmp_path / "notes").mkdir()
    (tmp_path / "readme.txt").write_text("x")
    found = {info.id: info for info in encoders.scan([tmp_path, tmp_path / "absent"])}
    assert set(found) == {"good", "torn"}
    assert found["good"].problem == ""
    assert "torn" in found["torn"].path.name
    assert found["torn"].problem


PICKLED = "a pickle, which can run code: convert it to .safetensors."


def test_pickles_among_the_clip_models_are_told_and_never_opened(tmp_path, clip_folder):
    clips = tmp_path / "clip"
    shutil.copytree(clip_folder, clips / "tiny")
    (clips / "ViT-B-32.PT").write_bytes(b"\x80\x02junk")
    (clips / "tiny.ckpt").write_bytes(b"converted already")  # not worth a word
    for name, config in (("hf", '{"model_type": "clip"}'), ("bare", "")):
        (clips / name).mkdir()
        (clips / name / "pytorch_model.bin").write_bytes(b"PK")
        (clips / name / "config.json").write_text(config)
    shutil.copytree(clip_folder, clips / "oc")
    (clips / "oc" / "open_clip_model.safetensors").rename(clips / "oc" / "weights.pth")
    found = {info.id: info.problem for info in encoders.scan([clips])}
    assert next(iter(found.items())) == ("tiny", "")  # what can be used comes first
    assert found == {
        "tiny": "", "ViT-B-32.PT": f"ViT-B-32.PT is {PICKLED}", "hf": f"hf holds {PICKLED}",
        "bare": f"bare holds {PICKLED}", "oc": f"oc holds {PICKLED}",
    }  # fmt: skip


def test_checkpoints_that_draw_are_no_broken_clips(tmp_path):
    """They lie in the models folder, whose own list tells of them."""
    (tmp_path / "sd15.ckpt").write_bytes(b"\x80\x02")
    (tmp_path / "dream.safetensors").write_bytes(b"x")
    assert encoders.scan([tmp_path]) == []


def test_weights_among_the_clip_models_that_say_nothing_of_themselves_are_told(tmp_path):
    clips = tmp_path / "clip"
    (clips / "folder").mkdir(parents=True)
    for path in (clips / "my_clip.safetensors", clips / "folder" / "model.safetensors"):
        save_file({"x": torch.zeros(1)}, path)
    (clips / "readme.md").write_text("x")
    problems = {info.id: info.problem for info in encoders.scan([clips])}
    assert problems == {
        "my_clip.safetensors": "my_clip.safetensors is not named after its architecture.",
        "folder": "folder lacks its open_clip_config.json.",
    }


def test_files_laid_right_into_the_clip_folder_are_one_model(tmp_path, clip_folder):
    shutil.copytree(clip_folder, tmp_path / "clip")
    assert [info.problem for info in encoders.scan([tmp_path / "clip"])] == [""]


def test_of_a_hubs_two_weight_files_the_own_one_is_taken(folder):
    save_file({"text_model.x": torch.zeros(1)}, folder / "model.safetensors")
    assert encoders.describe(folder).weights.name == "open_clip_model.safetensors"
    load_encoder(folder)


def test_a_transformers_folder_with_weights_of_another_name(tmp_path):
    write_transformers(tmp_path / "hf", "clip")
    (tmp_path / "hf" / "model.safetensors").rename(tmp_path / "hf" / "clip.safetensors")
    assert load_encoder(tmp_path / "hf").dimensions == 24


@pytest.mark.parametrize(("stem", "architecture"), [
    ("ViT-B-32-256-datacomp", "ViT-B-32-256"), ("vit-b-32", "ViT-B-32"),
    ("ViT-B-32-quickgelu", "ViT-B-32-quickgelu"), ("dreamshaper", ""),
])  # fmt: skip
def test_a_bare_file_is_named_after_its_architecture(stem, architecture):
    assert encoders.guess_architecture(stem) == architecture


def test_weights_of_another_architecture(folder):
    edit(folder, embed_dim=32)
    with pytest.raises(UnsupportedModel, match="another architecture"):
        load_encoder(folder)


def test_weights_with_nan(folder):
    path = folder / "open_clip_model.safetensors"
    weights = load_file(path)
    weights["ln_final.weight"][3] = float("nan")
    save_file(weights, path)
    with pytest.raises(BrokenFile, match="not finite"):
        load_encoder(folder)


def test_a_pickle_under_another_name(folder):
    class Trap:
        def __reduce__(self):
            return (print, ("ran",))

    (folder / "open_clip_model.safetensors").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UnsafeFile, match="program code"):
        load_encoder(folder)


@pytest.mark.parametrize("changes", [
    {"text_cfg": {**MODEL["text_cfg"], "layers": 100_000}},
    {"text_cfg": {**MODEL["text_cfg"], "hf_model_name": "someone/code"}},
    {"text_cfg": {**MODEL["text_cfg"], "trust_remote_code": True}},
    {"vision_cfg": {**MODEL["vision_cfg"], "timm_model_name": "hf-hub:someone/code"}},
    {"vision_cfg": {**MODEL["vision_cfg"], "width": -1}},
    {"vision_cfg": {**MODEL["vision_cfg"], "norm_kwargs": {"run": "x"}}},
    {"vision_cfg": None},
    {"embed_dim": "24"},
    {"text_cfg": {**MODEL["text_cfg"], "context_length": 20_000}},  # a mask of its square
    {"vision_cfg": {**MODEL["vision_cfg"], "image_size": 20_000, "patch_size": 1000}},
    {"multimodal_cfg": {}},
])  # fmt: skip
def test_hostile_descriptions_are_refused(folder, changes):
    edit(folder, **changes)
    with pytest.raises(StudioError) as caught:
        load_encoder(folder)
    assert caught.value.hint


def test_no_memory_is_spent_on_weights_that_are_not_in_the_file(folder, monkeypatch):
    """A description of a few bytes may ask for any network; the file has to hold it."""
    import open_clip

    path, built = folder / "open_clip_model.safetensors", []
    weights = load_file(path)
    del weights["text_projection"]
    save_file(weights, path)

    class Watched(open_clip.CLIP):
        def __init__(self, *args, **options):
            built.append(torch.empty(1).device.type)
            super().__init__(*args, **options)

    monkeypatch.setattr(open_clip, "CLIP", Watched)
    with pytest.raises(UnsupportedModel, match="text_projection does not fit"):
        load_encoder(folder)
    assert built == ["meta"]


@pytest.mark.parametrize("name", ["text_config", "vision_config"])
def test_a_transformers_folder_that_asks_for_squares_is_refused(tmp_path, name):
    write_transformers(tmp_path / "hf", "siglip")
    path = tmp_path / "hf" / "config.json"
    config = json.loads(path.read_text())
    config[name] |= {"max_position_embeddings": 20_000, "image_size": 20_000}
    path.write_text(json.dumps(config))
    with pytest.raises(UnsafeFile, match="20000"):
        load_encoder(tmp_path / "hf")


def test_a_fingerprint_reads_no_endless_description(folder):
    found = set()
    for tail in (b"", b"more", b"x" * 2**20):
        (folder / "config.json").write_bytes(b"a" * 2**20 + tail)
        found.add(encoders.fingerprint(encoders.describe(folder)))
    assert len(found) == 1


def test_code_named_in_tokenizer_settings_is_never_looked_at(folder, tmp_path):
    """open_clip 3.3 would import it from its "local-dir:" form."""
    (folder / "tokenization.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    text = {**MODEL["text_cfg"], "tokenizer_kwargs": {"trust_remote_code": True}}
    edit(folder, text_cfg=text)
    load_encoder(folder)
    assert not (tmp_path / "ran").exists()


def test_a_transformers_folder_with_an_adapter_or_a_broken_tokenizer(tmp_path):
    write_transformers(tmp_path / "hf", "clip")
    (tmp_path / "hf" / "tokenizer.json").write_text('{"version": "1.0", "model": {"type": "?"}}')
    with pytest.raises(BrokenFile, match="tokenizer"):
        load_encoder(tmp_path / "hf")
    (tmp_path / "hf" / "adapter_config.json").write_text("{}")
    with pytest.raises(UnsafeFile, match="adapter"):
        load_encoder(tmp_path / "hf")


def test_something_that_is_no_clip(tmp_path):
    (tmp_path / "x").mkdir()
    with pytest.raises(UnsupportedModel, match="no CLIP"):
        load_encoder(tmp_path / "x")


def test_a_model_without_its_own_tokenizer_is_one_sentence(folder):
    """The built-in one gives numbers that this model's small vocabulary does not have."""
    (folder / "tokenizer.json").unlink()
    with pytest.raises(UnsupportedModel, match="mine lacks its tokenizer"):
        load_encoder(folder)


def test_a_model_that_takes_all_words_for_the_same_is_refused(tmp_path):
    """It looks at an end mark that its tokenizer does not give: each expression would cancel."""
    write_transformers(tmp_path / "hf", "clip")
    path = tmp_path / "hf" / "config.json"
    config = json.loads(path.read_text())
    config["text_config"]["eos_token_id"] = 0
    path.write_text(json.dumps(config))
    with pytest.raises(BrokenFile, match="hf takes all words for the same"):
        load_encoder(tmp_path / "hf")
