from __future__ import annotations

import json
import time

import pytest

from studio.engine.errors import BrokenFile, StudioError
from studio.engine.models.vocabulary import clip_vocabulary, read_vocabulary
from tests import tiny_models


def test_clips_own_vocabulary_is_whole():
    vocabulary = clip_vocabulary()
    assert len(vocabulary.tokens) == 49408
    assert len(vocabulary.merges) == 48894
    assert vocabulary.tokens["<|endoftext|>"] == 49407
    assert vocabulary.tokens["hat</w>"] == 3801
    assert (clip_vocabulary("!").pad, clip_vocabulary("!").end) == ("!", "<|endoftext|>")


def test_reads_either_layout(tmp_path):
    saved = tiny_models.folder("sd") / "tokenizer"
    whole = read_vocabulary(saved)
    tokens, merges = tiny_models.small_vocabulary()
    assert whole.tokens == tokens
    assert whole.merges == merges
    assert whole.context == 77
    (tmp_path / "vocab.json").write_text(json.dumps(tokens))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n" + "\n".join(map(" ".join, merges)))
    (tmp_path / "special_tokens_map.json").write_text('{"pad_token": {"content": "!"}}')
    old = read_vocabulary(tmp_path)
    assert (old.tokens, old.merges, old.pad) == (tokens, merges, "!")


def test_an_evil_pattern_in_a_tokenizer_is_never_used(tmp_path):
    data = json.loads((tiny_models.folder("sd") / "tokenizer" / "tokenizer.json").read_text())
    data["pre_tokenizer"] = {"type": "Split", "pattern": {"Regex": "(a+)+$"}}
    (tmp_path / "tokenizer.json").write_text(json.dumps(data))
    (tmp_path / "tokenizer_config.json").write_text('{"auto_map": {"AutoTokenizer": "evil.E"}}')
    from studio.engine.models.parts import folder_tokenizer

    began = time.perf_counter()
    folder_tokenizer(tmp_path)("a" * 5000 + "!")
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "content",
    ['{"model": {}}', '{"model": []}', '{"model": {"vocab": [1], "merges": []}}', "[", "",
     '{"model": {"vocab": {"a": 1}, "merges": [["a", 2]]}}', '{"model": {"vocab": {"a": 1}}}'],
)  # fmt: skip
def test_a_damaged_tokenizer_is_told(tmp_path, content):
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(StudioError):
        read_vocabulary(tmp_path)


def test_nothing_at_all_is_told(tmp_path):
    with pytest.raises(BrokenFile):
        read_vocabulary(tmp_path)
