"""Word the captions of scenes in varied English."""

from __future__ import annotations

import random

from starter_recipe.catalogue import (
    COLOURS,
    SCENES,
    SYNONYMS,
    article,
    plural,
    word,
)

NUMBERS = {2: ("two", "2", "a pair of"), 3: ("three", "3"), 4: ("four", "4")}
SIZE_WORDS = {"small": ("small", "tiny", "little"), "big": ("big", "large", "huge")}
FRAMES = ("{}", "{}", "{}", "{}", "a picture of {}", "an emoji of {}", "a drawing of {}",
          "an illustration of {}", "{}, emoji style")
RELATION_WORDS = {
    "and": ("and", "with", "together with"), "next to": ("next to", "beside"),
    "left of": ("left of", "to the left of"), "right of": ("right of", "to the right of"),
    "above": ("above", "on top of", "over"), "below": ("below", "under"),
}


def name_of(glyph: str, rng: random.Random) -> str:
    """Return the glyph's word, or one in four times another word for the same thing."""
    others = SYNONYMS.get(glyph, ())
    return rng.choice(others) if others and rng.random() < 0.25 else word(glyph)


def where(backdrop: str, rng: random.Random) -> str:
    """Say where: "in the desert" or "on a blue background"."""
    if backdrop in SCENES:
        phrases = SCENES[backdrop]
        return phrases[0] if rng.random() < 0.6 else rng.choice(phrases)
    return rng.choice(("on {} background", "on {} background", "in front of {} wall")).format(
        article(backdrop))


def headgear_phrase(head: str, headgear: str, rng: random.Random) -> str:
    """Say that a head wears something."""
    name = word(headgear)
    if headgear in ("top hat", "billed cap") and rng.random() < (0.3, 0.1)[headgear != "top hat"]:
        name = "hat"
    verb = rng.choice(("wearing", "wearing", "wearing", "with", "in"))
    return f"{article(name_of(head, rng))} {verb} {article(name)}"


def _subject(kind: str, objects: tuple[str, ...], headgear: str, relation: str, size_word: str,
             number: int, rng: random.Random) -> str:
    if kind == "headgear":
        return headgear_phrase(objects[0], headgear, rng)
    if kind == "pair":
        first, second = (article(name_of(glyph, rng)) for glyph in objects)
        return f"{first} {rng.choice(RELATION_WORDS[relation])} {second}"
    if kind == "count":
        return f"{rng.choice(NUMBERS[number])} {plural(name_of(objects[0], rng))}"
    name = name_of(objects[0], rng)
    if size_word:
        name = f"{rng.choice(SIZE_WORDS[size_word])} {name}"
    return article(name)


def _empty(backdrop: str, rng: random.Random) -> str:
    if backdrop in COLOURS:
        return rng.choice((f"{article(backdrop)} background", f"plain {backdrop}", backdrop))
    return rng.choice((f"an empty {backdrop}", backdrop, f"the {backdrop}", where(backdrop, rng)))


def write_caption(kind: str, objects: tuple[str, ...], headgear: str, relation: str,
                  size_word: str, number: int, backdrop: str, rng: random.Random) -> str:
    """Word a scene. number: how many sprites the scene has (counts only)."""
    if kind == "empty":
        return _empty(backdrop, rng)
    subject = _subject(kind, objects, headgear, relation, size_word, number, rng)
    if kind == "single" and objects[0] in HEADS_FOR_NO_HAT and rng.random() < 0.12:
        subject += rng.choice((" without a hat", " with no hat", ", no hat"))
    style = rng.random()
    if style < 0.05 and kind in ("single", "headgear"):  # One word or two.
        name = name_of(headgear or objects[0], rng)
        if headgear and rng.random() < 0.3:
            name = "hat"
        return name if rng.random() < 0.5 else article(name)
    if style < 0.11:  # Keywords instead of a sentence.
        plain = subject.removeprefix("a ").removeprefix("an ")
        place = f"{backdrop} background" if backdrop in COLOURS else backdrop
        return f"{plain}, {place}"
    if style < 0.19:  # Says nothing about the place.
        return rng.choice(FRAMES).format(subject)
    return f"{rng.choice(FRAMES[:-1]).format(subject)} {where(backdrop, rng)}"


HEADS_FOR_NO_HAT = frozenset(
    ("man", "woman", "person", "boy", "girl", "old man", "old woman", "man: red hair",
     "woman: red hair", "man: bald", "cat face", "dog face", "panda", "fox")
)
