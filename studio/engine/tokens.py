"""How many tokens a prompt has, for the prompt box. Torch-free: only the `tokenizers` library."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from studio.engine.emphasis import parse
from studio.engine.importing import import_tokenizers

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from studio.engine.models.vocabulary import Vocabulary

TEXT_LIMIT = 20_000  # characters that are counted; what follows is never read by a model
_WORDS = (
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
)


def count_tokens(text: str, model: Path) -> int:
    """Tokens of a prompt for the model at that path, without start, end and padding.

    Emphasis brackets, escapes and BREAK are not counted. Raises BrokenFile or UnsafeFile.
    """
    tokenizer = _tokenizer(model, _stamp(model))
    whole = text[:TEXT_LIMIT].encode("utf-8", "replace").decode()  # half a character is none
    sections = ("".join(span.text for span in spans) for spans in parse(whole))
    return sum(len(tokenizer.encode(s, add_special_tokens=False).ids) for s in sections)


def _stamp(model: Path) -> int:
    """Changes when another model is put at the same path."""
    return model.stat().st_mtime_ns


@lru_cache(maxsize=4)
def _tokenizer(model: Path, _modified: int) -> Tokenizer:
    # Late, like the library in `build`: the window counts tokens after its first half second.
    from studio.engine.models.vocabulary import clip_vocabulary, read_vocabulary

    folder = model / "tokenizer"
    return build(read_vocabulary(folder) if folder.is_dir() else clip_vocabulary())


def build(vocabulary: Vocabulary) -> Tokenizer:
    """The same reading as transformers' CLIPTokenizer, without start, end and padding."""
    import_tokenizers()
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
    from tokenizers.models import BPE

    tokenizer = Tokenizer(
        BPE(vocab=vocabulary.tokens, merges=vocabulary.merges, continuing_subword_prefix="",
            end_of_word_suffix="</w>", unk_token=vocabulary.unknown)
    )  # fmt: skip
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
         pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )  # fmt: skip
    return tokenizer
