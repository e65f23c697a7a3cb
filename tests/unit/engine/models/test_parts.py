from __future__ import annotations

import json
import shutil

import pytest
import torch

from studio.engine.errors import BrokenFile
from studio.engine.models import parts
from studio.engine.models.vocabulary import clip_vocabulary
from tests import tiny_models

PLACE = parts.Place("cpu", torch.float32)


def test_a_blank_part_has_no_memory():
    part = parts.blank("UNet2DConditionModel", dict(tiny_models.unet().config))
    assert all(p.is_meta for p in part.parameters())


@pytest.mark.parametrize("config", [{"block_out_channels": "x"}, {"down_block_types": ["evil"]}])
def test_a_description_without_sense_is_told(config):
    with pytest.raises(BrokenFile, match="makes no sense"):
        parts.blank("UNet2DConditionModel", config)


def test_buffers_that_no_file_holds_get_their_memory():
    encoder = parts.from_folder(tiny_models.folder("sd") / "text_encoder", "CLIPTextModel", PLACE)
    assert not any(b.is_meta for b in encoder.buffers())
    assert encoder(torch.tensor([[1, 2, 3]]))[0].shape == (1, 3, 32)


def test_precision_is_as_asked():
    vae = parts.from_folder(tiny_models.folder("sd") / "vae", "AutoencoderKL",
                            parts.Place("cpu", torch.bfloat16))  # fmt: skip
    assert {p.dtype for p in vae.parameters()} == {torch.bfloat16}


def test_concept_entry_is_one_linear_map(tmp_path):
    source = tiny_models.folder("sd_v") / "clip_projection"
    entry = parts.concept_entry(source, PLACE)
    assert entry(torch.zeros(1, tiny_models.CONCEPT_DIM)).abs().max() == 0
    assert entry.weight.shape == (32, tiny_models.CONCEPT_DIM)
    shutil.copytree(source, tmp_path / "x")
    for broken in ({"in_features": 5, "out_features": 32}, {"in_features": "a"}, {}):
        (tmp_path / "x" / "config.json").write_text(json.dumps(broken))
        with pytest.raises(BrokenFile):
            parts.concept_entry(tmp_path / "x", PLACE)


def test_tokenizers_pad_as_their_encoders_were_trained():
    assert parts.file_tokenizer("clip").pad_token == "<|endoftext|>"
    assert parts.file_tokenizer("open_clip").pad_token == "!"
    words = parts.tokenizer(clip_vocabulary())("two words", padding="max_length")["input_ids"]
    assert (len(words), words[0], words[3]) == (77, 49406, 49407)
