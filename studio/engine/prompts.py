"""From a prompt with emphasis to the text encoder's embeddings, in chunks of the encoder's length.

A token's weight w moves its embedding along the line from the empty prompt: z_empty + w (z -
z_empty). So 0 is "as if nothing were said there", and weights are continuous for every encoder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from studio.engine.emphasis import MAX_CHUNKS, Span, parse

TextEncoder = Callable[[Tensor], Tensor]  # token ids [k, L] -> embeddings [k, L, D]


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a tokenizer puts round every text, e.g. <start> ... <end> <pad> <pad>."""

    prefix: list[int]
    suffix: list[int]
    pad: int
    length: int

    @property
    def room(self) -> int:
        return self.length - len(self.prefix) - len(self.suffix)


def _frame(tokenizer: Any) -> _Frame:
    around = [int(i) for i in tokenizer("")["input_ids"]]
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else around[-1]
    return _Frame(around[:-1], around[-1:], int(pad), int(tokenizer.model_max_length))


def tokens(text: str, tokenizer: Any) -> list[tuple[list[int], list[float]]]:
    """The chunks of a prompt: token ids and their weights, without start, end and padding.

    A chunk ends at BREAK or when it is full; there are at least one and at most MAX_CHUNKS.
    """
    room = _frame(tokenizer).room
    chunks: list[tuple[list[int], list[float]]] = []
    for section in parse(text):
        ids, weights = _tokens_of(section, tokenizer)
        for first in range(0, max(len(ids), 1), room):
            chunks.append((ids[first : first + room], weights[first : first + room]))
    return chunks[:MAX_CHUNKS]


def _tokens_of(section: list[Span], tokenizer: Any) -> tuple[list[int], list[float]]:
    """Ids and weights of one section, read as a whole so that neutral text stays itself."""
    text = "".join(span.text for span in section)
    is_neutral = all(span.weight == 1 for span in section)
    read = tokenizer(text, add_special_tokens=False, return_offsets_mapping=not is_neutral)
    ids = [int(i) for i in read["input_ids"]]
    if is_neutral:
        return ids, [1.0] * len(ids)
    of_characters = [span.weight for span in section for _ in span.text]
    weights = []
    for start, end in read["offset_mapping"]:
        # A leading space belongs to the token in some tokenizers and weighs nothing.
        solid = [i for i in range(start, end) if not text[i].isspace()]
        inside = [of_characters[i] for i in solid]
        weights.append(sum(inside) / len(inside) if inside else 1.0)
    return ids, weights


@torch.no_grad()
def encode(text: str, tokenizer: Any, text_encoder: TextEncoder, *, chunks: int = 1) -> Tensor:
    """Encode a prompt: [1, L * k, D], k >= `chunks`; missing chunks are empty prompts.

    tokenizer: a Hugging Face fast tokenizer. A prompt without emphasis gives the encoder's own
    output, bit for bit.
    """
    frame = _frame(tokenizer)
    rows = tokens(text, tokenizer)
    rows += [([], [])] * (chunks - len(rows))
    ids = torch.tensor([_row(row, frame) for row, _ in rows])
    z = text_encoder(ids)
    if any(weight != 1 for _, weights in rows for weight in weights):
        z = _weigh(z, [weights for _, weights in rows], frame, text_encoder)
    return z.reshape(1, -1, z.shape[-1])


def _row(ids: list[int], frame: _Frame) -> list[int]:
    framed = [*frame.prefix, *ids, *frame.suffix]
    return framed + [frame.pad] * (frame.length - len(framed))


def _weigh(z: Tensor, rows: list[list[float]], frame: _Frame, text_encoder: TextEncoder) -> Tensor:
    """Move each token's embedding along the line from the empty prompt's, in float32."""
    w = torch.ones(z.shape[:2])
    first = len(frame.prefix)
    for row, weights in zip(w, rows, strict=True):
        row[first : first + len(weights)] = torch.tensor(weights)
    w = w.to(z.device)[..., None]
    empty = text_encoder(torch.tensor([_row([], frame)])).float()
    weighted = (empty + w * (z.float() - empty)).to(z.dtype)
    return torch.where(w == 1, z, weighted)
