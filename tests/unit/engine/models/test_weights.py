from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from studio.engine.errors import BrokenFile
from studio.engine.models import weights


@pytest.fixture
def file(tmp_path):
    save_file({"weight": torch.ones(2, 3), "bias": torch.zeros(2)}, tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


def meta(*shape):
    with torch.device("meta"):
        return nn.Linear(*shape)


def test_fills_a_model_without_memory(file):
    model = meta(3, 2)
    source = weights.source([file], model.state_dict())
    weights.check_shapes(model.state_dict(), source.shapes, part="x")
    weights.fill(model, source.read(), device="cpu", dtype=torch.bfloat16)
    assert model.weight.dtype == torch.bfloat16
    assert not model.weight.requires_grad
    assert model(torch.ones(1, 3, dtype=torch.bfloat16)).tolist() == [[3, 3]]


def test_a_model_that_does_not_fit_costs_no_memory(file):
    giant = meta(10**6, 10**6)  # 4 TB, if it were real
    source = weights.source([file], giant.state_dict())
    with pytest.raises(BrokenFile, match="1000000"):
        weights.check_shapes(giant.state_dict(), source.shapes, part="x")


def test_a_lying_file_is_called_so_in_plain_words_and_the_shapes_come_last(file):
    liar = meta(3, 5)
    with pytest.raises(BrokenFile) as caught:
        weights.check_shapes(
            liar.state_dict(), weights.source([file], liar.state_dict()).shapes, part="denoiser"
        )
    assert "is not what the file says it is" in caught.value.message
    assert "[" not in caught.value.message
    assert "weight is [" in caught.value.hint
    assert caught.value.hint.startswith("Download the model again")


def test_tensors_nobody_wants_are_left_alone(file):
    model = nn.Linear(3, 2, bias=False, device="meta")
    source = weights.source([file], model.state_dict())
    weights.fill(model, source.read(), device="cpu", dtype=torch.float32)
    assert model.weight.shape == (2, 3)


def test_names_of_other_library_versions():
    wanted = {"a.to_q.weight": None, "encoder.x": None, "text_model.y": None}
    assert weights.own_name("encoder.x", wanted) == "encoder.x"
    assert weights.own_name("text_model.encoder.x", wanted) == "encoder.x"
    assert weights.own_name("y", wanted) == "text_model.y"
    old = {"mid_block.attentions.0.to_out.0.bias": None}
    assert weights.own_name("mid_block.attentions.0.proj_attn.bias", old) == next(iter(old))
    assert weights.own_name("other", wanted) == "other"
