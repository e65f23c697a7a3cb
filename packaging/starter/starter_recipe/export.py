"""Write the trained models as the folder that the studio ships.

diffusers' Stable Diffusion layout, plus two folders of our own:

* `clip_projection/`: `config.json` {"in_features": D, "out_features": D} and `model.safetensors`
  with one tensor `weight` [D, D]. To condition on a unit CLIP embedding e [B, D], append
  `(e @ weight.T)[:, None]` to the text tower's hidden states: 77 → 78 positions. A zero vector
  (or no 78th position) means "no embedding".
* `open_clip/`: `open_clip_config.json` and `open_clip_model.safetensors`; tokenise for it with
  the model folder's own `tokenizer/`, padded to 77.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from safetensors.torch import save_file

from starter_recipe.clip import MEAN, STD, clip_config, load_clip, to_transformers
from starter_recipe.latents import saved_scale
from starter_recipe.settings import Places
from starter_recipe.tokenizer import save_tokenizer
from starter_recipe.training import replace_path
from starter_recipe.unet import SCHEDULE, load_averaged
from starter_recipe.vae import load_vae

MAX_SHARD = "15MB"
EXAMPLE_PROMPTS = [
    "a cat wearing a top hat on a blue background",
    "a palm tree in the desert",
    "a rocket in the night sky",
    "a woman with red hair wearing a crown at sunset",
    "a panda in the snow",
    "a house in a meadow",
]


def studio_defaults(places: Places) -> dict[str, object]:
    """Return the studio's recommended settings for this model."""
    return {
        "name": "Starter · emoji scenes", "native_size": places.setting.picture_px, "steps": 20,
        "guidance_scale": 4.0, "sampler": "DPM++ 2M SDE", "schedule": "trailing",
        "prediction_type": SCHEDULE["prediction_type"], "example_prompts": EXAMPLE_PROMPTS,
        "open_clip": "open_clip", "clip_projection": "clip_projection",
    }


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def build_pipeline(places: Places) -> StableDiffusionPipeline:
    """Assemble the float32 pipeline of the best weights so far."""
    clip, tokenizer = load_clip(places)
    model, _ = load_averaged(places)
    vae = load_vae(places).cpu()
    vae.register_to_config(scaling_factor=saved_scale(places))
    return StableDiffusionPipeline(
        vae=vae, text_encoder=to_transformers(clip.cpu(), tokenizer), tokenizer=tokenizer,
        unet=model.unet, scheduler=DDIMScheduler(**SCHEDULE), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False,
    )


def export_model(places: Places, target: Path) -> None:
    """Write the whole model folder, float16, part by part into place.

    Files the recipe does not make (README.md, model_card.json) stay.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, suffix=".part") as scratch:
        folder = Path(scratch)
        pipeline = build_pipeline(places)
        pipeline.to(torch.float16)
        pipeline.save_pretrained(folder, safe_serialization=True, max_shard_size=MAX_SHARD)
        save_tokenizer(pipeline.tokenizer, folder / "tokenizer")
        _export_projection(places, folder / "clip_projection")
        _export_open_clip(places, folder / "open_clip")
        _write_json(folder / "studio.json", studio_defaults(places))
        for file in folder.rglob("*.safetensors"):
            file.chmod(0o644)
        for part in sorted(folder.iterdir()):
            replace_path(part, target / part.name)


def _export_projection(places: Places, folder: Path) -> None:
    folder.mkdir()
    model, _ = load_averaged(places)
    weight = model.projection.exported_weight()
    save_file({"weight": weight.half().contiguous()}, folder / "model.safetensors")
    _write_json(folder / "config.json",
                {"in_features": weight.shape[1], "out_features": weight.shape[0]})


def _export_open_clip(places: Places, folder: Path) -> None:
    folder.mkdir()
    clip, tokenizer = load_clip(places)
    weights = {name: value.half().cpu().contiguous() for name, value in clip.state_dict().items()
               if name != "attn_mask"}
    save_file(weights, folder / "open_clip_model.safetensors")
    _write_json(folder / "open_clip_config.json", {
        "model_cfg": clip_config(places.setting, len(tokenizer)),
        "preprocess_cfg": {"mean": list(MEAN), "std": list(STD), "interpolation": "bicubic",
                           "resize_mode": "squash"},
    })
