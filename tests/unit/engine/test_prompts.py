"""Prompts to embeddings: neutral text is untouched, weights act per token, long text in chunks."""

from __future__ import annotations

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import CLIPTextConfig, CLIPTextModel, PreTrainedTokenizerFast

from studio.engine.emphasis import MAX_CHUNKS
from studio.engine.prompts import encode, tokens

WORDS = ["<pad>", "<s>", "</s>", "<unk>", "a", "red", "apple", "on", "snow", ",", "un", "fox"]


@pytest.fixture(scope="module")
def tokenizer():
    """Whole words, framed by start and end as CLIP's are; 12 places."""
    core = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<unk>"))
    core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>", eos_token="</s>",
                                   pad_token="<pad>", unk_token="<unk>",
                                   model_max_length=12)  # fmt: skip


@pytest.fixture(scope="module")
def text_encoder():
    torch.random.manual_seed(0)
    config = CLIPTextConfig(vocab_size=len(WORDS), hidden_size=16, intermediate_size=24,
                            num_hidden_layers=2, num_attention_heads=2, bos_token_id=1,
                            eos_token_id=2, max_position_embeddings=12)  # fmt: skip
    model = CLIPTextModel(config).eval()
    return lambda ids: model(ids)[0]


def stock(text, tokenizer, text_encoder):
    """As a stock pipeline encodes: padded to length, truncated."""
    read = tokenizer(text, padding="max_length", truncation=True, return_tensors="pt")
    with torch.no_grad():
        return text_encoder(read["input_ids"])


@pytest.mark.parametrize("text", ["", "a red apple", r"a \(red\) apple", "(a red:1.0) apple"])
def test_neutral_text_is_bit_equal_to_the_encoders_own(text, tokenizer, text_encoder):
    bare = text.replace("\\", "").replace("(a red:1.0)", "a red")
    mine = encode(text, tokenizer, text_encoder)
    assert torch.equal(mine, stock(bare, tokenizer, text_encoder))


def test_a_weight_moves_its_token_along_the_line_from_the_empty_prompt(tokenizer, text_encoder):
    z = stock("a red apple", tokenizer, text_encoder)
    empty = stock("", tokenizer, text_encoder)
    mine = encode("a (red:1.5) apple", tokenizer, text_encoder)
    torch.testing.assert_close(mine[0, 2], (empty + 1.5 * (z - empty))[0, 2])
    rest = [i for i in range(12) if i != 2]
    assert torch.equal(mine[0, rest], z[0, rest])
    nothing = encode("a (red:0) apple", tokenizer, text_encoder)
    torch.testing.assert_close(nothing[0, 2], empty[0, 2])


def test_weights_follow_tokens_not_characters(tokenizer):
    ((ids, weights),) = tokens("(a red:1.2) apple [on] snow", tokenizer)
    assert ids == [4, 5, 6, 7, 8]
    assert weights == pytest.approx([1.2, 1.2, 1, 1 / 1.1, 1])
    ((_, split),) = tokens("un(known:2) fox", tokenizer)
    assert 1 < split[0] < 2
    assert split[1] == 1


def test_break_and_length_make_chunks(tokenizer, text_encoder):
    assert [ids for ids, _ in tokens("a red BREAK apple", tokenizer)] == [[4, 5], [6]]
    long = "fox " * 23
    assert [len(ids) for ids, _ in tokens(long, tokenizer)] == [10, 10, 3]
    assert encode(long, tokenizer, text_encoder).shape == (1, 36, 16)
    assert len(tokens("fox " * 5_000, tokenizer)) == MAX_CHUNKS


def test_chunks_are_read_apart(tokenizer, text_encoder):
    both = encode("a red BREAK apple", tokenizer, text_encoder)
    torch.testing.assert_close(both[:, :12], stock("a red", tokenizer, text_encoder))
    torch.testing.assert_close(both[:, 12:], stock("apple", tokenizer, text_encoder))


def test_a_short_prompt_gets_the_length_of_a_long_one(tokenizer, text_encoder):
    long = encode("fox " * 15, tokenizer, text_encoder)
    short = encode("", tokenizer, text_encoder, chunks=2)
    assert long.shape == short.shape == (1, 24, 16)
    torch.testing.assert_close(short[:, 12:], stock("", tokenizer, text_encoder))


def test_half_precision_stays_half(tokenizer, text_encoder):
    def half(ids):
        return text_encoder(ids).half()

    assert encode("a (red:1.3) fox", tokenizer, half).dtype == torch.float16
