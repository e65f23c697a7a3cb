"""Draw scenes as tensors: sprites pre-scaled once, then alpha-blended in batches on any device."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image

from starter_recipe.backdrops import UNIT, VARIANTS, paint_backdrop
from starter_recipe.scenes import Placement, Scene, World

# Chin straps would cross the face: only the upper part of these is worn.
WORN_PART = {"rescue worker’s helmet": 0.62, "military helmet": 0.66}


def _tile(sprite: Image.Image, size_px: int, canvas_px: int) -> np.ndarray:
    """Scale a sprite and put it bottom-centred on a transparent canvas, [4, H, W] uint8."""
    scale = size_px / max(sprite.size)
    width, height = (max(1, round(side * scale)) for side in sprite.size)
    scaled = sprite.resize((width, height), Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", (canvas_px, canvas_px))
    canvas.paste(scaled, ((canvas_px - width) // 2, canvas_px - height))
    return np.asarray(canvas).transpose(2, 0, 1).copy()


class Renderer:
    """Draws scenes of one world at one size. Tiles are scaled on first use and kept."""

    def __init__(self, world: World, sprites: dict[str, Image.Image], size: int,
                 device: str = "cpu") -> None:
        """size: pixels of the finished pictures (128 or 256)."""
        self.size, self.device = size, torch.device(device)
        self.sprites = sprites
        self._tile_index: dict[tuple[str, int], int] = {}
        self._new_tiles: list[np.ndarray] = [np.zeros((4, size, size), np.uint8)]
        self._tiles = torch.zeros(0, 4, size, size, dtype=torch.uint8, device=self.device)
        painted = [np.asarray(paint_backdrop(name, variant, size))
                   for name in world.backdrops for variant in range(VARIANTS)]
        stacked = torch.from_numpy(np.stack(painted)).permute(0, 3, 1, 2).contiguous()
        self._backdrops = stacked.to(self.device)
        self._backdrop_index = {name: i * VARIANTS for i, name in enumerate(world.backdrops)}

    def _index_of(self, placement: Placement) -> int:
        key = (placement.glyph, placement.size)
        if key not in self._tile_index:
            sprite = self.sprites[placement.glyph]
            if placement.glyph in WORN_PART:
                height = round(sprite.height * WORN_PART[placement.glyph])
                sprite = sprite.crop((0, 0, sprite.width, height))
            size_px = round(placement.size * self.size / UNIT)
            self._tile_index[key] = len(self._tiles) + len(self._new_tiles)
            self._new_tiles.append(_tile(sprite, size_px, self.size))
        return self._tile_index[key]

    def _plan(self, scenes: Sequence[Scene]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return tile numbers [B, L] and integer shifts [B, L] right and down, in pixels."""
        layers = max(1, max(len(scene.placements) for scene in scenes))
        scale = self.size / UNIT
        rows = []
        for scene in scenes:
            row = [(self._index_of(p), round((p.x - UNIT // 2) * scale),
                    round((p.bottom - UNIT) * scale)) for p in scene.placements]
            rows.append(row + [(0, 0, 0)] * (layers - len(row)))
        if self._new_tiles:
            fresh = torch.from_numpy(np.stack(self._new_tiles)).to(self.device)
            self._tiles = torch.cat([self._tiles, fresh])
            self._new_tiles = []
        plan = torch.tensor(rows, device=self.device)
        return plan[..., 0], plan[..., 1], plan[..., 2]

    @torch.inference_mode()
    def draw(self, scenes: Sequence[Scene]) -> torch.Tensor:
        """Draw scenes as uint8 pictures [B, 3, size, size]."""
        tiles, right, down = self._plan(scenes)
        numbers = [self._backdrop_index[s.backdrop] + s.variant for s in scenes]
        picture = self._backdrops[torch.tensor(numbers, device=self.device)].float()
        span = torch.arange(self.size, device=self.device)
        for layer in range(tiles.shape[1]):
            columns = span[None] - right[:, layer, None]
            rows = span[None] - down[:, layer, None]
            inside = ((columns >= 0) & (columns < self.size))[:, None, :] & (
                (rows >= 0) & (rows < self.size))[:, :, None]
            flat = rows.clamp(0, self.size - 1)[:, :, None] * self.size + columns.clamp(
                0, self.size - 1)[:, None, :]
            index = flat.flatten(1)[:, None].expand(-1, 4, -1)
            tile = self._tiles[tiles[:, layer]].flatten(2).gather(2, index)
            tile = tile.view(-1, 4, self.size, self.size).float()
            alpha = tile[:, 3:] / 255 * inside[:, None]
            picture = picture + (tile[:, :3] - picture) * alpha
        return picture.round().clamp(0, 255).to(torch.uint8)
