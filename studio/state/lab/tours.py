"""Guided tours: a few cards each, which set the controls and say what to look at. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.lab.settings import OBJECTIVES


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card. changes: fields of Board. look: objectName of what is outlined. plays: it moves.

    trains: a network is trained when the card is shown, unless there is one.
    """

    text: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    look: str = "labPlane"
    plays: bool = False
    trains: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """A tour; the last card is something to try."""

    title: str
    words: str
    cards: tuple[Card, ...]


_EXACT = {"source": "exact", "process": "diffusion", "data": "spiral", "points": 600}

TOURS: tuple[Tour, ...] = (
    Tour(title="A space of pictures", words="What a point on the plane has to do with a picture.",
         cards=(
        Card(text="A picture is a list of numbers, one for each pixel. With two pixels, two "
                  "numbers: a place on a plane. Move the mouse over it and see the picture of "
                  "each place.", changes={**_EXACT, "view": "data"}),
        Card(text="Of all places only a few are pictures that anybody would take: here, those on "
                  "the spiral. Its parts are called person, dog and cat, for want of more pixels.",
             changes={"view": "data"}),
        Card(text="A real picture has some hundred thousand pixels, so its space has as many "
                  "directions; but there too nearly all places are noise, and the pictures lie "
                  "on thin, bent sheets. To make a picture is to find a place on them.",
             changes={"view": "data"}),
        Card(text="The same with real pictures: each is a point, those alike lie together, and a "
                  "picture that is made is a path among them. Press Starter's world, then make a "
                  "picture in the Generate workspace.",
             changes={"view": "space"}, look="labSpaceWorld"),
        Card(text="Try: choose other data sets, or draw your own sheet with the mouse.",
             changes={"view": "data"}, look="labDrawCheck"),
    )),
    Tour(title="Adding noise", words="How a picture is lost, one small step at a time.", cards=(
        Card(text="Take every picture, and push it a little in a random direction. Then again, "
                  "and again. The line follows one of them.",
             changes={**_EXACT, "view": "noise", "walk": 0.0}, plays=True),
        Card(text="The two curves say how much of the picture is left and how much is noise. "
                  "At t = 1 nothing of the picture is left.",
             changes={"view": "noise", "walk": 0.5}, look="labGraph"),
        Card(text="In the end the cloud is round, whatever it was at the beginning. So we know "
                  "how to make a point of that cloud: draw it at random. What we want is the way "
                  "back.", changes={"view": "noise", "walk": 1.0}),
        Card(text="The same with a picture: take your newest one. Beside each amount of noise "
                  "you see what the model makes of it.", changes={"view": "noising"},
             look="labNoisingNewest"),
        Card(text="Try: Process = Flow matching. There each picture goes straight to its noise.",
             changes={"view": "noise", "walk": 0.4}, look="lab_process_combo"),
    )),
    Tour(title="Learning to undo it", words="A small network learns where the data are.", cards=(
        Card(text="The network sees a noised picture and is asked: which noise was added? It "
                  "cannot know, so it learns the best guess. Press Train, or wait: it begins now.",
             changes={**_EXACT, "view": "learn", "t": 0.06, "objective": OBJECTIVES[0]},
             trains=True),
        Card(text="Each arrow goes to the picture that the network guesses. The error falls fast, "
                  "then hardly at all: what is left cannot be known.",
             changes={"view": "learn", "t": 0.06}, look="labGraph"),
        Card(text="For so small a set of pictures the perfect answer can be computed. Green is "
                  "perfect, amber is learned; red ground is where they differ.",
             changes={"view": "field", "source": "difference", "t": 0.06}),
        Card(text="With much noise all arrows point to the middle: the mean of everything. Only "
                  "as the noise falls do they turn to the arm. The graph shows where they turn.",
             changes={"view": "field", "source": "exact", "t": 1.0}, plays=True, look="labGraph"),
        Card(text="Try: ask for the last step's noise instead. Most of the answer is then chance, "
                  "and the network learns much less in the same time.",
             changes={"view": "learn", "t": 0.06}, look="lab_objective_combo"),
    )),
    Tour(title="Why noise while sampling", words="Take the noise away, and all ends in the middle.",
         cards=(
        Card(text="Points start as noise and follow the arrows. After each step of the model "
                  "(amber) a little fresh noise is added (blue). That looks like a waste, but "
                  "they land on the spiral.",
             changes={**_EXACT, "view": "sample", "sampler": "DDPM", "steps": 40, "eta": None,
                      "noise": None, "run": 0.0, "highlighted": 7}, plays=True),
        Card(text="The same without the fresh noise. Each arrow points to a mean of many "
                  "pictures; without noise to spread them again the points fall together, into "
                  "the inside. On real pictures this looks washed out.",
             changes={"view": "sample", "sampler": "DDPM, noise removed", "run": 0.0}, plays=True),
        Card(text="The distance to the data, below, tells it in a number.",
             changes={"view": "sample", "run": 1.0}, look="labRuns"),
        Card(text="The same with pictures: choose No words, and compare. DDPM with its noise "
                  "removed ends in a fog, the mean of all that could have been.",
             changes={"view": "samplers"}, look="labSamplersWords"),
        Card(text="Try: the slider Noise, from 0 to 1, with the sampler DDPM.",
             changes={"view": "sample", "sampler": "DDPM", "run": 1.0}, look="lab_noise_slider"),
    )),
    Tour(title="Fewer steps", words="Smooth paths without noise need few steps.", cards=(
        Card(text="DDIM adds no noise at all, and yet arrives: it takes shorter steps, just as "
                  "long as the falling noise allows. The path is smooth, and always the same.",
             changes={**_EXACT, "view": "sample", "sampler": "DDIM", "steps": 40, "eta": None,
                      "noise": None, "run": 0.0}, plays=True),
        Card(text="A smooth path can be walked in few steps. Twenty are nearly as good as two "
                  "hundred; with five, corners are cut.",
             changes={"view": "sample", "sampler": "DDIM", "steps": 5, "run": 0.0}, plays=True),
        Card(text="DPM++ 2M looks at the last step as well, and so guesses how the path bends. "
                  "Eight steps go a long way.",
             changes={"view": "sample", "sampler": "DPM++ 2M", "steps": 8, "run": 0.0},
             plays=True),
        Card(text="The same with pictures: DDIM with 5, 20 and 200 steps, side by side, each "
                  "column at one noise level. How much do the last two differ?",
             changes={"view": "samplers"}, look="labSamplersStart"),
        Card(text="Try: five steps with each sampler, and compare the distances.",
             changes={"view": "sample", "run": 1.0}, look="labRuns"),
    )),
    Tour(title="Words and pictures", words="What a word does to the arrows.", cards=(
        Card(text="A word names a part of the space of pictures. Here there are three words, one "
                  "for each colour.", changes={**_EXACT, "view": "data"}),
        Card(text="With the word “cat” the model knows more: its arrows lead to the outer part "
                  "only.", changes={"view": "field", "label": 2, "t": 0.15}),
        Card(text="Other words, other arrows, from the same places. In the studio a text encoder "
                  "turns your prompt into a list of numbers that steers in the same way; words "
                  "and pictures share that space, as the Concepts workspace shows.",
             changes={"view": "field", "label": 0, "t": 0.15}),
        Card(text="Words and pictures share one space: CLIP was taught to put a picture where its "
                  "description is. Lay out the starter's world by meaning, and see people, animals "
                  "and things part.", changes={"view": "space"}, look="labSpaceKind"),
        Card(text="Try: change the class while the noise is high, then while it is low. When does "
                  "the word matter most?", changes={"view": "field"}, look="lab_label_combo"),
    )),
    Tour(title="Guidance", words="Going further in the direction that the word adds.", cards=(
        Card(text="Two answers from one model: without the class (blue), and with it (green). "
                  "Their difference is what the class adds.",
             changes={**_EXACT, "view": "guidance", "guided_label": 1, "negative": None,
                      "scale": 1.0, "t": 0.08}),
        Card(text="Guidance goes along that difference, and beyond (amber). A scale of 3 goes "
                  "three times as far. Real models mix up their classes, and this cleans up.",
             changes={"view": "guidance", "scale": 3.0, "t": 0.08}),
        Card(text="Too far, and all pictures become alike: the points are on their part, but the "
                  "cloud is narrow. The number says so.",
             changes={"view": "guidance", "scale": 9.0, "t": 0.0}),
        Card(text="The same with pictures: the guidance sweep makes one from scale 0, where the "
                  "prompt means nothing, up to where the colours burn.", changes={"view": "grid"},
             look="labGridPreset0"),
        Card(text="Try: train a network for only 200 steps, choose Field = Learned, and see how "
                  "many points are on their class with a scale of 1 and of 3.",
             changes={"view": "guidance", "scale": 1.0, "t": 0.0}, look="lab_scale_slider"),
    )),
    Tour(title="Negative prompts", words="Away from something.", cards=(
        Card(text="The answer “without” need not be the answer for all pictures. Put a class in "
                  "its place, and guidance goes away from that class.",
             changes={**_EXACT, "view": "guidance", "guided_label": 2, "negative": 0,
                      "scale": 3.0, "t": 0.1}),
        Card(text="A negative prompt is no more than that: the words in the place of “nothing”. "
                  "So it does nothing when the scale is 1, for then the difference is not used.",
             changes={"view": "guidance", "scale": 1.0, "t": 0.1}, look="lab_scale_slider"),
        Card(text="The same with pictures: one row without a negative prompt, one with it. In the "
                  "first column, scale 1, they are alike.", changes={"view": "grid"},
             look="labGridPreset1"),
        Card(text="Try: ask for the middle class and keep away from the outer one. Then from the "
                  "inner one. Where on its part do the points end?",
             changes={"view": "guidance", "guided_label": 1, "negative": 2, "scale": 4.0,
                      "t": 0.0}, look="lab_negative_combo"),
    )),
)  # fmt: skip
