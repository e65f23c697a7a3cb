"""The sizes of everything in each setting: *full* (GPU), *small* (CPU), *tiny* (tests)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

LATENT_CHANNELS = 8
STAGE_NAMES = ("sprites", "world", "tokenizer", "vae", "clip", "latents", "unet", "decoder",
               "judge", "finder", "export", "evaluate")


@dataclass(frozen=True)
class Setting:
    """Model sizes and training lengths of one setting."""

    name: str
    picture_px: int
    pictures: int  # cached scenes for the VAE, CLIP and classifier stages
    latents: int  # cached latents for the UNet stage: the usual mixture of scenes,
    more_latents: int  # and pairs and counts beyond it, which need more practice
    vae_channels: int
    vae_batch: int
    clip_batch: int
    clip_width: int  # text and vision
    text_layers: int
    vision_layers: int
    vocabulary: int
    unet_channels: tuple[int, ...]
    unet_batch: int
    unet_rate: float
    judge_batch: int
    # Length of each stage: what training stages take, about what the others need.
    minutes: dict[str, float] = field(default_factory=dict)

    @property
    def vae_blocks(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Residual blocks of the encoder and the decoder, from the outside in and out again."""
        return ((0, 1, 2, 4), (5, 4, 1, 0)) if self.name != "tiny" else ((0, 0, 0, 1), (1, 0, 0, 0))


SETTINGS = {
    "full": Setting("full", 256, 40_000, 110_000, 50_000, 64, 64, 512, 192, 4, 4, 2048,
                    (80, 128, 160), 256, 5e-4, 96,
                    {"sprites": 0.2, "world": 0.1, "tokenizer": 0.3, "vae": 5, "clip": 3,
                     "latents": 1.5, "unet": 7.5, "decoder": 1.5, "judge": 0.8, "finder": 0.8,
                     "export": 0.2, "evaluate": 2.5}),
    "small": Setting("small", 128, 12_000, 40_000, 20_000, 64, 8, 96, 192, 4, 4, 2048,
                     (128, 176), 32, 5e-4, 48,
                     {"sprites": 0.3, "world": 0.2, "tokenizer": 0.3, "vae": 22, "clip": 12,
                      "latents": 8, "unet": 88, "decoder": 10, "judge": 8, "finder": 9,
                      "export": 0.2, "evaluate": 10}),
    "tiny": Setting("tiny", 128, 48, 64, 16, 16, 4, 8, 32, 1, 1, 600,
                    (16, 32), 4, 1e-3, 8, dict.fromkeys(STAGE_NAMES, 0.05)),
}


def best_device() -> torch.device:
    """Choose the GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def prepare_device() -> None:
    """Let a GPU choose its fastest convolutions, and TF32 for the float32 that is left."""
    if best_device().type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")


@contextmanager
def training_math(device: torch.device) -> Iterator[None]:
    """Run matrix products and convolutions in bfloat16 (fast on GPUs and on AMX CPUs).

    On CPUs attention is spelled out: the backward pass of the fused kernel is several times
    slower there [measured: 108 against 20 ms for 96 × 65 tokens].
    """
    with ExitStack() as stack:
        stack.enter_context(torch.autocast(device.type, torch.bfloat16))
        if device.type == "cpu":
            stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        yield


def describe(setting: Setting) -> dict[str, object]:
    """Return the setting as plain values for the model card."""
    return asdict(setting)


@dataclass(frozen=True)
class Places:
    """Where a run keeps its files."""

    out: Path  # sprites, caches, checkpoints
    setting: Setting
    is_trial: bool = False  # a shrunk setting, whose checkpoints no real run may go on from

    @property
    def sprites(self) -> Path:
        """The rasterised glyphs, shared by all settings."""
        return self.out / "sprites.zip"

    @property
    def work(self) -> Path:
        """Caches and checkpoints of this setting."""
        folder = self.out / (self.setting.name + ("-trial" if self.is_trial else ""))
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def checkpoint(self, stage: str) -> Path:
        """The resumable state of a stage."""
        return self.work / f"{stage}.ckpt.pt"
