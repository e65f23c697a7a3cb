from __future__ import annotations

import torch

from studio.engine.models.families import sdxl
from tests import tiny_models
from tests.unit.engine.harness import ask, loaded


@torch.no_grad()
def test_encodes_and_predicts_as_the_stock_pipeline():
    model, stock = loaded("sdxl"), tiny_models.pipeline("sdxl")
    ours = sdxl.encode(model, "a red hat", ask("sdxl", width=128), chunks=1)
    theirs, _, pooled, _ = stock.encode_prompt("a red hat", device="cpu",
                                               do_classifier_free_guidance=False)  # fmt: skip
    assert torch.equal(ours.embeds, theirs)
    assert torch.equal(ours.pooled, pooled)
    assert ours.ids.tolist() == [[64, 128, 0, 0, 64, 128]]
    x = torch.randn(1, 4, 8, 16, generator=torch.Generator().manual_seed(0))
    added = {"text_embeds": pooled, "time_ids": torch.tensor([[64.0, 128, 0, 0, 64, 128]])}
    stock_says = stock.unet(x, torch.tensor(401.0), theirs, added_cond_kwargs=added)[0]
    assert torch.equal(sdxl.predict(model, x, 401.0, ours), stock_says)


@torch.no_grad()
def test_the_pooled_embedding_is_the_first_chunks_also_with_emphasis():
    model = loaded("sdxl")
    plain = sdxl.encode(model, "a red hat", ask("sdxl"), chunks=1)
    long = sdxl.encode(model, "a red hat BREAK a fish", ask("sdxl"), chunks=2)
    strong = sdxl.encode(model, "a (red:1.5) hat", ask("sdxl"), chunks=1)
    assert torch.allclose(plain.pooled, long.pooled, atol=1e-6)
    assert torch.equal(plain.pooled, strong.pooled)
    assert not torch.equal(plain.embeds, strong.embeds)
