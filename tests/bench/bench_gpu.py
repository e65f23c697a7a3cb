"""The engine beside diffusers' stock pipeline on a GPU. `pytest -m gpu -s tests/bench/bench_gpu.py`

Or without pytest, where there is no Qt either: `python tests/bench/bench_gpu.py [--device cuda]
[--steps 20]`. Same model, same precision, same start noise; in turns, warm, the GPU waited for.
Figure to hold: the engine's steps take at most 1.1 times the stock pipeline's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

if __name__ == "__main__":  # Found from anywhere, without an installed studio.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from studio.engine.engine import Engine
from studio.engine.models.devices import pick_device
from studio.engine.record import Stage
from studio.engine.request import GenerationRequest
from studio.resources import resource
from tests import tiny_models

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here"),
]

TURNS = 5
RATIO_MAX = 1.1
PROMPT = "a cat in the desert"


@dataclass(frozen=True)
class Case:
    """What is measured once."""

    folder: Path
    size: int  # px
    steps: int
    device: str
    guidance: float = 5.0

    @property
    def request(self) -> GenerationRequest:
        return GenerationRequest(
            model=str(self.folder), prompt=PROMPT, steps=self.steps, width=self.size,
            height=self.size, seed=1, sampler="DDIM", schedule="trailing",
            guidance_scale=self.guidance,
        )  # fmt: skip


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def as_wide_as_sd15() -> Path:
    """A Stable Diffusion 1.5 of random weights: 860 M parameters in the denoiser."""
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    unet = tiny_models.unet(
        block_out_channels=(320, 640, 1280, 1280), layers_per_block=2, sample_size=64,
        norm_num_groups=32, cross=768,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    )  # fmt: skip
    pipe = StableDiffusionPipeline(
        vae=tiny_models.vae((128, 256, 512, 512), 32, layers_per_block=2),
        text_encoder=tiny_models.text_encoder(768, num_hidden_layers=12, num_attention_heads=12,
                                              intermediate_size=3072),
        tokenizer=tiny_models.tokenizer(), unet=unet, safety_checker=None, feature_extractor=None,
        scheduler=DDIMScheduler(**tiny_models.SCHEDULER), requires_safety_checker=False,
    )  # fmt: skip
    folder = Path(tempfile.mkdtemp(prefix="studio-gpu-")) / "sd15-random"
    pipe.to(torch.float16).save_pretrained(folder, safe_serialization=True)
    return folder


def engine_run(engine: Engine, case: Case, has_frames: bool) -> tuple[float, np.ndarray]:
    """Seconds of the denoising stage, and the picture."""
    run = engine.generate(case.request, stop=threading.Event(), has_frames=has_frames)
    while True:
        try:
            next(run)
        except StopIteration as end:
            return end.value.seconds[Stage.DENOISING.value], end.value.picture


def stock_pipeline(case: Case) -> Any:
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    pipe = StableDiffusionPipeline.from_pretrained(
        str(case.folder), local_files_only=True, use_safetensors=True, safety_checker=None,
        dtype=pick_device(case.device).dtype).to(case.device)  # fmt: skip
    pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config, timestep_spacing="trailing",
                                               set_alpha_to_one=True)  # fmt: skip
    pipe.set_progress_bar_config(disable=True)
    return pipe


def stock_run(pipe: Any, case: Case) -> tuple[float, np.ndarray]:
    """Seconds from the first step to the last, and the picture."""
    moments: list[float] = []

    def note(_pipe: Any, step: int, *_: Any) -> dict[str, Any]:
        if step in (0, case.steps - 1):
            wait(case.device)
            moments.append(time.perf_counter())
        return {}

    picture = pipe(
        PROMPT, num_inference_steps=case.steps, width=case.size, height=case.size,
        guidance_scale=case.guidance, generator=torch.Generator().manual_seed(1),
        output_type="np", callback_on_step_end=note).images[0]  # fmt: skip
    spent = (moments[-1] - moments[0]) * case.steps / (case.steps - 1)
    return spent, (picture * 255).round().astype(np.uint8)


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    error = float(np.square(first.astype(float) - second.astype(float)).mean())
    return 10 * np.log10(255**2 / max(error, 1e-6))


def compare(case: Case, turns: int = TURNS) -> float:
    """Print one block of the table; return the engine's time over the stock pipeline's."""
    engine, pipe = Engine([case.folder.parent], case.device), stock_pipeline(case)
    ways = {
        "stock pipeline": lambda: stock_run(pipe, case),
        "engine, records only": lambda: engine_run(engine, case, False),
        "engine, all lanes": lambda: engine_run(engine, case, True),
    }
    pictures = {name: way()[1] for name, way in ways.items()}  # Warm.
    if case.device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(turns):
        for name in list(ways)[:: 1 if turn % 2 == 0 else -1]:
            wait(case.device)
            seconds[name].append(ways[name]()[0])
    peak = torch.cuda.max_memory_allocated() / 2**20 if case.device == "cuda" else 0.0
    print(f"\n{case.folder.name}, {case.size} px, {case.steps} DDIM steps, CFG, "
          f"{pick_device(case.device)}, both models loaded: peak {peak:.0f} MiB")  # fmt: skip
    base = seconds["stock pipeline"]
    for name, values in seconds.items():
        ratio = statistics.median(v / b for v, b in zip(values, base, strict=True))
        print(f"{name:24}{statistics.median(values):9.3f} s {case.steps / min(values):9.1f} steps/s"
              f"{ratio:8.3f}   same picture: {psnr(pictures[name], pictures['stock pipeline']):.0f}"
              " dB")  # fmt: skip
    engine.unload()
    return min(seconds["engine, records only"]) / min(base)


def test_the_engine_is_about_as_fast_as_the_stock_pipeline() -> None:
    starter = resource("models/starter")
    ratios = [
        compare(Case(starter, 256, 20, "cuda")),
        compare(Case(as_wide_as_sd15(), 512, 20, "cuda")),
    ]
    assert ratios[1] < RATIO_MAX
    assert all(ratio < 2 for ratio in ratios)  # The starter's steps are shorter than the loop's.


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda", choices=("cuda", "mps", "cpu"))
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--starter-only", action="store_true")
    given = parser.parse_args()
    starter = resource("models/starter")
    for size in (128, 256):
        compare(Case(starter, size, given.steps, given.device), given.turns)
    if not given.starter_only:
        compare(Case(as_wide_as_sd15(), 512, given.steps, given.device), given.turns)


if __name__ == "__main__":
    main()
