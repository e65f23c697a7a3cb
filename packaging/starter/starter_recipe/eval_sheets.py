"""The fixed sheets of pictures that tell whether the model is good."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.nn import functional as F

from starter_recipe.generate import SAMPLERS, Painter
from starter_recipe.settings import Places
from starter_recipe.sheets import save_sheet

SAMPLE_PROMPTS = """a palm tree in the desert
a cactus in the desert
a panda in a meadow
a panda wearing a top hat on a pink background
a cat on a white background
a cat wearing a crown at sunset
a dog at the sea
a dog wearing a cap in a meadow
a fox in the snow
a fox wearing a helmet in a forest
a raccoon in a forest
a lion on a red background
a banana on a blue background
a fish at the sea
an astronaut in the night sky
a rocket in the night sky
a man on a green background
a man wearing a top hat in a city
a woman on a yellow background
a woman wearing a crown in the night sky
a woman with red hair in a meadow
a woman with red hair wearing a top hat on a blue background
an old man in the snow
an old man wearing a cap at the sea
a boy in a city
a boy wearing a helmet in the desert
a girl at sunset
a girl wearing a crown on a purple background
a sailboat at the sea
a house in a meadow
a house in the snow
a pizza on a purple background
an apple on a yellow background
a robot on a pink background
a robot in a city
a strawberry on a white background
a birthday cake on a pink background
a hamburger on a green background
an owl in the night sky
a penguin in the snow
a frog in a meadow
a butterfly in a meadow
an elephant in the desert
a unicorn in the night sky
an octopus at the sea
a sunflower in a meadow
a mushroom in a forest
a car in a city
a balloon at sunset
a guitar on a black background
a heart on a white background
a castle at sunset
a snowman in the snow
a teddy bear on a blue background
a dinosaur in the desert
a turtle at the sea
a cat next to a pizza on a green background
a rocket and an astronaut in the night sky
a palm tree left of a house in the desert
a dog above a sailboat at the sea
two bananas on a blue background
three apples on a white background
four balloons on a pink background
a small car in the desert""".splitlines()
SWEEP_PROMPTS = SAMPLE_PROMPTS[3:24:4]
SCALES = (1.0, 2.0, 4.0, 8.0, 16.0)


def write_sheets(places: Places, painter: Painter, scale: float,
                 made: dict[str, torch.Tensor], model: Path, *, most: int = 64) -> None:
    """Write every sheet to the work folder, and the sample sheet also beside the model card.

    made: pictures that are there already, by sheet. most: pictures of a sheet, for short trials.
    """
    folder = places.work / "sheets"
    for name, pictures in made.items():
        save_sheet(pictures, folder / f"{name}.jpg", 8)
    prompts = SAMPLE_PROMPTS[:most]
    samples = painter.paint(prompts, range(len(prompts)), guidance_scale=scale)
    save_sheet(samples, folder / "samples.jpg", 8)
    small = F.interpolate(samples.float(), (128, 128), mode="area").round().to(torch.uint8)
    save_sheet(small, model / "samples.jpg", 8)  # Light: it ships.
    prompts = SWEEP_PROMPTS[: -(-most // 10)]
    seeds = range(len(prompts))
    sweep = [painter.paint(prompts, seeds, guidance_scale=s) for s in SCALES]
    save_sheet(torch.cat(sweep), folder / "guidance_sweep.jpg", len(prompts))
    rows = []
    for name in SAMPLERS:
        steps = 50 if name.startswith("DDPM") else 20
        rows.append(painter.paint(prompts, seeds, guidance_scale=scale, sampler=name,
                                  steps=steps))
    save_sheet(torch.cat(rows), folder / "samplers.jpg", len(prompts))
