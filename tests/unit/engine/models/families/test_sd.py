from __future__ import annotations

import torch

from studio.engine.models.families import sd
from tests import tiny_models
from tests.unit.engine.harness import ask, loaded


@torch.no_grad()
def test_encodes_and_predicts_as_the_stock_pipeline():
    model, stock = loaded("sd"), tiny_models.pipeline("sd")
    ours = sd.encode(model, "a red hat", ask(), chunks=1)
    theirs = stock.encode_prompt("a red hat", "cpu", 1, False)[0]
    assert torch.equal(ours.embeds, theirs)
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(sd.predict(model, x, 401.0, ours),
                       stock.unet(x, torch.tensor(401.0), theirs)[0])  # fmt: skip


@torch.no_grad()
def test_asks_for_as_many_chunks_as_it_is_told():
    assert sd.encode(loaded("sd"), "a", ask(), chunks=3).embeds.shape == (1, 231, 32)
