"""Captions of single facts: true where they say so, and losses that reward the right answers."""

from __future__ import annotations

import random

import torch
from starter_recipe.partial import (
    NO_HAT,
    added_words,
    contrastive_loss,
    difference_loss,
    facts,
    say,
    truth,
    with_and_without,
    world_words,
)
from starter_recipe.scenes import is_held_out, sample_scene, world


def test_every_caption_is_true_of_its_own_scene() -> None:
    w, rng = world("small"), random.Random(0)
    scenes = [sample_scene(w, i) for i in range(60)]
    said = [say(scene, rng) for scene in scenes]
    table = truth([stated for _, stated in said], scenes)
    assert torch.equal(table.diagonal(), torch.ones(60))
    partly = [stated for _, stated in said if len(stated) == 1]
    assert 15 < len(partly) < 45
    assert float(table.mean()) < 0.3


def test_hats_are_hats_and_bare_heads_have_none() -> None:
    w = world("small")
    for worn, bare in with_and_without(w, 40):
        assert ("wears a hat" in facts(worn)) == (worn.headgear in ("top hat", "billed cap"))
        assert NO_HAT in facts(bare)
        assert NO_HAT not in facts(worn)
        assert not is_held_out(bare.objects, bare.backdrop, "")


def test_added_words_name_the_headgear() -> None:
    w = world("small")
    worn = [pair[0] for pair in with_and_without(w, 10)]
    words = world_words(w)
    for row, scene in zip(added_words(w, worn), worn, strict=True):
        named = {words[int(i)] for i in row.nonzero()[:, 0]}
        assert named in ({"top hat", "hat"}, {"cap", "hat"}, {"crown"}, {"helmet"})
        assert ("hat" in named) == ("wears a hat" in facts(scene))


def test_losses_fall_when_the_answers_are_right() -> None:
    unit = torch.eye(4)
    scale = torch.tensor(20.0)
    right = contrastive_loss(unit, unit, unit[:1] * -1, scale, torch.eye(4))
    wrong = contrastive_loss(unit, unit.roll(1, 0), unit[:1] * -1, scale, torch.eye(4))
    assert float(right) < 0.01 < float(wrong)
    named = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
    towards = difference_loss(unit[:1], unit[1:2], unit, -unit, scale, named)
    away = difference_loss(unit[1:2], unit[:1], unit, -unit, scale, named)
    assert float(towards) < float(away)
