"""A tiny seeded CLIP in each layout, and pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

WORDS = ["a", "hat", "cap", "dog", "cat", "beach", "snow", "photo", "of", "red", "blue"]
MODEL = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "patch_size": 16, "head_width": 16},
    "text_cfg": {"context_length": 16, "vocab_size": len(WORDS) + 3, "width": 32, "heads": 2,
                 "layers": 1},
}  # fmt: skip
PREPROCESS = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic"}


def write_tokenizer(folder):
    names = ["<unk>", *WORDS, "<|startoftext|>", "<|endoftext|>"]
    tokenizer = Tokenizer(WordLevel({name: i for i, name in enumerate(names)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))


def write_open_clip(folder, seed=0):
    """An open_clip folder with random weights."""
    import open_clip

    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = open_clip.CLIP(**MODEL)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    (folder / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": MODEL, "preprocess_cfg": PREPROCESS})
    )
    write_tokenizer(folder)
    return folder


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory):
    return write_open_clip(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def encoder(clip_folder):
    from studio.concepts.load_encoder import load_encoder

    return load_encoder(clip_folder)


def picture(colour=(200, 40, 40), size=(64, 48), seed=None):
    """A flat or a noisy RGB picture."""
    if seed is None:
        return Image.new("RGB", size, colour)
    noise = np.random.default_rng(seed).integers(0, 256, (size[1] // 8, size[0] // 8, 3))
    return Image.fromarray(noise.astype(np.uint8)).resize(size)
