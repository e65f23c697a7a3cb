"""What each setting is called and does, in plain words. Untranslated terms are the field's own."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """A setting's label and its explanation."""

    title: str
    help: str


FIELDS: dict[str, Words] = {
    "prompt": Words("Prompt", "What the picture should show. (word:1.2) makes a word count more, "
                    "[word] less; Ctrl+Up and Ctrl+Down do it for you."),
    "negative_prompt": Words("Negative", "What the picture should not show."),
    "model": Words("Model", "The network that makes the picture. Each has learned its own world."),
    "sampler": Words("Sampler", "The recipe by which noise becomes a picture, step by step."),
    "schedule": Words("Schedule", "How the noise is shared out over the steps: evenly, or with "
                      "more steps where the fine detail is decided."),
    "steps": Words("Steps", "How many times the model improves the picture. More steps take "
                   "longer; beyond 30 little changes."),
    "guidance_scale": Words("CFG scale", "How strictly to follow the prompt. 1 = the prompt alone, "
                            "without guidance; 5 to 8 is usual; very high burns the colours."),
    "seed": Words("Seed", "The number from which the first noise is made. Same seed and same "
                  "settings give the same picture. -1 draws a new one for each run."),
    "size": Words("Size", "Width and height in pixels. Models are best near the size they were "
                  "trained on."),
    "batch": Words("Pictures", "How many pictures one press of Generate makes; each takes the "
                   "next seed."),
    "eta": Words("Eta", "How much of each step's noise is drawn anew: 0 = none, 1 = all. auto = "
                 "as the sampler does it."),
    "noise": Words("Fresh noise", "The weight of the noise that is drawn anew: 1 = as the maths "
                   "asks, 0 = left out. auto = as the sampler does it."),
    "guidance_rescale": Words("Rescale", "Takes back the glare that a high CFG scale brings. "
                              "0 = off, 0.7 is usual."),
    "guidance": Words("CFG acts", "During which part of the run the prompt's guidance acts, in "
                      "percent of the steps. 0 to 100 = always."),
    "variation_seed": Words("Vary seed", "A second seed. The noise is a mixture of both."),
    "variation_strength": Words("Vary by", "How much of the second seed's noise is mixed in: "
                                "0 = none, 1 = all. Small values give close variations."),
}  # fmt: skip
