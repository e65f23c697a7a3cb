"""Train the byte-pair tokenizer and write it in the layout of transformers' CLIPTokenizer.

Trained on captions and on the names and keywords of Unicode CLDR, so common English is covered;
every byte is in the vocabulary, so no word can break it. The end token has the highest id,
which is how both open_clip and CLIP find the pooled position.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tokenizers import Regex, Tokenizer
from tokenizers.models import BPE
from tokenizers.normalizers import NFC, Lowercase, Replace, Sequence
from tokenizers.pre_tokenizers import ByteLevel, Split
from tokenizers.pre_tokenizers import Sequence as PreSequence
from tokenizers.trainers import BpeTrainer
from transformers import CLIPTokenizer

from starter_recipe.pictures import scene_list
from starter_recipe.scenes import world
from starter_recipe.sprites import load_keywords
from starter_recipe.training import replace_path

START, END = "<|startoftext|>", "<|endoftext|>"
CONTEXT = 77
WORD_PATTERN = (r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d"
                r"|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")


def corpus(sprites: Path) -> list[str]:
    """Collect captions of the full world and the CLDR words."""
    captions = [scene.caption for scene in scene_list(world("full"), 20_000)]
    return captions + load_keywords(sprites)


def train_merges(texts: list[str], size: int) -> list[tuple[str, str]]:
    """Learn byte-pair merges for a vocabulary of `size` tokens in all."""
    model = Tokenizer(BPE(end_of_word_suffix="</w>"))
    model.normalizer = Sequence([NFC(), Replace(Regex(r"\s+"), " "), Lowercase()])
    model.pre_tokenizer = PreSequence([
        Split(Regex(WORD_PATTERN), behavior="removed", invert=True),
        ByteLevel(add_prefix_space=False),
    ])
    alphabet = sorted(ByteLevel.alphabet())
    trainer = BpeTrainer(vocab_size=size, initial_alphabet=alphabet, end_of_word_suffix="</w>",
                         show_progress=False)
    model.train_from_iterator(texts, trainer)
    merges = json.loads(model.to_str())["model"]["merges"]
    return [(first, second) for first, second in merges]


def build_tokenizer(sprites: Path, size: int) -> CLIPTokenizer:
    """Train a tokenizer of exactly `size` tokens (fewer if the corpus has no more merges)."""
    alphabet = sorted(ByteLevel.alphabet())
    tokens = alphabet + [letter + "</w>" for letter in alphabet]
    known = set(tokens)
    kept: list[tuple[str, str]] = []
    for first, second in train_merges(corpus(sprites), size):
        if len(tokens) >= size - 2:
            break
        if first + second not in known:
            kept.append((first, second))
            tokens.append(first + second)
            known.add(first + second)
    tokens += [START, END]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=kept, model_max_length=CONTEXT,
                         bos_token=START, eos_token=END, unk_token=END, pad_token=END)


def save_tokenizer(tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Write tokenizer.json and its configuration, and the older vocab.json and merges.txt.

    The whole folder comes into place at once, so a stopped run never leaves half of one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, suffix=".part") as scratch:
        made = Path(scratch) / "tokenizer"
        tokenizer.save_pretrained(str(made))
        model = json.loads((made / "tokenizer.json").read_text(encoding="utf-8"))["model"]
        (made / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False),
                                         encoding="utf-8")
        lines = ["#version: 0.2"] + [" ".join(pair) for pair in model["merges"]]
        (made / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        replace_path(made, folder)


def load_tokenizer(folder: Path) -> CLIPTokenizer:
    """Read a tokenizer folder."""
    tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(str(folder), local_files_only=True)
    return tokenizer
