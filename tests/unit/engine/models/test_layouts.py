from __future__ import annotations

import time

import pytest

from studio.engine.errors import BrokenFile, UnsafeFile, UnsupportedModel
from studio.engine.models.header import Header, TensorInfo, read_header
from studio.engine.models.layouts import LABEL, UNET, family_of, is_lora, layout_of
from tests import tiny_models


def header(*names, shape=(8, 4)):
    return Header({name: TensorInfo("F32", shape, 0, 0) for name in names})


@pytest.mark.parametrize("kind", ["sd", "sd2", "sdxl"])
def test_configurations_are_those_of_the_networks(kind):
    layout = layout_of(read_header(tiny_models.single_file(kind)))
    parts = tiny_models.single_file_parts(kind)
    assert layout.family == ("sdxl" if kind == "sdxl" else "sd")
    for part, config in (("unet", layout.unet), ("vae", layout.vae)):
        for key, value in config.items():
            real = getattr(parts[part].config, key)
            real = list(real) if isinstance(real, tuple) else real
            if key == "transformer_layers_per_block" and real == 1:
                real = [1] * len(value)
            if key not in ("scaling_factor", "force_upcast"):
                assert value == real, key
    for name, config in zip(("text_encoder", "text_encoder_2"), layout.text_encoders, strict=False):
        real = parts[name].config
        for key in ("hidden_size", "num_hidden_layers", "intermediate_size", "vocab_size",
                    "num_attention_heads", "hidden_act"):  # fmt: skip
            assert config[key] == getattr(real, key), key


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["double_blocks.0.img_attn.norm.key_norm.scale"], "Flux"),
        ([UNET + "double_blocks.0.img_attn.norm.key_norm.scale"], "Flux"),
        (["joint_blocks.0.context_block.adaLN_modulation.1.bias"], "Stable Diffusion 3"),
        (["control_model.time_embed.0.weight"], "ControlNet"),
        (["lora_unet_x.lora_up.weight"], "LoRA"), (["unet.x.lora_A.weight"], "LoRA"),
        (["first_stage_model.x"], "no known kind"), ([], "no known kind"),
        ([UNET + "input_blocks.0.0.weight", LABEL, "conditioner.embedders.0.model.x"], "refiner"),
        ([UNET + "input_blocks.0.0.weight", LABEL, "cond_stage_model.model.x"], "unCLIP"),
        ([UNET + "input_blocks.0.0.weight", "edm_mean"], "EDM"),
        ([UNET + "input_blocks.0.0.weight", "edm_vpred.sigma_max"], "EDM"),
    ],
)  # fmt: skip
def test_other_families_are_named(names, words):
    with pytest.raises(UnsupportedModel, match=words):
        family_of(header(*names))


def cut(kind, start):
    whole = read_header(tiny_models.single_file(kind))
    return Header({n: info for n, info in whole.tensors.items() if not n.startswith(start)})


def test_a_file_without_a_part_says_which():
    with pytest.raises(BrokenFile, match="VAE"):
        layout_of(cut("sd", "first_stage_model"))
    with pytest.raises(BrokenFile, match="no text encoder"):
        layout_of(cut("sd", "cond_stage_model"))
    with pytest.raises(BrokenFile, match="only one of its two text encoders"):
        layout_of(cut("sdxl", "conditioner.embedders.0"))
    with pytest.raises(BrokenFile, match="incomplete"):
        layout_of(cut("sd", UNET + "input_blocks.2.0"))


@pytest.mark.parametrize("part", ["input_blocks.{}.0.in_layers.2.weight", "output_blocks.{}.x",
                                  "middle_block.1{}0000.x"])  # fmt: skip
def test_a_denoiser_of_a_thousand_blocks_costs_no_time(part):
    names = [UNET + part.format(n) for n in range(1000)]
    others = [f"{UNET}x{n}" for n in range(20_000)]
    whole = read_header(tiny_models.single_file("sd")).tensors
    extra = {name: TensorInfo("F32", (8, 4), 0, 0) for name in (*names, *others)}
    began = time.perf_counter()
    with pytest.raises(UnsupportedModel, match="unusual shape"):
        layout_of(Header({**extra, **whole}))
    assert time.perf_counter() - began < 1.5  # each block was looked for among all names: 4 s


def test_averaged_weights_beside_the_own_ones_change_nothing():
    """Full training checkpoints hold them, each under a name of its own."""
    whole = read_header(tiny_models.single_file("sd"))
    extra = {f"model_ema.diffusion_modelinput_blocks{n}weight": TensorInfo("F32", (8, 4), 0, 0)
             for n in range(300)}  # fmt: skip
    assert layout_of(Header({**whole.tensors, **extra})) == layout_of(whole)


def test_a_distilled_shape_is_refused_in_words():
    with pytest.raises(UnsupportedModel, match="unusual shape"):
        layout_of(cut("sd", UNET + "middle_block.1."))


def test_lora_names():
    assert is_lora(header("lora_te1_x.lora_down.weight"))
    assert is_lora(header("unet.a.b.lora.up.weight"))
    assert not is_lora(header(UNET + "input_blocks.0.0.weight", "exploration.weight"))


def test_a_file_that_claims_thousands_of_layers_is_refused_before_they_are_built():
    """A few short names are enough to claim them; each costs time even without memory."""
    tensors = dict(read_header(tiny_models.single_file("sd")).tensors)
    for name in list(tensors):
        if ".transformer_blocks.0." in name and "middle" not in name:
            tensors[name.replace(".transformer_blocks.0.", ".transformer_blocks.990.")] = \
                tensors[name]  # fmt: skip
    with pytest.raises(UnsafeFile, match="No real model"):
        layout_of(Header(tensors))
