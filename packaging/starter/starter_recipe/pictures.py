"""Batches of drawn scenes: a cached uint8 set for training, made once per setting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from starter_recipe.render import Renderer
from starter_recipe.scenes import Scene, World, sample_scene, world
from starter_recipe.settings import Places, Setting, best_device
from starter_recipe.sprites import load_sprites
from starter_recipe.training import save_atomically


def make_renderer(places: Places, size: int | None = None) -> Renderer:
    """Return the renderer of this setting's world, on the best device, at its size or another."""
    setting = places.setting
    sprites = load_sprites(places.sprites)
    return Renderer(world(setting.name), sprites, size or setting.picture_px, str(best_device()))


def scene_list(w: World, count: int, *, split: str = "train", first: int = 0,
               kind: str | None = None) -> list[Scene]:
    """Sample scenes of consecutive seeds."""
    return [sample_scene(w, first + i, split=split, kind=kind) for i in range(count)]


def draw_all(renderer: Renderer, scenes: Sequence[Scene], batch: int = 64) -> torch.Tensor:
    """Draw many scenes in batches, uint8 [N, 3, size, size], where the renderer draws."""
    pictures = torch.empty((len(scenes), 3, renderer.size, renderer.size), dtype=torch.uint8,
                           device=renderer.device)
    for i in range(0, len(scenes), batch):
        pictures[i : i + batch] = renderer.draw(scenes[i : i + batch])
    return pictures


_on_gpu: dict[tuple[Path, int], torch.Tensor] = {}  # The stages of one command share them.


def forget_pictures() -> None:
    """Free the GPU memory of the training pictures, before a stage that needs none."""
    _on_gpu.clear()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def training_pictures(places: Places) -> tuple[torch.Tensor, list[Scene]]:
    """Return the training pictures and their scenes.

    On a GPU they are drawn there in seconds and stay there; on a CPU they are cached on disk.
    """
    setting: Setting = places.setting
    scenes = scene_list(world(setting.name), setting.pictures)
    if best_device().type == "cuda":
        key = (places.work, len(scenes))
        if key not in _on_gpu:
            forget_pictures()
            _on_gpu[key] = draw_all(make_renderer(places), scenes, 256)
        return _on_gpu[key], scenes
    cache: Path = places.work / "pictures.pt"
    if cache.exists():
        pictures: torch.Tensor = torch.load(cache, weights_only=True, mmap=True)
        if len(pictures) == len(scenes):
            return pictures, scenes
    pictures = draw_all(make_renderer(places), scenes)
    save_atomically(pictures, cache)
    return pictures, scenes


def to_unit(pictures: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Turn uint8 pictures into float32 in [-1, 1] on a device, channels last."""
    floats = pictures.to(device, non_blocking=True).float().div_(127.5).sub_(1)
    return floats.contiguous(memory_format=torch.channels_last)
