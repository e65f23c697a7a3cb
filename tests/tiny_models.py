"""Tiny seeded random models on disk, for everybody's tests: real libraries, real files, no weights
worth looking at. Each is built once per process, in a temporary folder that goes at exit.

folder("sd"), folder("sd_v"), folder("sd_inpaint"), folder("sdxl")   diffusers folders
single_file("sd"), single_file("sd2"), single_file("sdxl")           checkpoints in the old layout
root()                                                               the folder that holds them all
"""

from __future__ import annotations

import atexit
import json
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import torch

SIDE = 64  # px: 32x32 latents would be slow, 8x8 are enough
CONCEPT_DIM = 24
WIDE = {
    "block_out_channels": (160, 256, 384), "norm_num_groups": 16, "attention_head_dim": 4,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
}  # fmt: skip
SCHEDULER = {
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1,
    "clip_sample": False, "set_alpha_to_one": False, "timestep_spacing": "leading",
}  # fmt: skip


@cache
def root() -> Path:
    path = Path(tempfile.mkdtemp(prefix="studio-tiny-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _seeded(make: Any, seed: int) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make().eval()


@cache
def small_vocabulary() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """CLIP's bytes and its first merges only: loads in no time."""
    from studio.engine.models.vocabulary import END, START, clip_vocabulary

    whole = clip_vocabulary()
    merges = whole.merges[:500]
    words = [w for w, i in whole.tokens.items() if i < 512 + len(merges)]
    return {w: i for i, w in enumerate([*words, START, END])}, merges


def tokenizer() -> Any:
    from transformers import CLIPTokenizer

    vocabulary, merges = small_vocabulary()
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)


def text_encoder(hidden: int = 32, seed: int = 0, *, projection: bool = False, **kw: Any) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    size = len(small_vocabulary()[0])
    settings: dict[str, Any] = {
        "hidden_size": hidden, "intermediate_size": 48, "projection_dim": hidden,
        "num_attention_heads": 4, "num_hidden_layers": 3, "vocab_size": size,
        "max_position_embeddings": 77, "bos_token_id": size - 2, "eos_token_id": size - 1,
        "pad_token_id": size - 1,
    }  # fmt: skip
    kind = CLIPTextModelWithProjection if projection else CLIPTextModel
    return _seeded(lambda: kind(CLIPTextConfig(**settings | kw)), seed)


def vae(blocks: tuple[int, ...] = (8, 8, 16, 16), groups: int = 8, **kw: Any) -> Any:
    from diffusers import AutoencoderKL

    n = len(blocks)
    return _seeded(
        lambda: AutoencoderKL(
            block_out_channels=blocks, latent_channels=4, norm_num_groups=groups,
            down_block_types=["DownEncoderBlock2D"] * n, up_block_types=["UpDecoderBlock2D"] * n,
            **kw,
        ), 1,
    )  # fmt: skip


def unet(in_channels: int = 4, cross: int = 32, **kw: Any) -> Any:
    from diffusers import UNet2DConditionModel

    settings: dict[str, Any] = {
        "block_out_channels": (16, 32), "layers_per_block": 1, "sample_size": SIDE // 8,
        "in_channels": in_channels, "out_channels": 4, "norm_num_groups": 8,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"), "cross_attention_dim": cross,
        "attention_head_dim": 8,
    }  # fmt: skip
    return _seeded(lambda: UNet2DConditionModel(**settings | kw), 2)


def _sd_pipeline(kind: str) -> Any:
    import diffusers

    inpaints, prediction = kind == "sd_inpaint", "v_prediction" if kind == "sd_v" else "epsilon"
    pipeline = diffusers.StableDiffusionInpaintPipeline if inpaints \
        else diffusers.StableDiffusionPipeline  # fmt: skip
    return pipeline(
        vae=vae(), text_encoder=text_encoder(), tokenizer=tokenizer(),
        unet=unet(9 if inpaints else 4, **WIDE if kind == "wide" else {}),
        safety_checker=None, feature_extractor=None,
        scheduler=diffusers.DDIMScheduler(**SCHEDULER, prediction_type=prediction),
        requires_safety_checker=False,
    )  # fmt: skip


def _sdxl_pipeline() -> Any:
    import diffusers

    wide = unet(
        cross=64, addition_embed_type="text_time", addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 1), projection_class_embeddings_input_dim=80,
        use_linear_projection=True,
    )  # fmt: skip
    return diffusers.StableDiffusionXLPipeline(
        vae=vae(), text_encoder=text_encoder(), tokenizer=tokenizer(), unet=wide,
        text_encoder_2=text_encoder(seed=5, projection=True), tokenizer_2=tokenizer(),
        scheduler=diffusers.EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1,
            timestep_spacing="leading",
        ), add_watermarker=False,
    )  # fmt: skip


def pipeline(kind: str) -> Any:
    """A fresh stock pipeline with the same weights as folder(kind): the oracle."""
    made = _sdxl_pipeline() if kind == "sdxl" else _sd_pipeline(kind)
    made.set_progress_bar_config(disable=True)
    return made


@cache
def folder(kind: str = "sd") -> Path:
    """A diffusers folder: "sd", "sd_v" (predicts v; can draw CLIP embeddings of width 24, as the
    starter can), "sd_inpaint" (9 channels), "wide" (as big as the starter), "sdxl".
    """
    path = root() / f"tiny-{kind}"
    pipeline(kind).save_pretrained(path, safe_serialization=True)
    (path / "studio.json").write_text(json.dumps({"native_size": SIDE}))
    if kind == "sd_v":
        _concept_entry(path / "clip_projection")
    return path


def _concept_entry(path: Path) -> None:
    from safetensors.torch import save_file

    path.mkdir()
    weight = torch.randn(32, CONCEPT_DIM, generator=torch.Generator().manual_seed(8))
    save_file({"weight": weight}, path / "model.safetensors")
    (path / "config.json").write_text(json.dumps({"in_features": CONCEPT_DIM, "out_features": 32}))


@cache
def single_file(kind: str = "sd") -> Path:
    """A single .safetensors file in the layout of the original trainers."""
    from safetensors.torch import save_file

    path = root() / f"tiny-{kind}.safetensors"
    parts = single_file_parts(kind)
    tensors = _ldm_unet(parts["unet"]) | _ldm_vae(parts["vae"])
    if kind == "sd2":
        tensors |= _open_clip(parts["text_encoder"], "cond_stage_model.model.", spare=True)
    else:
        clip = "conditioner.embedders.0." if kind == "sdxl" else "cond_stage_model."
        tensors |= _clip(parts["text_encoder"], clip + "transformer.text_model.")
    if kind == "sdxl":
        tensors |= _open_clip(parts["text_encoder_2"], "conditioner.embedders.1.model.")
    save_file({name: tensor.clone().contiguous() for name, tensor in tensors.items()}, path)
    return path


@cache
def single_file_parts(kind: str) -> dict[str, Any]:
    """The networks whose weights single_file(kind) holds."""
    real = {"vocab_size": 49408, "bos_token_id": 49406, "eos_token_id": 49407, "pad_token_id": 1,
            "hidden_size": 64, "num_attention_heads": 1, "intermediate_size": 64}  # fmt: skip
    deep: dict[str, Any] = {"block_out_channels": (32, 64, 64, 64), "layers_per_block": 2,
                            "norm_num_groups": 32}  # fmt: skip
    parts = {"vae": vae((32, 32, 32, 32), 32, layers_per_block=2)}
    if kind == "sdxl":
        parts["text_encoder"] = text_encoder(hidden_act="quick_gelu", **real)
        parts["text_encoder_2"] = text_encoder(
            seed=5, projection=True, hidden_act="gelu",
            **real | {"num_hidden_layers": 10, "projection_dim": 64},
        )  # fmt: skip
        parts["unet"] = unet(
            cross=128, block_out_channels=(32, 64, 64), layers_per_block=2, norm_num_groups=32,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            transformer_layers_per_block=(1, 1, 2), attention_head_dim=(1, 1, 1),
            use_linear_projection=True, addition_embed_type="text_time",
            addition_time_embed_dim=8, projection_class_embeddings_input_dim=64 + 6 * 8,
        )  # fmt: skip
        return parts
    blocks: dict[str, Any] = {
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    }  # fmt: skip
    act = "gelu" if kind == "sd2" else "quick_gelu"
    parts["text_encoder"] = text_encoder(hidden_act=act, **real)
    heads: Any = {"attention_head_dim": (1, 1, 1, 1), "use_linear_projection": True} \
        if kind == "sd2" else {"attention_head_dim": 8}  # fmt: skip
    parts["unet"] = unet(cross=64, **deep | blocks | heads)
    return parts


_UNET_STEMS = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
}  # fmt: skip
_RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0",
    "conv2": "out_layers.3", "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection",
}  # fmt: skip


def _ldm_unet(model: Any) -> dict[str, torch.Tensor]:
    has_attention = ["CrossAttn" in b for b in model.config.up_block_types]
    return {
        "model.diffusion_model." + _ldm_unet_name(name, has_attention): tensor
        for name, tensor in model.state_dict().items()
    }


def _ldm_unet_name(name: str, has_attention: list[bool]) -> str:
    for new, old in _UNET_STEMS.items():
        if name.startswith(new + "."):
            return old + name[len(new) :]
    if ".resnets." in name:
        for new, old in _RESNET.items():
            name = name.replace(f".{new}.", f".{old}.")
    if m := re.match(r"down_blocks\.(\d)\.(resnets|attentions)\.(\d)\.(.*)", name):
        return f"input_blocks.{3 * int(m[1]) + int(m[3]) + 1}.{int(m[2] != 'resnets')}.{m[4]}"
    if m := re.match(r"up_blocks\.(\d)\.(resnets|attentions)\.(\d)\.(.*)", name):
        return f"output_blocks.{3 * int(m[1]) + int(m[3])}.{int(m[2] != 'resnets')}.{m[4]}"
    if m := re.match(r"down_blocks\.(\d)\.downsamplers\.0\.conv\.(.*)", name):
        return f"input_blocks.{3 * (int(m[1]) + 1)}.0.op.{m[2]}"
    if m := re.match(r"up_blocks\.(\d)\.upsamplers\.0\.(.*)", name):
        return f"output_blocks.{3 * int(m[1]) + 2}.{1 + has_attention[int(m[1])]}.{m[2]}"
    if m := re.match(r"mid_block\.attentions\.0\.(.*)", name):
        return f"middle_block.1.{m[1]}"
    m = re.match(r"mid_block\.resnets\.(\d)\.(.*)", name)
    assert m is not None
    return f"middle_block.{2 * int(m[1])}.{m[2]}"


def _ldm_vae(model: Any) -> dict[str, torch.Tensor]:
    named = {"first_stage_model." + _ldm_vae_name(n): t for n, t in model.state_dict().items()}
    is_conv = re.compile(r"attn_1\.(q|k|v|proj_out)\.weight$")
    return {n: t[..., None, None] if is_conv.search(n) else t for n, t in named.items()}


def _ldm_vae_name(name: str) -> str:
    name = name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")
    name = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)",
                  lambda m: f"up.{3 - int(m[1])}.block.{m[2]}", name)  # fmt: skip
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0",
                  lambda m: f"up.{3 - int(m[1])}.upsample", name)  # fmt: skip
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    for new, old in (("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"),
                     ("to_out.0", "proj_out")):  # fmt: skip
        name = name.replace(f"mid_block.attentions.0.{new}.", f"mid.attn_1.{old}.")
    return name


def _clip(model: Any, prefix: str) -> dict[str, torch.Tensor]:
    state = model.state_dict().items()
    return {prefix + name.removeprefix("text_model."): tensor for name, tensor in state}


def _open_clip(model: Any, prefix: str, *, spare: bool = False) -> dict[str, torch.Tensor]:
    """spare: add the last layer, which SD 2.x leaves unused."""
    state = {n.removeprefix("text_model."): t for n, t in model.state_dict().items()}
    names = {"embeddings.token_embedding.weight": "token_embedding.weight",
             "embeddings.position_embedding.weight": "positional_embedding",
             "final_layer_norm.weight": "ln_final.weight",
             "final_layer_norm.bias": "ln_final.bias"}  # fmt: skip
    result = {prefix + old: state[new] for new, old in names.items()}
    if "text_projection.weight" in state:
        result[prefix + "text_projection"] = state["text_projection.weight"].T
    layers = model.config.num_hidden_layers
    for number in range(layers + spare):
        source = f"encoder.layers.{min(number, layers - 1)}."
        target = f"{prefix}transformer.resblocks.{number}."
        for kind in ("weight", "bias"):
            rows = [state[f"{source}self_attn.{p}_proj.{kind}"] for p in "qkv"]
            result[f"{target}attn.in_proj_{kind}"] = torch.cat(rows)
            for new, old in (("self_attn.out_proj", "attn.out_proj"), ("mlp.fc1", "mlp.c_fc"),
                             ("mlp.fc2", "mlp.c_proj"), ("layer_norm1", "ln_1"),
                             ("layer_norm2", "ln_2")):  # fmt: skip
                result[f"{target}{old}.{kind}"] = state[f"{source}{new}.{kind}"]
    return result
