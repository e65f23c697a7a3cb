from __future__ import annotations

import subprocess
import sys

import pytest

from studio.engine.models.parts import folder_tokenizer, tokenizer
from studio.engine.models.vocabulary import clip_vocabulary
from studio.engine.tokens import count_tokens
from tests import tiny_models

TEXTS = ["", "a red apple", "Ärger über 42 Äpfel!", "don't", "日本 emoji 🦊", "  spaces \n\t here ",
         "x" * 300, "</w> <|endoftext|>"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_counts_as_transformers_does(text):
    folder = tiny_models.folder("sd")
    theirs = folder_tokenizer(folder / "tokenizer")(text, add_special_tokens=False)["input_ids"]
    if "<|" not in text:  # transformers keeps its marks in one piece; a prompt never needs them
        assert count_tokens(text, folder) == len(theirs)
    assert count_tokens(text, folder) >= len(theirs) - 1


def test_a_single_file_is_read_with_clips_own_vocabulary():
    words = tokenizer(clip_vocabulary())
    ids = words("a photograph of an astronaut")["input_ids"]
    assert ids == [49406, 320, 8853, 539, 550, 18376, 49407]
    assert count_tokens("a photograph of an astronaut", tiny_models.single_file("sd")) == 5


def test_emphasis_and_break_are_not_counted():
    folder = tiny_models.folder("sd")
    assert count_tokens("(a:1.3) [red] BREAK apple", folder) == count_tokens("a red apple", folder)


def test_a_long_prompt_is_counted_at_once():
    assert count_tokens("word " * 100_000, tiny_models.folder("sd")) > 1000


def test_half_a_character_is_counted_as_a_strange_one():
    folder = tiny_models.folder("sd")
    assert count_tokens("a \ud800 hat", folder) == count_tokens("a ? hat", folder)


CHECK = """
import sys
import studio.engine.engine
import studio.engine.tokens
studio.engine.engine.Engine([]).models()
sys.exit(any(m in sys.modules for m in ("torch", "diffusers", "transformers", "PySide6")))
"""


def test_the_torch_free_modules_import_no_torch():
    assert subprocess.run([sys.executable, "-c", CHECK], check=False).returncode == 0
