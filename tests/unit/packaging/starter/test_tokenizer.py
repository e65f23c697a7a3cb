"""The tokenizer: the same ids after saving, for transformers' loaders, and for any text."""

from __future__ import annotations

from pathlib import Path

import pytest
from starter_recipe.tokenizer import END, START, build_tokenizer, load_tokenizer, save_tokenizer
from transformers import AutoTokenizer, CLIPTokenizer

TEXTS = ["a cat wearing a top hat on a blue background", "A  CAT,  desert", "", "xylophone 日本 🐱",
         "don't"]


@pytest.fixture(scope="module")
def tokenizer(tiny_run: Path) -> CLIPTokenizer:
    return build_tokenizer(tiny_run / "sprites.zip", 900)


def test_size_and_special_tokens(tokenizer: CLIPTokenizer) -> None:
    assert len(tokenizer) <= 900
    assert tokenizer.eos_token_id == len(tokenizer) - 1
    assert tokenizer.convert_ids_to_tokens(tokenizer("cat").input_ids)[0] == START
    assert tokenizer.pad_token == END


def test_saved_folder_gives_the_same_ids(tokenizer: CLIPTokenizer, tmp_path: Path) -> None:
    save_tokenizer(tokenizer, tmp_path)
    loaded = load_tokenizer(tmp_path)
    automatic = AutoTokenizer.from_pretrained(str(tmp_path), local_files_only=True)
    for text in TEXTS:
        assert loaded(text).input_ids == tokenizer(text).input_ids == automatic(text).input_ids
    assert (tmp_path / "vocab.json").exists()
    assert (tmp_path / "merges.txt").exists()


def test_unknown_words_become_pieces_not_unknowns(tokenizer: CLIPTokenizer) -> None:
    for text in TEXTS:
        inner = tokenizer(text).input_ids[1:-1]
        assert tokenizer.eos_token_id not in inner
    assert tokenizer.decode(tokenizer("xylophone 日本").input_ids[1:-1]).strip() == "xylophone 日本"


def test_long_prompts_are_cut_at_77(tokenizer: CLIPTokenizer) -> None:
    ids = tokenizer("cat " * 200, truncation=True, max_length=77).input_ids
    assert len(ids) == 77
    assert ids[-1] == tokenizer.eos_token_id
