"""A small detector of sprites, trained on real renders only: it counts, measures and locates.

The judge says what is in a picture; the finder says how often, how big and where, so counts,
sizes and relations of generated pictures can be scored. It learns from random layouts of its own
(up to five sprites of any size anywhere) more than from those of the world, whose few fixed places
would tell it what to expect.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from starter_recipe.judge import judge_input, picture_features, soften
from starter_recipe.pictures import make_renderer, to_unit
from starter_recipe.render import Renderer
from starter_recipe.scenes import Placement, Scene, World, sample_scene, world
from starter_recipe.settings import Places, best_device, training_math
from starter_recipe.training import (
    Course,
    Length,
    load_state,
    restore_optimizer,
    save_atomically,
    set_rate,
)

RATE = 1.5e-3
SEED = 5
LOG_EVERY = 100
CELLS = 16  # Answers per side; one stands for 8 units of the 128-unit picture.
CELL = 128 // CELLS
REACH = 2  # Two findings are at least so many cells apart, plus one.
LEAST = 0.4  # Likelihood from which a sprite counts as found.
LAYOUT_SIZES = (40, 48, 56, 64, 76, 92, 116)
LAYOUT_SHARE = 0.6  # The other training pictures are scenes of the world, headgear and all.
WIDTH = 96


@dataclass(frozen=True)
class Found:
    """One sprite in a picture; x, y: its middle, size: its longer side, in 1/128 of the picture."""

    glyph: str
    x: float
    y: float
    size: float


class Finder(nn.Module):
    """The judge's convolutions, read out cell by cell: which sprite's middle, and how big."""

    def __init__(self, w: World) -> None:
        """Build it untrained for a world."""
        super().__init__()
        self.subjects = list(w.subjects)
        self.features = picture_features()
        self.from_8 = nn.Conv2d(256, WIDTH, 1)
        self.from_4 = nn.Conv2d(160, WIDTH, 1)
        self.from_2 = nn.Conv2d(96, WIDTH, 1)
        self.mix = nn.Sequential(
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH), nn.ReLU(),
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH), nn.ReLU())
        self.answer = nn.Conv2d(WIDTH, len(self.subjects) + 1, 1)
        nn.init.constant_(self.answer.bias, -4.0)  # Most cells hold no middle.

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits [N, subjects, 16, 16] and log2(size / 64) [N, 16, 16] of [N, 3, 128, 128].
        """
        fine = self.features[:9](x)
        middle = self.features[9:12](fine)
        coarse = self.from_8(self.features[12:](middle))
        merged = self.from_4(middle) + F.interpolate(coarse, scale_factor=2)
        merged = F.relu(self.from_2(fine) + F.interpolate(merged, scale_factor=2))
        out = self.answer(self.mix(merged)).float()
        return out[:, :-1], out[:, -1] + 4.0

    @torch.inference_mode()
    def find(self, pictures: torch.Tensor) -> list[list[Found]]:
        """List what is in uint8 pictures [N, 3, H, W], the likeliest first."""
        device = next(self.parameters()).device
        found: list[list[Found]] = []
        for i in range(0, len(pictures), 64):
            logits, sizes = self(judge_input(pictures[i : i + 64], device))
            found += self._read(logits.sigmoid().cpu(), sizes.cpu())
        return found

    def _read(self, likely: torch.Tensor, sizes: torch.Tensor) -> list[list[Found]]:
        best, kinds = likely.max(1)
        peak = F.max_pool2d(best[:, None], 2 * REACH + 1, stride=1, padding=REACH)[:, 0]
        rows: list[list[Found]] = []
        for n in range(len(best)):
            cells = ((best[n] >= LEAST) & (best[n] == peak[n])).nonzero().tolist()
            cells.sort(key=lambda at, n=n: -float(best[n, at[0], at[1]]))  # type: ignore[misc]
            rows.append([Found(self.subjects[int(kinds[n, r, c])], (c + 0.5) * CELL,
                               (r + 0.5) * CELL, 64 * 2 ** float(sizes[n, r, c]))
                         for r, c in cells])
        return rows


def _random_layout(w: World, rng: random.Random) -> Scene:
    """Up to five sprites anywhere, hardly overlapping; half the time all of one kind."""
    same = rng.choice(w.subjects) if rng.random() < 0.5 else ""
    placed: list[Placement] = []
    for _ in range(rng.choice((0, 1, 2, 2, 3, 3, 4, 4, 5))):
        for _ in range(20):
            size = rng.choice(LAYOUT_SIZES[: 7 - len(placed)])
            spot = Placement(same or rng.choice(w.subjects), size,
                             rng.randint(size // 2 - 6, 134 - size // 2),
                             rng.randint(min(size - 4, 124), 130))
            if all(max(abs(p.x - spot.x), abs(p.bottom - p.size / 2 - spot.bottom + size / 2))
                   > 0.42 * (p.size + size) for p in placed):
                placed.append(spot)
                break
    objects = tuple(p.glyph for p in placed)
    return Scene("layout", rng.choice(w.backdrops), rng.randrange(2), tuple(placed), objects,
                 "", "", "", "")


def lesson(w: World, seed: int, count: int) -> list[Scene]:
    """Sample the pictures of one training step."""
    rng = random.Random(f"finder:{w.name}:{seed}")
    return [_random_layout(w, rng) if rng.random() < LAYOUT_SHARE
            else sample_scene(w, rng.randrange(10**9)) for _ in range(count)]


def middle(placement: Placement, aspect: float) -> tuple[float, float]:
    """Return the middle of a sprite in units. aspect: its width over its height."""
    return placement.x, placement.bottom - placement.size * min(1.0, 1 / aspect) / 2


def targets(finder: Finder, scenes: Sequence[Scene],
            aspects: dict[str, float]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return soft marks of the middles [N, subjects, 16, 16] and sizes there [N, 16, 16] or NaN.
    """
    marks = torch.zeros(len(scenes), len(finder.subjects), CELLS, CELLS)
    sizes = torch.full((len(scenes), CELLS, CELLS), torch.nan)
    span = torch.arange(CELLS) + 0.5
    for n, scene in enumerate(scenes):
        for p in scene.placements:
            if p.glyph not in finder.subjects:
                continue  # Headgear is no subject.
            x, y = (min(127.0, max(0.0, v)) / CELL for v in middle(p, aspects[p.glyph]))
            bump = torch.exp(-((span[None] - x) ** 2 + (span[:, None] - y) ** 2) / 1.3)
            row, column = int(y), int(x)
            bump[row, column] = 1.0
            layer = marks[n, finder.subjects.index(p.glyph)]
            torch.maximum(layer, bump, out=layer)
            sizes[n, row, column] = math.log2(p.size / 64)
    return marks, sizes


def forgive(x: torch.Tensor) -> torch.Tensor:
    """Blur much, some or not at all, and add noise: a soft picture shows a thing all the same."""
    scale = (1.0, 0.5, 0.33, 0.25)[int(torch.randint(0, 4, ()))]
    small = F.interpolate(x, scale_factor=scale, mode="bilinear", antialias=True)
    blurred = F.interpolate(small, x.shape[-2:], mode="bilinear")
    share = torch.rand(len(x), 1, 1, 1, device=x.device)
    return soften(x + (blurred - x) * share)


def finder_loss(logits: torch.Tensor, sizes: torch.Tensor, marks: torch.Tensor,
                true_sizes: torch.Tensor) -> torch.Tensor:
    """Focal loss of the middles and absolute error of the sizes. Source: Zhou et al. 2019, eq. 1.
    """
    p = logits.sigmoid()
    at_middle = marks == 1
    right = (1 - p) ** 2 * F.logsigmoid(logits) * at_middle
    wrong = (1 - marks) ** 4 * p**2 * F.logsigmoid(-logits)
    count = at_middle.sum().clamp_min(1)
    known = ~true_sizes.isnan()
    size_error = ((sizes - true_sizes.nan_to_num()).abs() * known).sum() / known.sum().clamp_min(1)
    return -(right + wrong).sum() / count + size_error


def untrained(places: Places) -> Finder:
    """Begin with the convolutions of the judge, where there is one: it saw real renders only."""
    torch.manual_seed(SEED)
    finder = Finder(world(places.setting.name))
    judge = load_state(places.checkpoint("judge"))
    if judge:
        prefix = "features."
        finder.features.load_state_dict({
            name.removeprefix(prefix): value for name, value in judge["model"].items()
            if name.startswith(prefix)})
    return finder


def aspects_of(renderer: Renderer) -> dict[str, float]:
    """Return width over height of every sprite."""
    return {name: sprite.width / sprite.height for name, sprite in renderer.sprites.items()}


def train_finder(places: Places, length: Length, log: Callable[[str], None] = print) -> None:
    """Train or go on training."""
    device, w = best_device(), world(places.setting.name)
    finder = untrained(places).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(finder.parameters(), lr=RATE, weight_decay=0.01, fused=True)
    state = load_state(places.checkpoint("finder"))
    if state:
        finder.load_state_dict(state["model"])
    restore_optimizer(optimizer, state)

    def save(progress: dict[str, Any]) -> None:
        save_atomically(progress | {"model": finder.state_dict(),
                                    "optimizer": optimizer.state_dict()},
                        places.checkpoint("finder"))

    course, renderer = Course(length, SEED, state, save), make_renderer(places, 128)
    aspects = aspects_of(renderer)
    for step in course:
        set_rate(optimizer, RATE * course.rate_factor)
        scenes = lesson(w, step, places.setting.judge_batch)
        marks, true_sizes = (t.to(device) for t in targets(finder, scenes, aspects))
        with training_math(device):
            logits, sizes = finder(forgive(to_unit(renderer.draw(scenes), device)))
        loss = finder_loss(logits, sizes, marks, true_sizes)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(finder.parameters(), 5.0)
        optimizer.step()
        if step % LOG_EVERY == 0:
            log(f"finder {step} {course.seconds:.0f}s loss {loss.item():.4f}")


def load_finder(places: Places) -> Finder:
    """Return the trained finder."""
    state = load_state(places.checkpoint("finder"))
    if state is None:
        raise SystemExit("No finder yet: run the finder stage first.")
    finder = Finder(world(places.setting.name))
    finder.load_state_dict(state["model"])
    return finder.to(best_device()).eval().requires_grad_(False)
