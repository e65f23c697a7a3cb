"""What is chosen in the laboratory: one frozen value, edited by `dataclasses.replace`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from studio.lab.settings import OBJECTIVES


class View(NamedTuple):
    """One of the experiments on the plane. slider: the field of Board that the transport moves."""

    key: str
    title: str
    words: str
    slider: str


VIEWS: tuple[View, ...] = (
    View("data", "Data", "Every point is a picture of two pixels. Move the mouse over the plane "
         "to see the picture of each place; draw a data set of your own.", ""),
    View("noise", "Noise", "Each picture walks away in small random steps, until nothing of it "
         "is left. Click a point to follow its walk.", "walk"),
    View("learn", "Learn", "A small network sees noised pictures and learns to say what noise "
         "was added. Watch its arrows find the data.", "t"),
    View("field", "Field", "At every place and every amount of noise, the arrow points to the "
         "best guess of the clean picture.", "t"),
    View("sample", "Sample", "Points start as noise and follow the arrows, step by step, to "
         "become pictures.", "run"),
    View("guidance", "Guidance", "What the class adds is the difference of two fields; guidance "
         "goes along it, and beyond.", "t"),
)  # fmt: skip
# The same on the image model; these pages bring their own controls.
PICTURE_VIEWS: tuple[View, ...] = (
    View("noising", "Noise a picture", "Noise a picture to any t and ask the model for its guess: "
         "once, and step by step. See what it keeps, and what it invents.", ""),
    View("samplers", "Samplers", "One prompt, one seed, several samplers, side by side. Each "
         "column is a noise level; click a strip to open its take.", ""),
    View("grid", "Grid", "One, two or three settings against each other, a picture for each "
         "combination.", ""),
    View("space", "Image space", "Pictures as points: those alike lie near each other. A take is "
         "a path among them, from noise to its picture.", ""),
)  # fmt: skip
ALL_VIEWS = VIEWS + PICTURE_VIEWS
SOURCES = ("exact", "learned", "difference")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All controls of the toy plane.

    t: share of noise, 1 = noise only. walk, run: how far the forward walk and the sampling are
    shown, 0 .. 1. label, negative, guided_label: classes, None = all. eta, noise: None = the
    sampler's own. highlighted: the point whose path is drawn.
    """

    view: str = "data"
    data: str = "spiral"  # a name in DATA_SETS, or "drawn"
    drawing: str = ""  # the name under which the drawn points are kept
    points: int = 600
    process: str = "diffusion"
    t: float = 0.06
    walk: float = 0.0
    run: float = 1.0
    highlighted: int | None = 5
    draw_label: int | None = None  # the class being drawn; None = not drawing
    objective: str = OBJECTIVES[0]
    train_steps: int = 1500
    source: str = "exact"
    label: int | None = None
    sampler: str = "DDPM"
    schedule: str = "karras"
    steps: int = 40
    eta: float | None = None
    noise: float | None = None
    count: int = 1024
    seed: int = 0
    guided_label: int = 1
    negative: int | None = None
    scale: float = 3.0


def view_of(board: Board) -> View:
    """The view that the board shows; an unknown one counts as the first."""
    return next((view for view in ALL_VIEWS if view.key == board.view), VIEWS[0])
