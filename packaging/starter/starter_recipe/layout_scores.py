"""Score what the judge cannot: counts, sizes and relations, with the finder, on held-out scenes.

Every score of generated pictures stands beside the same score of real renders of the same scenes
(how far the finder itself can be trusted), and relations also beside real renders with the two
things exchanged, which must be called wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from starter_recipe import catalogue
from starter_recipe.captions import NUMBERS, RELATION_WORDS
from starter_recipe.catalogue import article, plural, word
from starter_recipe.finder import Finder, Found
from starter_recipe.scenes import COUNT_SPOTS, SINGLE_SIZES, Scene, sample_scene, world

RELATIONS = ("left of", "right of", "above", "below", "next to", "and")
SIZE_NAMES = {"small": "small", "": "usual", "big": "big"}
CLEARLY = 16.0  # Units that two middles must lie apart in the direction asked for.


def plain_prompt(scene: Scene) -> str:
    """Word a scene in the plainest way: "a cat wearing a crown in the desert"."""
    place = (catalogue.SCENES[scene.backdrop][0] if scene.backdrop in catalogue.SCENES
             else f"on {article(scene.backdrop)} background")
    names = [word(glyph) for glyph in scene.objects]
    if scene.kind == "pair":
        first, second = (article(name) for name in names)
        return f"{first} {RELATION_WORDS[scene.relation][0]} {second} {place}"
    if scene.kind == "count":
        return f"{NUMBERS[len(scene.placements)][0]} {plural(names[0])} {place}"
    worn = f" wearing {article(word(scene.headgear))}" if scene.headgear else ""
    sized = f"{scene.size_word} {names[0]}".strip()
    return f"{article(sized)}{worn} {place}"


def held_out_scenes(w_name: str, kind: str, count: int,
                    wanted: Callable[[Scene], bool] = lambda scene: not scene.size_word,
                    ) -> list[Scene]:
    """Sample scenes of one kind whose combinations training never saw; of usual size by default.
    """
    w, found, seed = world(w_name), [], 0
    while len(found) < count:
        scene = sample_scene(w, seed, split="held_out", kind=kind)
        seed += 1
        if wanted(scene):
            found.append(scene)
    return found


def percent(hits: Sequence[bool]) -> float:
    """Return the share of hits in %, one decimal."""
    return round(100 * sum(hits) / max(1, len(hits)), 1)


@dataclass(frozen=True)
class Exam:
    """The held-out scenes of all questions, each list a part of `scenes`."""

    counts: dict[int, list[Scene]]
    sizes: dict[str, list[Scene]]
    relations: dict[str, list[Scene]]

    @property
    def scenes(self) -> list[Scene]:
        """All of them in a row."""
        return [s for group in (self.counts, self.sizes, self.relations)
                for part in group.values() for s in part]


def make_exam(w_name: str, each: int) -> Exam:
    """Sample `each` scenes for every number 1 to 4, every size word and every relation."""
    counts = {1: held_out_scenes(w_name, "single", each)}
    for number in COUNT_SPOTS:
        counts[number] = held_out_scenes(w_name, "count", each,
                                         lambda s, n=number: len(s.placements) == n)
    sizes = {name: held_out_scenes(w_name, "single", each, lambda s, n=name: s.size_word == n)
             for name in ("small", "big")}
    relations = {name: held_out_scenes(w_name, "pair", each, lambda s, n=name: s.relation == n)
                 for name in RELATIONS}
    return Exam(counts, sizes, relations)


def holds(relation: str, first: Found, second: Found) -> bool:
    """Tell whether two findings stand to each other as the relation says."""
    right, down = second.x - first.x, second.y - first.y
    return {
        "left of": right > CLEARLY, "right of": -right > CLEARLY,
        "above": down > CLEARLY, "below": -down > CLEARLY,
        "next to": abs(right) > max(CLEARLY, abs(down)), "and": True,
    }[relation]


def both_of(scene: Scene, found: Sequence[Found]) -> tuple[Found, Found] | None:
    """Return the likeliest finding of each of a pair's two things, or None."""
    first, second = (next((f for f in found if f.glyph == glyph), None) for glyph in scene.objects)
    return (first, second) if first and second else None


def size_of(found: Found) -> str:
    """Name the world's size that a finding is nearest to."""
    return min(SINGLE_SIZES, key=lambda name: abs(SINGLE_SIZES[name][0] - found.size))


def score(exam: Exam, found: list[list[Found]]) -> dict[str, Any]:
    """Score findings, one list per scene of the exam, in %."""
    rest = iter(found)
    counts = {}
    for number, scenes in exam.counts.items():
        seen = [next(rest) for _ in scenes]
        counts[str(number)] = {
            "number": percent([len(f) == number for f in seen]),
            "number_and_object": percent([
                len(f) == number and all(one.glyph == s.objects[0] for one in f)
                for f, s in zip(seen, scenes, strict=True)])}
    sizes = {}
    for name, scenes in exam.sizes.items():
        seen = [next(rest) for _ in scenes]
        sizes[name] = percent([len(f) == 1 and size_of(f[0]) == name for f in seen])
    relations = {}
    for relation, scenes in exam.relations.items():
        pairs = [both_of(s, next(rest)) for s in scenes]
        right = [pair is not None and holds(relation, *pair) for pair in pairs]
        present = [pair is not None for pair in pairs]
        relations[relation] = {
            "both": percent(present), "right": percent(right),
            "right_of_both": percent([r for r, p in zip(right, present, strict=True) if p])
            if any(present) else None}
    return {"counts": counts, "sizes": sizes, "relations": relations}


def exchanged(scene: Scene) -> Scene:
    """Put each thing of a pair where the other one was; what is asked for stays."""
    first, second = scene.placements
    return replace(scene, placements=(replace(first, glyph=second.glyph),
                                      replace(second, glyph=first.glyph)))


def layout_scores(finder: Finder, exam: Exam, draw: Callable[[list[Scene]], torch.Tensor],
                  paint: dict[str, Callable[[list[Scene]], torch.Tensor]]) -> dict[str, Any]:
    """Score the exam. draw: real renders of scenes; paint: generated pictures, by sampler."""
    scenes = exam.scenes
    directed = {name: part for name, part in exam.relations.items()
                if name not in ("next to", "and")}
    turned = finder.find(draw([exchanged(s) for part in directed.values() for s in part]))
    wrong = score(Exam({}, {}, directed), turned)["relations"]
    return {
        "each": len(next(iter(exam.counts.values()))),
        "finder_on_real": score(exam, finder.find(draw(scenes))),
        "exchanged_called_right": {name: one["right"] for name, one in wrong.items()},
        "generated": {name: score(exam, finder.find(made(scenes)))
                      for name, made in paint.items()},
    }
