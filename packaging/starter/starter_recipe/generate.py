"""Generate with the shipped folder through diffusers' stock pipeline, in batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    StableDiffusionPipeline,
    UniPCMultistepScheduler,
)
from safetensors.torch import load_file

from starter_recipe.settings import best_device

BATCH = {"cpu": 20, "cuda": 100}


class NoiselessDDPM(DDPMScheduler):
    """DDPM whose per-step noise is left out: it shows what that noise is for."""

    def _get_variance(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        return torch.zeros(())


SAMPLERS: dict[str, Callable[[Any], Any]] = {
    "DPM++ 2M": lambda c: DPMSolverMultistepScheduler.from_config(c),
    "DPM++ 2M Karras": lambda c: DPMSolverMultistepScheduler.from_config(c, use_karras_sigmas=True),
    "DPM++ 2M SDE": lambda c: DPMSolverMultistepScheduler.from_config(
        c, algorithm_type="sde-dpmsolver++"),
    "Euler": lambda c: EulerDiscreteScheduler.from_config(c),
    "Euler a": lambda c: EulerAncestralDiscreteScheduler.from_config(c),
    "Heun": lambda c: HeunDiscreteScheduler.from_config(c),
    "DDIM": lambda c: DDIMScheduler.from_config(c),
    "UniPC": lambda c: UniPCMultistepScheduler.from_config(c),
    "DDPM": lambda c: DDPMScheduler.from_config(c),
    "DDPM without noise": lambda c: NoiselessDDPM.from_config(c),
}


class Painter:
    """The shipped model, ready to generate."""

    def __init__(self, model: Path) -> None:
        """Load the folder as any user of diffusers would, offline."""
        self.device = best_device()
        self.pipe = StableDiffusionPipeline.from_pretrained(
            str(model), local_files_only=True, use_safetensors=True, dtype=torch.float32)
        self.pipe.to(self.device)
        self.pipe.set_progress_bar_config(disable=True)
        self.original = dict(self.pipe.scheduler.config)
        #: What the studio begins with: see export.studio_defaults.
        self.defaults = json.loads((model / "studio.json").read_text("utf-8"))
        weight = load_file(model / "clip_projection" / "model.safetensors")["weight"].float()
        self.projection = weight.to(self.device)

    @torch.inference_mode()
    def words(self, prompts: Sequence[str]) -> torch.Tensor:
        """Encode prompts to hidden states [N, 77, D]."""
        ids = self.pipe.tokenizer(list(prompts), padding="max_length", max_length=77,
                                  truncation=True, return_tensors="pt").input_ids
        hidden: torch.Tensor = self.pipe.text_encoder(ids.to(self.device)).last_hidden_state
        return hidden

    def paint(self, prompts: Sequence[str], seeds: Sequence[int], *, guidance_scale: float,
              sampler: str | None = None, steps: int = 20, size: int | None = None,
              embeddings: torch.Tensor | None = None, precise: bool = False) -> torch.Tensor:
        """Generate one picture per prompt and seed, uint8 [N, 3, H, W] on the CPU.

        sampler: None for the model's default. embeddings: unit CLIP vectors [N, D] that enter as
        the 78th position, or None. precise: all in float32, as the studio does on CPUs, instead of
        bfloat16 products.
        """
        self.pipe.scheduler = SAMPLERS[sampler or self.defaults["sampler"]](self.original)
        batch, parts = BATCH[self.device.type], []
        for i in range(0, len(prompts), batch):
            given = None if embeddings is None else embeddings[i : i + batch]
            with torch.autocast(self.device.type, torch.bfloat16, enabled=not precise):
                parts.append(self._paint(prompts[i : i + batch], seeds[i : i + batch],
                                         guidance_scale, steps, size, given))
        return torch.cat(parts)

    @torch.inference_mode()
    def _paint(self, prompts: Sequence[str], seeds: Sequence[int], scale: float, steps: int,
               size: int | None, embeddings: torch.Tensor | None) -> torch.Tensor:
        cond, uncond = self.words(prompts), self.words([""] * len(prompts))
        if embeddings is not None:
            position = (embeddings.to(self.device) @ self.projection.T)[:, None]
            cond = torch.cat([cond, position], 1)
            uncond = torch.cat([uncond, torch.zeros_like(position)], 1)
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        images = self.pipe(
            prompt_embeds=cond, negative_prompt_embeds=uncond, guidance_scale=scale,
            num_inference_steps=steps, generator=generators, height=size, width=size,
            output_type="pt").images
        return (images.float().clamp(0, 1) * 255).round().to(torch.uint8).cpu()
