"""A CLIP tokenizer's vocabulary, from a model folder or from the copy that open_clip ships.

Torch-free. Only the word table and the merge rules are read: a tokenizer.json may also carry
regular expressions of its own, and an evil one hangs or aborts the program.
"""

from __future__ import annotations

import gzip
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from studio.engine.errors import BrokenFile
from studio.engine.models import guard

CLIP_TOKENS = 49408
CONTEXT = 77
CONTEXT_MAX = 1024
ID_LIMIT = 2**31  # of a token's number; the text encoder's own limit is checked with its weights
START, END = "<|startoftext|>", "<|endoftext|>"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a CLIP tokenizer consists of. context: tokens that the text encoder reads at once."""

    tokens: dict[str, int]
    merges: list[tuple[str, str]]
    start: str = START
    end: str = END
    pad: str = END
    unknown: str = END
    context: int = CONTEXT


def read_vocabulary(folder: Path) -> Vocabulary:
    """Read tokenizer/ of a model folder: tokenizer.json, or vocab.json with merges.txt.

    Raises BrokenFile or UnsafeFile.
    """
    settings: dict[str, Any] = {}
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        if (folder / name).is_file():
            settings |= guard.clean(guard.read_json(folder / name))
    tokens, merges = _tables(folder)
    special = {
        field: _text(settings.get(key), default)
        for field, key, default in (
            ("start", "bos_token", START), ("end", "eos_token", END),
            ("pad", "pad_token", END), ("unknown", "unk_token", END),
        )
    }  # fmt: skip
    context = settings.get("model_max_length", CONTEXT)
    if not isinstance(context, int) or not 8 <= context <= CONTEXT_MAX:
        context = CONTEXT
    if not all(token in tokens for token in special.values()):
        raise BrokenFile("The tokenizer's special words are not in its vocabulary.",
                         "Download the model again.")  # fmt: skip
    return Vocabulary(tokens, merges, **special, context=context)


def _text(value: Any, default: str) -> str:
    """A special token is written as a string or as {"content": string}."""
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else default


def _tables(folder: Path) -> tuple[dict[str, int], list[tuple[str, str]]]:
    limit = guard.TOKENIZER_JSON_LIMIT
    if (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
        tokens: Any = guard.read_json(folder / "vocab.json", limit)
        if (folder / "merges.txt").stat().st_size > limit:
            raise BrokenFile("merges.txt is too long.", "Download the model again.")
        lines = (folder / "merges.txt").read_text("utf-8", "replace").split("\n")
        merges: Any = [line for line in lines if line and not line.startswith("#version")]
    else:
        model = guard.read_json(folder / "tokenizer.json", limit).get("model")
        model = model if isinstance(model, dict) else {}
        tokens, merges = model.get("vocab"), model.get("merges")
    pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in merges or []]
    is_whole = isinstance(tokens, dict) and all(
        isinstance(v, int) and 0 <= v < ID_LIMIT for v in tokens.values()
    )
    if not is_whole or not all(
        isinstance(p, list) and len(p) == 2 and all(isinstance(s, str) for s in p) for p in pairs
    ):
        raise BrokenFile("The model's tokenizer is damaged.", "Download the model again.")
    known = [(a, b) for a, b in pairs if a in tokens and b in tokens and a + b in tokens]
    return tokens, known


@cache
def clip_vocabulary(pad: str = END) -> Vocabulary:
    """CLIP's own vocabulary of 49,408 tokens, from the file inside the open_clip package.

    pad: SD 2.x and SDXL's second encoder pad with "!", SD 1.x with the end token.
    """
    spec = importlib.util.find_spec("open_clip")
    if spec is None or not spec.submodule_search_locations:
        raise BrokenFile("The open_clip package is missing.", "Install the studio again.")
    path = Path(spec.submodule_search_locations[0], "bpe_simple_vocab_16e6.txt.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = file.read().split("\n")
    count = CLIP_TOKENS - 2 * 256 - 2
    merges = [(a, b) for a, b in (line.split() for line in lines[1 : count + 1])]
    bytes_ = _byte_letters()
    words = [*bytes_, *(letter + "</w>" for letter in bytes_), *(a + b for a, b in merges)]
    return Vocabulary({word: i for i, word in enumerate([*words, START, END])}, merges, pad=pad)


def _byte_letters() -> list[str]:
    """One printable letter for each byte, in the order of GPT-2's table."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in printable]
    return [chr(b) for b in printable] + [chr(256 + i) for i in range(len(hidden))]
