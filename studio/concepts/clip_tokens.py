"""Words to token numbers, for each kind of CLIP. No network, no code from strangers."""

from __future__ import annotations

import base64
import json
import math
import string
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from studio.engine.errors import BrokenFile, StudioError, UnsafeFile
from studio.engine.models import guard
from studio.engine.models.header import check_regular

Tokenize = Callable[[Sequence[str]], Tensor]  # texts -> int64 [N, L]
BUILT_IN_SIZE = 49_408  # entries of OpenAI's vocabulary
PROBES = ("hat", "dog", "tree", "house", "red")  # every tokenizer knows some of them
GET_FILES = "Get the tokenizer files that belong to this model."
GROWTH_MAX = 256  # how many times as long its rules may make a text; SigLIP's make it twice
_OURS = (StudioError, KeyboardInterrupt, SystemExit)  # all else is the library's, panics too


def built_in(context: int) -> Tokenize:
    """open_clip's own byte-pair tokenizer, for all models in the wake of OpenAI's."""
    from open_clip.tokenizer import SimpleTokenizer

    tokenizer = SimpleTokenizer(context_length=context)
    return lambda texts: tokenizer(list(texts))


def from_folder(folder: Path, context: int, size: int, name: str) -> Tokenize:
    """The tokenizer in a model's folder: tokenizer.json, or vocab.json with merges.txt.

    Padded with the end token, as diffusers does. size: entries of the model's vocabulary.
    name: the model's, for people. Raises BrokenFile.
    """
    tokenizer = _open(folder, size, name)
    start, end = (tokenizer.token_to_id(mark) for mark in ("<|startoftext|>", "<|endoftext|>"))
    if start is None or end is None:
        raise BrokenFile(f"The tokenizer of {name} lacks its start and end marks.", GET_FILES)

    def tokenize(texts: Sequence[str]) -> Tensor:
        rows = torch.full((len(texts), context), end, dtype=torch.long)
        for row, text in zip(rows, texts, strict=True):
            ids = tokenizer.encode(text, add_special_tokens=False).ids[: context - 2]
            row[: len(ids) + 1] = torch.tensor([start, *ids])
        return rows

    return _within(tokenize, size, name)


def siglip(folder: Path, context: int, size: int, name: str) -> Tokenize:
    """SigLIP's tokenizer: lower case, no punctuation, padded to its full length with </s>.

    size, name: as in `from_folder`. Raises BrokenFile.
    """
    tokenizer = _open(folder, size, name)
    end = tokenizer.token_to_id("</s>")
    pad = end if end is not None else tokenizer.token_to_id("<pad>") or 0
    bare = str.maketrans("", "", string.punctuation)

    def tokenize(texts: Sequence[str]) -> Tensor:
        rows = torch.full((len(texts), context), pad, dtype=torch.long)
        for row, text in zip(rows, texts, strict=True):
            plain = " ".join(text.lower().translate(bare).split())
            ids = tokenizer.encode(plain, add_special_tokens=False).ids[: context - 1]
            row[: len(ids)] = torch.tensor(ids, dtype=torch.long)
        return rows

    return _within(tokenize, size, name)


def _within(tokenize: Tokenize, size: int, name: str) -> Tokenize:
    """The same, refusing numbers that the model has no row for."""

    def checked(texts: Sequence[str]) -> Tensor:
        try:
            rows = tokenize(texts)
        except _OURS:
            raise
        except BaseException as error:
            raise BrokenFile(f"The tokenizer of {name} cannot read this.", GET_FILES) from error
        if rows.numel() and int(rows.max()) >= size:
            raise BrokenFile(f"The tokenizer of {name} belongs to another model.", GET_FILES)
        return rows

    checked(PROBES)
    return checked


def _open(folder: Path, size: int, name: str) -> Tokenizer:
    path = folder / "tokenizer.json"
    try:
        if path.is_file():
            _check_size(path)
            _check_rules(path)
            tokenizer = Tokenizer.from_file(str(path))
        else:
            tokenizer = _byte_pairs(folder)
    except _OURS:
        raise
    except BaseException as error:  # the library raises bare Exception, and worse where it panics
        raise BrokenFile(f"The tokenizer of {name} cannot be read: its file is damaged.",
                         GET_FILES) from error  # fmt: skip
    tokenizer.no_padding()
    tokenizer.no_truncation()
    _probe(tokenizer, size, name)
    return tokenizer


def _probe(tokenizer: Tokenizer, size: int, name: str) -> None:
    """Whether it tells words apart: one that lost its entries can be opened and reads nothing."""
    try:
        found = [tokenizer.encode(word, add_special_tokens=False).ids for word in PROBES]
    except _OURS:
        raise
    except BaseException as error:
        raise BrokenFile(f"The tokenizer of {name} cannot be read.", GET_FILES) from error
    if len({piece for ids in found for piece in ids}) < 2:
        raise BrokenFile(f"The tokenizer of {name} takes all words for the same: it is damaged.",
                         GET_FILES)  # fmt: skip
    if all(len(ids) >= len(word) for ids, word in zip(found, PROBES, strict=True)):
        raise BrokenFile(f"The tokenizer of {name} reads single letters instead of words: it is"
                         " damaged.", GET_FILES)  # fmt: skip
    if tokenizer.get_vocab_size() < size // 2:  # some vocabularies are padded, none to the double
        raise BrokenFile(f"The tokenizer of {name} belongs to another model.", GET_FILES)


def _check_size(path: Path) -> None:
    if check_regular(path) > guard.TOKENIZER_JSON_LIMIT * 3:
        raise BrokenFile(f"{path.name} is far too large.", "Get the model again.")


def _check_rules(path: Path) -> None:
    """Refuse rules that make a short text endless: the library ends the program when memory does.

    Raises UnsafeFile, or ValueError for no JSON.
    """
    story = json.loads(path.read_bytes(), object_pairs_hook=_once_each)
    rules = [*_rules(story.get("normalizer")), *_rules(story.get("pre_tokenizer"))]
    if math.prod(map(_growth, rules)) > GROWTH_MAX or any(map(_is_lying, rules)):
        raise UnsafeFile(f"{path.name} holds rules that fill the memory.", GET_FILES)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; one that says a thing twice would be read twice by the library."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("said twice")
    return found


def _rules(part: Any) -> Iterator[dict[str, Any]]:
    """Every rule in a part of a tokenizer, also of lists in lists."""
    waiting = [part]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def _growth(rule: dict[str, Any]) -> int:
    """How many times as long a rule can make a text."""
    if rule.get("type") == "ByteLevel" or "add_prefix_space" in rule:
        return 2  # bytes are written as letters of up to two
    added = [rule.get(name) for name in ("content", "prepend")]
    return 1 + sum(len(text) for text in added if isinstance(text, str))


def _is_lying(rule: dict[str, Any]) -> bool:
    """Whether a table of characters claims to be longer than it is; that much would be reserved."""
    table = rule.get("precompiled_charsmap")
    if not isinstance(table, str):
        return False
    data = base64.b64decode(table)
    return int.from_bytes(data[:4], "little") > len(data) - 4


def _byte_pairs(folder: Path) -> Tokenizer:
    """CLIP's tokenizer from its two classic files."""
    from transformers import CLIPTokenizer

    for name in ("vocab.json", "merges.txt"):
        _check_size(folder / name)
    slow = CLIPTokenizer.from_pretrained(str(folder), local_files_only=True)
    backend = slow.backend_tokenizer
    if not isinstance(backend, Tokenizer):
        raise BrokenFile(f"The tokenizer in {folder.name} is of an unknown kind.",
                         "Put the model's tokenizer.json beside it.")  # fmt: skip
    return backend
