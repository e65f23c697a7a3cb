"""A small classifier of pictures, trained on real renders only, that judges generated ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from starter_recipe.pictures import to_unit, training_pictures
from starter_recipe.scenes import Scene, World, world
from starter_recipe.settings import Places, best_device, training_math
from starter_recipe.training import (
    Course,
    Length,
    load_state,
    restore_optimizer,
    save_atomically,
    set_rate,
)

RATE = 2e-3
INPUT_PX = 128
LOG_EVERY = 100
SEED = 4


@dataclass(frozen=True)
class Verdict:
    """What the judge sees in N pictures."""

    objects: torch.Tensor  # [N, subjects], probabilities
    headgear: list[str]  # "" for none
    backdrop: list[str]


def picture_features() -> nn.Sequential:
    """Build five convolutions, each halving the picture: 128 → 4 cells, 256 channels."""
    layers: list[nn.Module] = []
    for before, after in ((3, 32), (32, 64), (64, 96), (96, 160), (160, 256)):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.BatchNorm2d(after),
                   nn.ReLU()]
    return nn.Sequential(*layers)


class Judge(nn.Module):
    """A plain CNN with three answers: which objects, which headgear, which backdrop."""

    def __init__(self, w: World) -> None:
        """Build it untrained for a world."""
        super().__init__()
        self.subjects, self.backdrops = list(w.subjects), list(w.backdrops)
        self.headgear = ["", *w.headgear]
        self.features = picture_features()
        answers = len(self.subjects) + len(self.headgear) + len(self.backdrops)
        self.answer = nn.Linear(256 * 2, answers)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return logits of objects (independent), headgear and backdrop. x: [N, 3, 128, 128]."""
        features = self.features(x)
        pooled = torch.cat([features.mean((2, 3)), features.amax((2, 3))], 1)
        sizes = [len(self.subjects), len(self.headgear), len(self.backdrops)]
        objects, headgear, backdrop = self.answer(pooled.float()).split(sizes, 1)
        return objects, headgear, backdrop

    @torch.inference_mode()
    def look(self, pictures: torch.Tensor) -> Verdict:
        """Judge uint8 pictures [N, 3, H, W]."""
        device = next(self.parameters()).device
        outs = [self(judge_input(pictures[i : i + 64], device))
                for i in range(0, len(pictures), 64)]
        objects, headgear, backdrop = (torch.cat(parts).cpu() for parts in zip(*outs, strict=True))
        return Verdict(objects.sigmoid(), [self.headgear[int(i)] for i in headgear.argmax(1)],
                       [self.backdrops[int(i)] for i in backdrop.argmax(1)])


def judge_input(pictures: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Turn uint8 pictures [N, 3, H, W] into what judges see, [N, 3, 128, 128] in [-1, 1]."""
    x = to_unit(pictures, device)
    if x.shape[-1] != INPUT_PX:
        x = F.interpolate(x, (INPUT_PX, INPUT_PX), mode="bilinear", antialias=True)
    return x


def soften(x: torch.Tensor) -> torch.Tensor:
    """Blur and add noise at random, so that the judge looks at shapes and not at pixels."""
    blurred = F.avg_pool2d(x, 3, stride=1, padding=1)
    share = torch.rand(len(x), 1, 1, 1, device=x.device)
    noise = torch.rand(len(x), 1, 1, 1, device=x.device) * 0.1
    return x + (blurred - x) * share + torch.randn_like(x) * noise


def _targets(judge: Judge, scenes: Sequence[Scene]) -> tuple[torch.Tensor, ...]:
    objects = torch.zeros(len(scenes), len(judge.subjects))
    for row, scene in enumerate(scenes):
        for glyph in scene.objects:
            objects[row, judge.subjects.index(glyph)] = 1
    headgear = torch.tensor([judge.headgear.index(s.headgear) for s in scenes])
    backdrop = torch.tensor([judge.backdrops.index(s.backdrop) for s in scenes])
    return objects, headgear, backdrop


def train_judge(places: Places, length: Length, log: Callable[[str], None] = print) -> None:
    """Train or go on training."""
    device, batch = best_device(), places.setting.judge_batch
    torch.manual_seed(SEED)
    judge = Judge(world(places.setting.name)).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=RATE, weight_decay=0.01, fused=True)
    state = load_state(places.checkpoint("judge"))
    if state:
        judge.load_state_dict(state["model"])
    restore_optimizer(optimizer, state)

    def save(progress: dict[str, Any]) -> None:
        save_atomically(progress | {"model": judge.state_dict(),
                                    "optimizer": optimizer.state_dict()},
                        places.checkpoint("judge"))

    course = Course(length, SEED, state, save)
    pictures, scenes = training_pictures(places)
    for step in course:
        set_rate(optimizer, RATE * course.rate_factor)
        chosen = torch.randint(0, len(pictures), (batch,))
        targets = [t.to(device) for t in _targets(judge, [scenes[int(i)] for i in chosen])]
        with training_math(device):
            objects, headgear, backdrop = judge(soften(judge_input(pictures[chosen], device)))
        loss = (F.binary_cross_entropy_with_logits(objects, targets[0]) * 20
                + F.cross_entropy(headgear, targets[1]) + F.cross_entropy(backdrop, targets[2]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % LOG_EVERY == 0:
            log(f"judge {step} {course.seconds:.0f}s loss {loss.item():.4f}")


def load_judge(places: Places) -> Judge:
    """Return the trained judge."""
    state = load_state(places.checkpoint("judge"))
    if state is None:
        raise SystemExit("No judge yet: run the judge stage first.")
    judge = Judge(world(places.setting.name))
    judge.load_state_dict(state["model"])
    return judge.to(best_device()).eval().requires_grad_(False)
