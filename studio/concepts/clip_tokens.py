"""Words to token numbers, for each kind of CLIP. No network, no code from strangers."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from studio.engine.errors import BrokenFile
from studio.engine.models import guard
from studio.engine.models.header import check_regular

Tokenize = Callable[[Sequence[str]], Tensor]  # texts -> int64 [N, L]


def built_in(context: int) -> Tokenize:
    """open_clip's own byte-pair tokenizer, for all models in the wake of OpenAI's."""
    from open_clip.tokenizer import SimpleTokenizer

    tokenizer = SimpleTokenizer(context_length=context)
    return lambda texts: tokenizer(list(texts))


def from_folder(folder: Path, context: int) -> Tokenize:
    """The tokenizer in a model's folder: tokenizer.json, or vocab.json with merges.txt.

    Padded with the end token, as diffusers does. Raises BrokenFile.
    """
    tokenizer = _open(folder)
    start, end = (tokenizer.token_to_id(name) for name in ("<|startoftext|>", "<|endoftext|>"))
    if start is None or end is None:
        raise BrokenFile(f"The tokenizer in {folder.name} lacks its start and end marks.",
                         "Get the model again.")  # fmt: skip

    def tokenize(texts: Sequence[str]) -> Tensor:
        rows = torch.full((len(texts), context), end, dtype=torch.long)
        for row, text in zip(rows, texts, strict=True):
            ids = tokenizer.encode(text, add_special_tokens=False).ids[: context - 2]
            row[: len(ids) + 1] = torch.tensor([start, *ids])
        return rows

    return tokenize


def siglip(folder: Path, context: int) -> Tokenize:
    """SigLIP's tokenizer: lower case, no punctuation, padded to its full length with </s>."""
    tokenizer = _open(folder)
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

    return tokenize


def _open(folder: Path) -> Tokenizer:
    path = folder / "tokenizer.json"
    try:
        if path.is_file():
            _check_size(path)
            tokenizer = Tokenizer.from_file(str(path))
        else:
            tokenizer = _byte_pairs(folder)
    except (BrokenFile, KeyboardInterrupt):
        raise
    except Exception as error:  # the library raises bare Exception
        raise BrokenFile(f"The tokenizer in {folder.name} is damaged.",
                         "Get the model again.") from error  # fmt: skip
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _check_size(path: Path) -> None:
    if check_regular(path) > guard.TOKENIZER_JSON_LIMIT * 3:
        raise BrokenFile(f"{path.name} is far too large.", "Get the model again.")


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
