"""Captions that say only part of a scene, and which pictures each of them is true of.

Contrastive training with whole captions alone leaves single words ("hat", "desert") without a
direction of their own. So many captions name one or two facts, and every picture of the batch
that has these facts counts as right.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch.nn import functional as F

from starter_recipe import captions
from starter_recipe.captions import HEADS_FOR_NO_HAT, name_of, where
from starter_recipe.catalogue import COLOURS, article, word
from starter_recipe.scenes import Scene, World, is_held_out, sample_scene

WHOLE = 0.5  # Share of captions that say everything.
HATS = ("top hat", "billed cap", "woman’s hat")
NO_HAT = "no hat"


def facts(scene: Scene) -> frozenset[str]:
    """List all that is true of a scene."""
    found = {f"object {glyph}" for glyph in scene.objects} | {f"place {scene.backdrop}"}
    if scene.headgear:
        found.add(f"wears {scene.headgear}")
        if scene.headgear in HATS:
            found.add("wears a hat")
    elif scene.kind == "single" and scene.objects[0] in HEADS_FOR_NO_HAT:
        found.add(NO_HAT)
    found.add(f"{scene.kind} {len(scene.placements)} {scene.relation} {scene.size_word}")
    return frozenset(found)


def reword(scene: Scene, rng: random.Random) -> str:
    """Word a whole scene anew."""
    return captions.write_caption(scene.kind, scene.objects, scene.headgear, scene.relation,
                                  scene.size_word, len(scene.placements), scene.backdrop, rng)


def say(scene: Scene, rng: random.Random) -> tuple[str, frozenset[str]]:
    """Word a scene, wholly or in part; return the caption and the facts it states."""
    known = facts(scene)
    if rng.random() < WHOLE:
        return reword(scene, rng), known
    fact = rng.choice(sorted(f for f in known if f.startswith(("object", "place", "wears", "no"))))
    kind, _, thing = fact.partition(" ")
    if fact == NO_HAT:
        return rng.choice(("no hat", "without a hat", "with no hat")), frozenset({fact})
    if kind == "place":
        colour = rng.choice((thing, f"{thing} background", where(thing, rng)))
        text = colour if thing in COLOURS else rng.choice((thing, where(thing, rng)))
    elif kind == "wears":
        name = "hat" if thing == "a hat" else word(thing)
        text = rng.choice((name, article(name), f"wearing {article(name)}",
                           f"with {article(name)}"))
    else:
        name = name_of(thing, rng)
        text = rng.choice((name, article(name)))
    return text, frozenset({fact})


def with_and_without(w: World, count: int) -> list[tuple[Scene, Scene]]:
    """Sample training scenes with headgear, each beside the same scene without it."""
    pairs: list[tuple[Scene, Scene]] = []
    seed = 0
    while len(pairs) < count:
        worn = sample_scene(w, seed, kind="headgear")
        seed += 1
        bare = without_headgear(worn)
        if not is_held_out(bare.objects, bare.backdrop, ""):
            pairs.append((worn, bare))
    return pairs


def without_headgear(scene: Scene) -> Scene:
    """Take the headgear off."""
    return replace(scene, kind="single", headgear="", placements=scene.placements[:1])


def truth(stated: Sequence[frozenset[str]], scenes: Sequence[Scene]) -> torch.Tensor:
    """Tell which captions are true of which scenes, float32 [scenes, captions] of 0 and 1."""
    known = [facts(scene) for scene in scenes]
    numbers = {fact: i for i, fact in enumerate(sorted(set().union(*known, *stated)))}

    def table(rows: Sequence[frozenset[str]]) -> torch.Tensor:
        marks = torch.zeros(len(rows), len(numbers))
        where = [(row, numbers[fact]) for row, found in enumerate(rows) for fact in found]
        marks[tuple(torch.tensor(where).T)] = 1
        return marks

    said = table(stated)
    return (table(known) @ said.T == said.sum(1)).float()


def contrastive_loss(image: torch.Tensor, text: torch.Tensor, others: torch.Tensor,
                     scale: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Symmetric InfoNCE with several right answers. Source: Radford et al. 2021, fig. 3.

    image [N, D], text [M, D], others [K, D] (words that name nothing in the world): unit
    vectors; true [N, M]. Each row and column has at least one right answer.
    """
    to_text = F.log_softmax(scale * image @ torch.cat([text, others]).T, dim=1)[:, : len(text)]
    to_image = F.log_softmax(scale * text @ image.T, dim=1)
    by_row = (to_text * true).sum(1) / true.sum(1)
    by_column = (to_image * true.T).sum(1) / true.sum(0)
    return -(by_row.mean() + by_column.mean()) / 2


def world_words(w: World) -> list[str]:
    """List the plain words of a world: subjects, headgear, backdrops, and "hat"."""
    named = [word(glyph) for glyph in (*w.subjects, *w.headgear)]
    return [*named, *w.backdrops, "hat"]


def added_words(w: World, worn: Sequence[Scene]) -> torch.Tensor:
    """Tell which world words name what each scene's head wears, float32 [scenes, words]."""
    words = world_words(w)
    names = [{word(s.headgear)} | ({"hat"} if s.headgear in HATS else set()) for s in worn]
    return torch.tensor([[float(text in own) for text in words] for own in names])


def difference_loss(worn: torch.Tensor, bare: torch.Tensor, words: torch.Tensor,
                    others: torch.Tensor, scale: torch.Tensor,
                    named: torch.Tensor) -> torch.Tensor:
    """Make "with minus without" point at the words for what was put on.

    worn, bare: unit picture vectors [P, D] of the same head; words [M, D], others [K, D]: unit
    text vectors, centred here as the concepts panel does; named [P, M]: 1 where right.
    """
    texts = torch.cat([words, others])
    texts = F.normalize(texts - texts.mean(0), dim=-1)
    scores = F.log_softmax(scale * F.normalize(worn - bare, dim=-1) @ texts.T, dim=1)
    return -((scores[:, : len(words)] * named).sum(1) / named.sum(1)).mean()
