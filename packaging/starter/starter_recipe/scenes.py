"""Describe scenes: which backdrop, which sprites where, and in what words. No pixels here.

Everything follows from a seed. Positions and sizes are in units of a 128-pixel picture, on a
grid of 8 where possible, because the VAE's latents then repeat exactly.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

from starter_recipe import captions, catalogue
from starter_recipe.backdrops import VARIANTS

HELD_OUT_FRACTION = 0.1
SINGLE_SIZES = {"small": (56, 104), "": (92, 114), "big": (116, 124)}  # size, bottom
HEAD_SIZE, HEAD_BOTTOM = 84, 124
PAIR_SIZE = 58
COUNT_SPOTS = {
    2: (60, ((34, 100), (94, 100))),
    3: (52, ((64, 60), (34, 120), (94, 120))),
    4: (52, ((34, 60), (94, 60), (34, 120), (94, 120))),
}
# head: width of the hat's seat and its height on the head, as fractions of the head's sprite,
# and how far the seat's middle lies right of the sprite's.
HEAD_FIT = {
    "man": (0.94, 0.27), "woman": (0.80, 0.24), "person": (0.82, 0.28), "boy": (0.92, 0.27),
    "girl": (0.72, 0.25), "old man": (0.74, 0.26), "old woman": (0.80, 0.34), "baby": (0.84, 0.30),
    "person: beard": (0.84, 0.26), "grinning face": (0.78, 0.24), "nerd face": (0.72, 0.22),
    "smiling face with sunglasses": (0.78, 0.24), "man: curly hair": (0.66, 0.22),
    "woman: curly hair": (0.80, 0.28), "man: red hair": (0.64, 0.20),
    "woman: red hair": (0.68, 0.20), "man: bald": (0.62, 0.22), "woman: white hair": (0.68, 0.20),
    "person: blond hair": (0.68, 0.24), "cat face": (0.52, 0.28), "dog face": (0.56, 0.18),
    "panda": (0.58, 0.20), "fox": (0.46, 0.32), "koala": (0.50, 0.20), "tiger face": (0.56, 0.20),
    "bear": (0.54, 0.20), "lion": (0.60, 0.22), "pig face": (0.56, 0.24),
    "mouse face": (0.42, 0.30), "frog": (0.40, 0.24), "monkey face": (0.60, 0.20),
}
# headgear: width relative to the seat, sinking below the seat (fraction of its own height),
# sideways shift (fraction of its own width).
HEADGEAR_FIT = {
    "top hat": (1.24, 0.06, 0.0), "crown": (0.92, 0.02, 0.0), "billed cap": (1.16, 0.02, -0.06),
    "rescue worker’s helmet": (1.14, 0.10, 0.0), "graduation cap": (1.3, 0.22, 0.0),
    "woman’s hat": (1.35, 0.10, 0.06), "military helmet": (1.22, 0.12, 0.0),
}


@dataclass(frozen=True)
class Placement:
    """One sprite in a scene, in units of a 128-pixel picture."""

    glyph: str
    size: int  # of the longer side
    x: int  # horizontal centre
    bottom: int


@dataclass(frozen=True)
class Scene:
    """All of a picture: enough to draw it, to caption it and to judge a generated one."""

    kind: str  # "single", "headgear", "pair", "count", "empty"
    backdrop: str
    variant: int
    placements: tuple[Placement, ...]
    objects: tuple[str, ...]
    headgear: str  # "" for none
    relation: str  # "", "left of", "above", ...
    size_word: str  # "", "small", "big"
    caption: str


@dataclass(frozen=True)
class World:
    """Which part of the catalogue a setting trains on."""

    name: str
    objects: tuple[str, ...]  # without heads
    heads: tuple[str, ...]
    headgear: tuple[str, ...]
    backdrops: tuple[str, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Everything that can be a scene's subject."""
        return self.objects + self.heads


def world(name: str) -> World:
    """Return the world of a setting: "small", "full" or "tiny" (for tests)."""
    c = catalogue
    if name == "full":
        heads = tuple(dict.fromkeys([*c.HUMAN_HEADS, *c.ANIMAL_HEADS]))
        others = tuple(glyph for glyph in c.all_objects() if glyph not in heads)
        backdrops = (*c.SCENES, *c.COLOURS)
        return World(name, others, heads, tuple(c.HEADGEAR), backdrops)
    small = World(
        name, tuple(c.SMALL_OBJECTS), tuple(c.SMALL_HEADS), tuple(c.SMALL_HEADGEAR),
        (*c.SMALL_SCENES, *c.SMALL_COLOURS),
    )
    if name == "small":
        return small
    return World("tiny", small.objects[:3], small.heads[:2], small.headgear[:2],
                 small.backdrops[:2] + small.backdrops[-2:])


def is_held_out(objects: tuple[str, ...], backdrop: str, headgear: str) -> bool:
    """Tell whether training may never see this combination (about one in ten, by hash)."""
    key = "|".join([*sorted(objects), backdrop, headgear])
    digest = hashlib.sha256(key.encode()).digest()
    return digest[0] < 256 * HELD_OUT_FRACTION


def headgear_placement(head: Placement, headgear: str, aspect: float = 1.0) -> Placement:
    """Put headgear on a head. aspect: width over height of the head's sprite."""
    seat_width, seat_height = HEAD_FIT[head.glyph]
    relative_width, sink, shift = HEADGEAR_FIT[headgear]
    head_width = head.size * min(1.0, aspect)
    head_height = head.size * min(1.0, 1 / aspect)
    size = round(head_width * seat_width * relative_width)
    seat_y = head.bottom - head_height * (1 - seat_height)
    return Placement(headgear, size, head.x + round(shift * size), round(seat_y + sink * size))


# Width over height of the sprites that can wear something.
ASPECTS = {
    "man": 0.83, "woman": 0.88, "person": 0.97, "boy": 0.88, "girl": 0.99, "old man": 0.96,
    "old woman": 0.89, "baby": 0.88, "person: beard": 0.90, "man: curly hair": 0.85,
    "woman: curly hair": 0.83, "man: red hair": 0.87, "woman: red hair": 0.85, "man: bald": 0.92,
    "woman: white hair": 0.85, "person: blond hair": 0.87, "grinning face": 1.04,
    "nerd face": 1.11, "smiling face with sunglasses": 1.08, "cat face": 1.12, "dog face": 1.28,
    "panda": 1.11, "fox": 1.06, "koala": 1.1, "tiger face": 1.0, "bear": 1.1, "lion": 0.89,
    "pig face": 1.1, "mouse face": 1.1, "frog": 1.15, "monkey face": 1.2,
}


def _place_single(glyph: str, size_word: str, heads: tuple[str, ...],
                  rng: random.Random) -> Placement:
    if glyph in heads and not size_word:
        return Placement(glyph, HEAD_SIZE, 64 + 8 * rng.choice((-1, 0, 0, 1)), HEAD_BOTTOM)
    size, bottom = SINGLE_SIZES[size_word]
    reach = {"small": 2, "": 1, "big": 0}[size_word]
    return Placement(glyph, size, 64 + 8 * rng.randint(-reach, reach),
                     bottom - 8 * rng.choice((0, 0, 1)))


def _place_pair(first: str, second: str, relation: str,
                rng: random.Random) -> tuple[Placement, ...]:
    if relation in ("above", "below"):
        upper, lower = (first, second) if relation == "above" else (second, first)
        return (Placement(upper, PAIR_SIZE, 64, 62), Placement(lower, PAIR_SIZE, 64, 122))
    left, right = (second, first) if relation == "right of" else (first, second)
    bottom = rng.choice((100, 108))
    return (Placement(left, PAIR_SIZE, 34, bottom), Placement(right, PAIR_SIZE, 94, bottom))


def _draw_subjects(w: World, kind: str, rng: random.Random) -> tuple[tuple[str, ...], str]:
    """Pick the objects and the headgear of a scene of this kind."""
    if kind == "empty":
        return (), ""
    if kind == "headgear":
        return (rng.choice(w.heads),), rng.choice(w.headgear)
    if kind == "pair":
        first, second = rng.sample(w.subjects, 2)
        return (first, second), ""
    if kind == "single":
        # Heads are drawn somewhat more often: they are the baseline of "with a hat".
        pool = w.heads if rng.random() < 0.28 else w.objects
        return (rng.choice(pool),), ""
    return (rng.choice(w.subjects),), ""


KINDS = {"single": 0.50, "headgear": 0.20, "pair": 0.20, "count": 0.08, "empty": 0.02}


def sample_scene(w: World, seed: int, *, split: str = "train", kind: str | None = None) -> Scene:
    """Draw the scene of a seed. split: "train" or "held_out"; kind: None for the usual mixture."""
    rng = random.Random(f"{w.name}:{split}:{kind}:{seed}")
    while True:
        chosen = kind or rng.choices(list(KINDS), list(KINDS.values()))[0]
        backdrop = rng.choice(w.backdrops)
        objects, headgear = _draw_subjects(w, chosen, rng)
        held_out = bool(objects) and is_held_out(objects, backdrop, headgear)
        if held_out == (split == "held_out"):
            return _compose(w, chosen, backdrop, objects, headgear, rng)


def _compose(w: World, kind: str, backdrop: str, objects: tuple[str, ...], headgear: str,
             rng: random.Random) -> Scene:
    size_word = relation = ""
    placements: tuple[Placement, ...] = ()
    if kind in ("single", "headgear"):
        if kind == "single" and rng.random() < 0.16:
            size_word = rng.choice(("small", "big"))
        placements = (_place_single(objects[0], size_word, w.heads, rng),)
        if headgear:
            worn = headgear_placement(placements[0], headgear, ASPECTS[objects[0]])
            placements = (*placements, worn)
    elif kind == "pair":
        relation = rng.choice(("next to", "and", "left of", "right of", "above", "below"))
        placements = _place_pair(objects[0], objects[1], relation, rng)
    elif kind == "count":
        number = rng.choice((2, 3, 4))
        size, spots = COUNT_SPOTS[number]
        placements = tuple(Placement(objects[0], size, x, bottom) for x, bottom in spots)
    variant = rng.randrange(VARIANTS)
    caption = captions.write_caption(kind, objects, headgear, relation, size_word,
                                     len(placements), backdrop, rng)
    return Scene(kind, backdrop, variant, placements, objects, headgear, relation, size_word,
                 caption)
