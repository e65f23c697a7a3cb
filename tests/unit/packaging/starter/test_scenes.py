"""The world: deterministic, held-out combinations kept apart, captions that say what is drawn."""

from __future__ import annotations

import pytest
from starter_recipe import catalogue
from starter_recipe.scenes import COUNT_SPOTS, HEAD_FIT, is_held_out, sample_scene, world

COUNT = 400


def test_full_world_is_as_large_as_promised() -> None:
    w = world("full")
    assert len(w.subjects) >= 300
    assert len(catalogue.SCENES) >= 12
    assert set(w.heads) <= set(HEAD_FIT)


def test_same_seed_gives_same_scene() -> None:
    w = world("small")
    assert [sample_scene(w, i) for i in range(50)] == [sample_scene(w, i) for i in range(50)]
    assert sample_scene(w, 1) != sample_scene(w, 2)


@pytest.mark.parametrize("name", ["small", "full"])
def test_training_never_sees_a_held_out_combination(name: str) -> None:
    w = world(name)
    for i in range(COUNT):
        scene = sample_scene(w, i)
        if scene.objects:
            assert not is_held_out(scene.objects, scene.backdrop, scene.headgear)
        scene = sample_scene(w, i, split="held_out")
        assert is_held_out(scene.objects, scene.backdrop, scene.headgear)


def test_a_reasonable_share_is_held_out() -> None:
    w = world("small")
    combinations = [(o, b) for o in w.subjects for b in w.backdrops]
    share = sum(is_held_out((o,), b, "") for o, b in combinations) / len(combinations)
    assert 0.05 < share < 0.16


def test_every_kind_of_scene_comes_up_with_its_facts() -> None:
    w = world("small")
    scenes = [sample_scene(w, i) for i in range(COUNT)]
    assert {s.kind for s in scenes} == {"single", "headgear", "pair", "count", "empty"}
    for s in scenes:
        expected = {"single": 1, "headgear": 2, "pair": 2, "empty": 0}
        if s.kind == "count":
            assert len(s.placements) in COUNT_SPOTS
        else:
            assert len(s.placements) == expected[s.kind]
        assert (s.kind == "headgear") == bool(s.headgear)


def test_pairs_are_placed_as_their_relation_says() -> None:
    w = world("small")
    seen = set()
    for i in range(120):
        s = sample_scene(w, i, kind="pair")
        seen.add(s.relation)
        place = {p.glyph: p for p in s.placements}
        first, second = place[s.objects[0]], place[s.objects[1]]
        if s.relation == "right of":
            assert first.x > second.x
        elif s.relation == "left of":
            assert first.x < second.x
        elif s.relation == "above":
            assert first.bottom < second.bottom
        elif s.relation == "below":
            assert first.bottom > second.bottom
    assert {"left of", "right of", "above", "below", "and", "next to"} == seen
