"""Words become the numbers that each kind of CLIP has learnt."""

from __future__ import annotations

import json

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from studio.concepts import clip_tokens
from studio.engine.errors import BrokenFile, StudioError, UnsafeFile
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


def edited(folder, **parts):
    write_tokenizer(folder)
    story = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps(story | parts))


def several(kind, rules, count):
    return {"type": "Sequence", kind: [rules] * count}


DOUBLING = {"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}


@pytest.mark.parametrize("parts", [
    {"normalizer": several("normalizers", DOUBLING, 40)},
    {"normalizer": several("normalizers", several("normalizers", DOUBLING, 10), 4)},
    {"normalizer": DOUBLING | {"content": "a" * 1000}},
    {"pre_tokenizer": several("pretokenizers", BYTES, 40)},
    {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "/////w=="}},
])  # fmt: skip
def test_rules_that_would_end_the_program_are_refused_before_they_are_tried(
    tmp_path, monkeypatch, parts
):
    edited(tmp_path, **parts)
    monkeypatch.setattr(clip_tokens, "Tokenizer", None)  # it aborts the process, not the test
    with pytest.raises(UnsafeFile, match=r"tokenizer\.json holds rules that fill the memory"):
        clip_tokens.from_folder(tmp_path, 8, SIZE, "mine")


def test_a_part_said_twice_is_refused(tmp_path, monkeypatch):
    edited(tmp_path)
    text = (tmp_path / "tokenizer.json").read_text()
    twice = f'{{"normalizer": {json.dumps(DOUBLING)}, {text[1:]}'
    (tmp_path / "tokenizer.json").write_text(twice)
    with pytest.raises(BrokenFile, match="damaged"):
        clip_tokens.from_folder(tmp_path, 8, SIZE, "mine")


def test_the_rules_of_real_tokenizers_pass(tmp_path):
    space = {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}
    mark = {"type": "Replace", "pattern": {"String": "!"}, "content": ""}
    edited(tmp_path, normalizer={"type": "Sequence", "normalizers": [space, *[mark] * 32, space]},
           pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, BYTES]})
    assert clip_tokens.from_folder(tmp_path, 6, SIZE, "mine")(["a hat"])[0, 1] == 1


def test_a_panic_of_the_library_is_one_sentence(tmp_path):
    """It is no Exception: the pattern gives up in the middle of a word."""
    pattern = {"type": "Split", "pattern": {"Regex": "((a*)*)*$(?<!x)"}, "behavior": "Isolated",
               "invert": False}  # fmt: skip
    edited(tmp_path, pre_tokenizer={"type": "Sequence", "pretokenizers": [
        {"type": "Whitespace"}, pattern]})  # fmt: skip
    tokenize = clip_tokens.from_folder(tmp_path, 6, SIZE, "mine")
    with pytest.raises(BrokenFile, match="cannot read this"):
        tokenize(["a" * 4000 + "c"])
    edited(tmp_path, normalizer={"type": "Precompiled", "precompiled_charsmap": "AAAA"})
    with pytest.raises(StudioError):
        clip_tokens.from_folder(tmp_path, 6, SIZE, "mine")


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
