"""Words become the numbers that each kind of CLIP has learnt."""

from __future__ import annotations

import json

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from studio.concepts import clip_tokens
from studio.engine.errors import BrokenFile
from tests.unit.concepts.conftest import WORDS, write_tokenizer

SIZE = len(WORDS) + 3  # of the tiny vocabulary


def write(folder, names):
    tokenizer = Tokenizer(WordLevel({name: i for i, name in enumerate(names)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))


def test_start_words_and_padding_with_the_end_mark(tmp_path):
    write_tokenizer(tmp_path)
    start, end = len(WORDS) + 1, len(WORDS) + 2
    rows = clip_tokens.from_folder(tmp_path, 6, SIZE, "mine")(["a hat", ""])
    assert rows.tolist() == [[start, 1, 2, end, end, end], [start, end, end, end, end, end]]


def test_a_long_text_is_cut_and_still_ends(tmp_path):
    write_tokenizer(tmp_path)
    row = clip_tokens.from_folder(tmp_path, 5, SIZE, "mine")(["hat " * 50])[0].tolist()
    assert row == [len(WORDS) + 1, 2, 2, 2, len(WORDS) + 2]


def test_siglip_has_no_start_and_sees_neither_case_nor_punctuation(tmp_path):
    write(tmp_path, ["<unk>", "a", "hat", "</s>"])
    tokenize = clip_tokens.siglip(tmp_path, 4, 4, "mine")
    assert tokenize(["A hat!"]).tolist() == tokenize(["a   hat"]).tolist() == [[1, 2, 3, 3]]
    assert tokenize(["hat " * 9]).tolist() == [[2, 2, 2, 3]]


def test_the_built_in_tokenizer_needs_no_files():
    row = clip_tokens.built_in(8)(["a hat"])[0].tolist()
    assert (row[0], row[3], row[4:]) == (49406, 49407, [0] * 4)


@pytest.mark.parametrize("data", [b"", b"{}", b"\x80\x04junk", b'{"model": {"type": "evil"}}'])
def test_a_damaged_tokenizer_is_one_sentence(tmp_path, data):
    (tmp_path / "tokenizer.json").write_bytes(data)
    with pytest.raises(BrokenFile, match="tokenizer of mine cannot be read"):
        clip_tokens.from_folder(tmp_path, 8, SIZE, "mine")


def test_a_tokenizer_without_marks_and_a_folder_without_one(tmp_path):
    write(tmp_path, ["<unk>", "hat", "dog", "a", "red", "of"])
    with pytest.raises(BrokenFile, match="start and end"):
        clip_tokens.from_folder(tmp_path, 8, 6, "mine")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BrokenFile):
        clip_tokens.from_folder(tmp_path / "empty", 8, SIZE, "mine")


def test_a_tokenizer_that_has_lost_its_words_is_refused(tmp_path):
    """It can be opened, and gives every word the same number: all terms would cancel."""
    write(tmp_path, ["<unk>", "<|startoftext|>", "<|endoftext|>"])
    with pytest.raises(BrokenFile, match="takes all words for the same"):
        clip_tokens.from_folder(tmp_path, 8, 3, "mine")


def write_pairs(folder, merges):
    letters = [chr(place) for place in range(ord("a"), ord("z") + 1)]
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), "ha", "hat</w>",
              "<|startoftext|>", "<|endoftext|>"]  # fmt: skip
    model = {"type": "BPE", "end_of_word_suffix": "</w>", "merges": merges,
             "vocab": {piece: place for place, piece in enumerate(pieces)}}  # fmt: skip
    (folder / "tokenizer.json").write_text(json.dumps({"version": "1.0", "model": model}))
    return len(pieces)


def test_a_tokenizer_without_its_merges_reads_letters_and_is_refused(tmp_path):
    size = write_pairs(tmp_path, ["h a", "ha t</w>"])
    assert clip_tokens.from_folder(tmp_path, 8, size, "mine")(["hat"])[0, 1] == size - 3
    write_pairs(tmp_path, [])
    with pytest.raises(BrokenFile, match="single letters"):
        clip_tokens.from_folder(tmp_path, 8, size, "mine")


@pytest.mark.parametrize("size", [SIZE - 2, 10 * SIZE])
def test_a_tokenizer_of_another_model_is_refused(tmp_path, size):
    """It gives numbers that the model has no row for, or has but a few of the model's words."""
    write_tokenizer(tmp_path)
    with pytest.raises(BrokenFile, match="of mine belongs to another model"):
        clip_tokens.from_folder(tmp_path, 8, size, "mine")


def test_a_word_beyond_the_models_vocabulary_is_one_sentence_when_it_is_used(tmp_path):
    """The entries before it fit, as with words that somebody has added."""
    write(tmp_path, ["<unk>", "hat", "dog", "</s>", "added"])
    tokenize = clip_tokens.siglip(tmp_path, 4, 4, "mine")
    assert tokenize(["hat"]).tolist() == [[1, 3, 3, 3]]
    with pytest.raises(BrokenFile, match="belongs to another model"):
        tokenize(["added"])
