"""Words become the numbers that each kind of CLIP has learnt."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from studio.concepts import clip_tokens
from studio.engine.errors import BrokenFile
from tests.unit.concepts.conftest import WORDS, write_tokenizer


def write(folder, names):
    tokenizer = Tokenizer(WordLevel({name: i for i, name in enumerate(names)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))


def test_start_words_and_padding_with_the_end_mark(tmp_path):
    write_tokenizer(tmp_path)
    start, end = len(WORDS) + 1, len(WORDS) + 2
    rows = clip_tokens.from_folder(tmp_path, 6)(["a hat", ""])
    assert rows.tolist() == [[start, 1, 2, end, end, end], [start, end, end, end, end, end]]


def test_a_long_text_is_cut_and_still_ends(tmp_path):
    write_tokenizer(tmp_path)
    row = clip_tokens.from_folder(tmp_path, 5)(["hat " * 50])[0].tolist()
    assert row == [len(WORDS) + 1, 2, 2, 2, len(WORDS) + 2]


def test_siglip_has_no_start_and_sees_neither_case_nor_punctuation(tmp_path):
    write(tmp_path, ["<unk>", "a", "hat", "</s>"])
    tokenize = clip_tokens.siglip(tmp_path, 4)
    assert tokenize(["A hat!"]).tolist() == tokenize(["a   hat"]).tolist() == [[1, 2, 3, 3]]
    assert tokenize(["hat " * 9]).tolist() == [[2, 2, 2, 3]]


def test_the_built_in_tokenizer_needs_no_files():
    row = clip_tokens.built_in(8)(["a hat"])[0].tolist()
    assert (row[0], row[3], row[4:]) == (49406, 49407, [0] * 4)


@pytest.mark.parametrize("data", [b"", b"{}", b"\x80\x04junk", b'{"model": {"type": "evil"}}'])
def test_a_damaged_tokenizer_is_one_sentence(tmp_path, data):
    (tmp_path / "tokenizer.json").write_bytes(data)
    with pytest.raises(BrokenFile, match="tokenizer"):
        clip_tokens.from_folder(tmp_path, 8)


def test_a_tokenizer_without_marks_and_a_folder_without_one(tmp_path):
    write(tmp_path, ["<unk>", "hat"])
    with pytest.raises(BrokenFile, match="start and end"):
        clip_tokens.from_folder(tmp_path, 8)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BrokenFile):
        clip_tokens.from_folder(tmp_path / "empty", 8)
