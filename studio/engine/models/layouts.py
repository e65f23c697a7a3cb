"""What a single checkpoint file holds, read off its tensor names and shapes. Torch-free.

A single file carries no configuration. Shapes say nearly everything; the rest (number of
attention heads, activation, latent scale) is fixed by the family.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.engine.errors import BrokenFile, UnsupportedModel
from studio.engine.models import guard
from studio.engine.models.header import Header

UNET = "model.diffusion_model."
VAE = "first_stage_model."
CLIP = ("cond_stage_model.transformer.", "conditioner.embedders.0.transformer.")
SGM = "conditioner.embedders.0.model."  # the one tower of SDXL's refiner, and of SD Turbo
XL_SECOND = "conditioner.embedders.1.model."
OPEN_CLIP = ("cond_stage_model.model.", SGM, XL_SECOND)
LABEL = UNET + "label_emb.0.0.weight"
HEAD_WIDTH = 64  # of SD 2.x, SDXL and every CLIP text tower in use
SD1_HEADS = 8
BLOCKS_MAX = 32  # of a denoiser's way down; SD 1.x has 12
LATENT_SCALE = {"sd": 0.18215, "sdxl": 0.13025}  # what the trainers of the two VAEs chose
OTHER_FAMILIES = {
    "double_blocks.0.img_attn.norm.key_norm.scale": "Flux",
    "joint_blocks.0.context_block.adaLN_modulation.1.bias": "Stable Diffusion 3",
    "patch_embedding.weight": "Wan",
    "control_model.time_embed.0.weight": "ControlNet",
    "controlnet_cond_embedding.conv_in.weight": "ControlNet",
}
EDM_MARKS = {"edm_mean", "edm_vpred.sigma_max"}  # Playground 2.5, CosXL
_LORA_KEY = re.compile(r"^lora_(unet|te\d?)_|\.lora_(up|down|A|B)\b|\.lora\.(up|down)\.")


@dataclass(frozen=True, slots=True)
class Layout:
    """The configurations of a single file's parts, in diffusers' and transformers' words."""

    family: str  # "sd" | "sdxl"
    unet: Mapping[str, Any]
    vae: Mapping[str, Any]
    text_encoders: tuple[Mapping[str, Any], ...]  # config + "prefix" + "kind": clip | open_clip


def is_lora(header: Header) -> bool:
    """Whether the file's names are those of a LoRA."""
    return any(_LORA_KEY.search(name) for name in header.tensors)


def family_of(header: Header) -> str:
    """ "sd" or "sdxl". Raises UnsupportedModel, naming what the file is instead."""
    what = _foreign(header)
    if what:
        raise UnsupportedModel(f"This {what}.", "Ordinary SD 1.x, 2.x and SDXL files work.")
    return "sdxl" if LABEL in header.tensors else "sd"


def _foreign(header: Header) -> str:
    """What the file is instead of a model that we run, as the end of a sentence; "" if it is one.

    unCLIP has SDXL's extra input, but its text encoder in SD 2's place.
    """
    for key, name in OTHER_FAMILIES.items():
        if key in header.tensors or UNET + key in header.tensors:
            return f"is a {name} model, which this program cannot run yet"
    if UNET + "input_blocks.0.0.weight" not in header.tensors:
        what = "a LoRA; choose it under LoRA" if is_lora(header) else "no known kind of model"
        return f"file is {what}"
    if EDM_MARKS & header.tensors.keys():
        return "model was trained with a noise scale of its own (EDM)"
    if LABEL not in header.tensors:
        return ""
    found = {start for start in (SGM, XL_SECOND) for name in header.tensors
             if name.startswith(start)}  # fmt: skip
    if found == {SGM}:
        return "is an SDXL refiner, which makes no picture by itself"
    is_xl = any(name.startswith("conditioner.") for name in header.tensors)
    return "" if is_xl else "model wants a picture embedding (unCLIP)"


def layout_of(header: Header) -> Layout:
    """Derive every configuration. Raises UnsupportedModel or BrokenFile, naming what is missing."""
    family = family_of(header)
    encoders = tuple(_text_encoders(header))
    if len(encoders) < (2 if family == "sdxl" else 1):
        which = "only one of its two text encoders" if encoders else "no text encoder"
        raise BrokenFile(f"The file holds {which}.", "Get the full model, not a part of it.")
    layout = Layout(family, _unet(header, encoders), _vae(header, family), encoders)
    for part in (layout.unet, layout.vae, *encoders):
        guard.check_sizes(part, "The file")
    return layout


def _count(header: Header, pattern: str) -> int:
    """One more than the largest number that stands in the pattern's group; 0 if none."""
    regex = re.compile(pattern)
    found = (regex.match(name) for name in header.tensors)
    return max((int(m[1]) + 1 for m in found if m), default=0)


def _unet_levels(header: Header) -> list[list[tuple[int, int]]]:
    """Per resolution, per resnet: (channels, transformer depth)."""
    levels: list[list[tuple[int, int]]] = [[]]
    own = [name.removeprefix(UNET) for name in header.tensors if name.startswith(UNET)]
    for part in ("input_blocks", "middle_block", "output_blocks"):
        names = (name.split(".") for name in own if part in name)
        if len({tuple(name[:2]) for name in names}) > BLOCKS_MAX:
            raise _unusual()  # each is looked for among all names, here and by diffusers
    for n in range(1, _count(header, re.escape(UNET) + r"input_blocks\.(\d{1,3})\.")):
        block = f"{UNET}input_blocks.{n}."
        if block + "0.op.weight" in header.tensors:
            levels.append([])
            continue
        channels = header.shape(block + "0.in_layers.2.weight")
        if not channels:
            raise BrokenFile("The file's denoiser is incomplete.", "Download it again.")
        depth = _count(header, re.escape(block) + r"1\.transformer_blocks\.(\d{1,3})\.")
        levels[-1].append((channels[0], depth))
    return levels


def _unusual() -> UnsupportedModel:
    return UnsupportedModel("The file's denoiser has an unusual shape (perhaps distilled).",
                            "Ordinary SD 1.x, 2.x and SDXL files work.")  # fmt: skip


def _unet(header: Header, encoders: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    levels = _unet_levels(header)
    depths = [level[0][1] if level else 0 for level in levels]
    middle = _count(header, re.escape(UNET) + r"middle_block\.1\.transformer_blocks\.(\d{1,3})\.")
    is_even = len({len(level) for level in levels}) == 1 and all(
        len(set(level)) == 1 for level in levels
    )
    if not is_even or not any(depths) or middle != max(depths[-1], 1):
        raise _unusual()
    widths = [level[0][0] for level in levels]
    first = next(i for i, depth in enumerate(depths) if depth)
    block = f"{UNET}input_blocks.{1 + first * (len(levels[0]) + 1)}.1."
    is_linear = len(header.shape(block + "proj_in.weight")) == 2
    stem = header.shape(UNET + "input_blocks.0.0.weight")
    config: dict[str, Any] = {
        "in_channels": stem[1], "out_channels": header.shape(UNET + "out.2.weight")[0],
        "block_out_channels": widths, "layers_per_block": len(levels[0]),
        "transformer_layers_per_block": [max(depth, 1) for depth in depths],
        "cross_attention_dim": header.shape(block + "transformer_blocks.0.attn2.to_k.weight")[1],
        "attention_head_dim": [max(w // HEAD_WIDTH, 1) for w in widths] if is_linear else SD1_HEADS,
        "use_linear_projection": is_linear,
        "down_block_types": ["CrossAttnDownBlock2D" if d else "DownBlock2D" for d in depths],
        "up_block_types": ["CrossAttnUpBlock2D" if d else "UpBlock2D" for d in depths[::-1]],
    }  # fmt: skip
    label = header.shape(LABEL)
    if label:
        pooled = int(encoders[-1]["projection_dim"])
        config |= {"addition_embed_type": "text_time", "class_embed_type": None,
                   "addition_time_embed_dim": (label[1] - pooled) // 6,
                   "projection_class_embeddings_input_dim": label[1]}  # fmt: skip
    return config


def _vae(header: Header, family: str) -> dict[str, Any]:
    levels = _count(header, re.escape(VAE) + r"encoder\.down\.(\d{1,2})\.")
    latent = header.shape(VAE + "post_quant_conv.weight")
    if not levels or not latent:
        raise BrokenFile("The file holds no VAE.", "Get the full model, with its VAE baked in.")
    widths = [header.shape(f"{VAE}encoder.down.{i}.block.0.conv1.weight")[0] for i in range(levels)]
    resnets = _count(header, re.escape(VAE) + r"encoder\.down\.0\.block\.(\d{1,2})\.")
    return {
        "in_channels": 3, "out_channels": 3, "latent_channels": latent[0],
        "block_out_channels": widths, "norm_num_groups": 32,
        "layers_per_block": resnets,
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "up_block_types": ["UpDecoderBlock2D"] * levels,
        "scaling_factor": LATENT_SCALE[family], "force_upcast": family == "sdxl",
    }  # fmt: skip


def _text_encoders(header: Header) -> list[dict[str, Any]]:
    found = [_clip(header, prefix) for prefix in CLIP] + [_open_clip(header, p) for p in OPEN_CLIP]
    return [config for config in found if config]


def _clip(header: Header, prefix: str) -> dict[str, Any]:
    for inner in ("text_model.", ""):
        root = prefix + inner
        tokens = header.shape(root + "embeddings.token_embedding.weight")
        if tokens:
            layers = _count(header, re.escape(root) + r"encoder\.layers\.(\d{1,3})\.")
            middle = header.shape(root + "encoder.layers.0.mlp.fc1.weight")
            return _text_config(tokens, layers, middle[0], "quick_gelu", prefix, "clip")
    return {}


def _open_clip(header: Header, prefix: str) -> dict[str, Any]:
    tokens = header.shape(prefix + "token_embedding.weight")
    if not tokens:
        return {}
    layers = _count(header, re.escape(prefix) + r"transformer\.resblocks\.(\d{1,3})\.")
    middle = header.shape(prefix + "transformer.resblocks.0.mlp.c_fc.weight")[0]
    # SD 2.x reads the last layer but one; its folders simply leave the last one out, and so do
    # files made from them. Towers have an even number of layers.
    is_spare = prefix != XL_SECOND and layers % 2 == 0
    config = _text_config(tokens, layers - is_spare, middle, "gelu", prefix, "open_clip")
    projection = header.shape(prefix + "text_projection")
    return config | ({"projection_dim": projection[1]} if projection else {})


def _text_config(
    tokens: tuple[int, ...], layers: int, middle: int, act: str, prefix: str, kind: str
) -> dict[str, Any]:
    return {
        "vocab_size": tokens[0], "hidden_size": tokens[1], "num_hidden_layers": layers,
        "intermediate_size": middle, "hidden_act": act, "max_position_embeddings": 77,
        "num_attention_heads": max(tokens[1] // HEAD_WIDTH, 1), "projection_dim": tokens[1],
        "bos_token_id": 49406, "eos_token_id": 49407, "pad_token_id": 1,
        "prefix": prefix, "kind": kind,
    }  # fmt: skip
