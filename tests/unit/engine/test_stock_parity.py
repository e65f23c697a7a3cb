"""Whole runs against diffusers' own pipelines, where the two must agree to the last bits:
noise streams, zero terminal SNR, SDXL's empty negative prompt, single files, LoRA.
"""

from __future__ import annotations

import shutil

import diffusers
import numpy as np
import open_clip
import pytest
import torch
from safetensors.torch import save_file

from studio.engine.models import parts
from studio.engine.prompts import encode
from tests import tiny_models
from tests.unit.engine.harness import ask, run
from tests.unit.engine.test_loras import LAYER, TEXT

D = diffusers
TRAILING = {"timestep_spacing": "trailing"}
SDE = {"algorithm_type": "sde-dpmsolver++"}


def relative(ours, theirs):
    return float((ours - theirs).norm() / theirs.norm())


def stock_latents(pipeline, request, **more):
    """What the stock pipeline makes of the same request."""
    pipeline.set_progress_bar_config(disable=True)
    asked = {
        "prompt": request.prompt, "negative_prompt": request.negative_prompt or None,
        "height": request.height, "width": request.width, "num_inference_steps": request.steps,
        "guidance_scale": request.guidance_scale, "output_type": "latent",
        "generator": torch.Generator().manual_seed(request.seed),
    }  # fmt: skip
    return pipeline(**asked | more)[0]


@pytest.mark.parametrize(
    ("kind", "sampler", "scheduler", "settings"),
    [
        ("sd", "Euler a", D.EulerAncestralDiscreteScheduler, {}),
        ("sd_v", "DDPM", D.DDPMScheduler, {"clip_sample": False}),
        ("sdxl", "DPM++ 2M", D.DPMSolverMultistepScheduler, TRAILING),
        ("sdxl", "DPM++ 2M SDE", D.DPMSolverMultistepScheduler, TRAILING | SDE),
        ("sd_v", "UniPC", D.UniPCMultistepScheduler, TRAILING),
    ],
)
def test_other_samplers_and_their_noise(kind, sampler, scheduler, settings):
    """The fresh noise of each step comes from the same stream, in the same order."""
    schedule = settings.get("timestep_spacing", "leading")
    request = ask(kind, sampler=sampler, schedule=schedule, steps=5)
    pipeline = tiny_models.pipeline(kind)
    kept = {k: v for k, v in pipeline.scheduler.config.items() if not k.startswith("_")}
    names = ("beta_start", "beta_end", "beta_schedule", "steps_offset", "prediction_type")
    common = {name: kept[name] for name in names} | {"timestep_spacing": "leading"}
    pipeline.scheduler = scheduler(**common | settings)
    assert relative(run(request).take.steps[-1].x, stock_latents(pipeline, request)) < 1e-5


def test_v_prediction_from_pure_noise_with_rescaled_guidance(tmp_path):
    """The recipe of Lin et al. 2023, as SD 2.1 models trained with zero terminal SNR want it."""
    path = tmp_path / "zsnr"
    shutil.copytree(tiny_models.folder("sd_v"), path)
    scheduler = D.DDIMScheduler(
        **tiny_models.SCHEDULER | {"timestep_spacing": "trailing", "set_alpha_to_one": True},
        prediction_type="v_prediction", rescale_betas_zero_snr=True,
    )  # fmt: skip
    scheduler.save_pretrained(path / "scheduler")
    pipeline = tiny_models.pipeline("sd_v")
    pipeline.scheduler = scheduler
    request = ask("sd_v", model=str(path), sampler="DDIM", schedule="trailing", steps=5,
                  guidance_scale=7.5, guidance_rescale=0.7)  # fmt: skip
    take = run(request).take
    assert take.steps[0].level.a == 0
    stock = stock_latents(pipeline, request, guidance_rescale=0.7)
    assert relative(take.steps[-1].x, stock) < 1e-5


@pytest.mark.parametrize("is_zero", [True, False])
def test_an_empty_negative_prompt_is_what_the_model_says_it_is(tmp_path, is_zero):
    """SDXL: nothing at all, unless the model's index says that it learned from an encoded ""."""
    path = tmp_path / "xl"
    shutil.copytree(tiny_models.folder("sdxl"), path)
    pipeline = tiny_models.pipeline("sdxl")
    pipeline.register_to_config(force_zeros_for_empty_prompt=is_zero)
    pipeline.save_config(path)
    request = ask("sdxl", model=str(path), negative_prompt="", sampler="Euler",
                  schedule="leading")  # fmt: skip
    assert relative(run(request).take.steps[-1].x, stock_latents(pipeline, request)) < 1e-5


def test_sdxl_from_a_start_picture():
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    request = ask("sdxl", sampler="Euler", schedule="leading", steps=8, strength=0.5,
                  image=picture)  # fmt: skip
    pipeline = D.StableDiffusionXLImg2ImgPipeline(**tiny_models.pipeline("sdxl").components)
    take = run(request).take
    known = torch.tensor(take.arrays["known"])
    stock = stock_latents(pipeline, request, image=known, strength=0.5, height=None, width=None)
    assert relative(take.steps[-1].x, stock) < 1e-5


def whole(kind):
    """The stock pipeline of a single file's parts."""
    made = dict(tiny_models.single_file_parts(kind))
    towers = ["open_clip"] if kind == "sd2" else ["clip", "open_clip"][: 1 + (kind == "sdxl")]
    names = [parts.file_tokenizer(tower) for tower in towers]
    schedule = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
                "steps_offset": 1, "timestep_spacing": "leading"}  # fmt: skip
    if kind == "sdxl":
        return D.StableDiffusionXLPipeline(
            **made, tokenizer=names[0], tokenizer_2=names[1], add_watermarker=False,
            scheduler=D.EulerDiscreteScheduler(**schedule),
        )  # fmt: skip
    return D.StableDiffusionPipeline(
        **made, tokenizer=names[0], scheduler=D.EulerDiscreteScheduler(**schedule),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["sd", "sd2", "sdxl"])
def test_a_single_file_gives_the_run_of_its_parts(kind):
    """Everything that is derived at once: layers, heads, activations, padding, pooling, sizes."""
    request = ask(model=str(tiny_models.single_file(kind)), sampler="Euler", schedule="leading",
                  prompt="A red apple, 2026; don't", steps=3)  # fmt: skip
    assert relative(run(request).take.steps[-1].x, stock_latents(whole(kind), request)) < 1e-5


@pytest.mark.parametrize("text", ["a red apple", "Ünïcode  Straße don't 12:30 — 狐", "",
                                  "wow! what a day!!", "!! :-] x"])  # fmt: skip
def test_the_tokenizer_of_single_files_reads_as_open_clip_does(text):
    theirs = open_clip.tokenizer.SimpleTokenizer()(text)[0].tolist()
    seen = []
    encode(text, parts.file_tokenizer("open_clip"),
           lambda ids: seen.append(ids) or torch.zeros(1, 77, 2), chunks=1)  # fmt: skip
    assert seen[0][0].tolist() == theirs  # padding too: OpenCLIP's is 0


def kohya_xl():
    """SDXL's commonest LoRA: the trainer's block names and both text encoders."""
    generator = torch.Generator().manual_seed(4)
    block = "input_blocks_4_1_transformer_blocks_0_attn2_to_k"
    text = TEXT.replace(".", "_")
    sizes = {f"lora_unet_{block}": (64, 128)}
    for tower in ("te1", "te2"):
        sizes |= {f"lora_{tower}_{text}": (64, 64),
                  f"lora_{tower}_{text.replace('q_proj', 'out_proj')}": (64, 64)}  # fmt: skip
    made = {}
    for name, (high, wide) in sizes.items():
        made[f"{name}.lora_down.weight"] = 3 * torch.randn(4, wide, generator=generator)
        made[f"{name}.lora_up.weight"] = 3 * torch.randn(high, 4, generator=generator)
        made[f"{name}.alpha"] = torch.tensor(2.0)
    return made


def in_diffusers_names():
    generator = torch.Generator().manual_seed(5)
    made = {}
    for name in (f"unet.{LAYER}", f"text_encoder.{TEXT}"):
        made[f"{name}.lora_A.weight"] = 3 * torch.randn(4, 32, generator=generator)
        made[f"{name}.lora_B.weight"] = 3 * torch.randn(32, 4, generator=generator)
    return made


@pytest.mark.parametrize("weight", [1.0, -0.5])
@pytest.mark.parametrize("names", ["kohya sdxl", "diffusers sd"])
def test_a_lora_acts_as_in_the_stock_pipeline(tmp_path, names, weight):
    is_xl = names == "kohya sdxl"
    made = kohya_xl() if is_xl else in_diffusers_names()
    save_file(made, tmp_path / "style.safetensors")
    model = tiny_models.single_file("sdxl") if is_xl else tiny_models.folder("sd")
    # Of its own, since a LoRA stays in the networks.
    if is_xl:
        tiny_models.single_file_parts.cache_clear()
    pipeline = whole("sdxl") if is_xl else tiny_models.pipeline("sd")
    plain = ask(model=str(model), sampler="Euler", schedule="leading", steps=3)
    pipeline.scheduler = D.EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1,
        timestep_spacing="leading",
    )  # fmt: skip
    without = stock_latents(pipeline, plain)
    pipeline.load_lora_weights(dict(made), adapter_name="style")
    pipeline.set_adapters("style", weight)
    stock = stock_latents(pipeline, plain)
    if is_xl:
        tiny_models.single_file_parts.cache_clear()
    assert relative(stock, without) > 1e-3
    request = plain.edit(loras=((str(tmp_path / "style.safetensors"), weight),))
    assert relative(run(request).take.steps[-1].x, stock) < 1e-5
