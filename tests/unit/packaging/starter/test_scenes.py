"""The world: deterministic, held-out combinations kept apart, captions that say what is drawn."""

from __future__ import annotations

import hashlib

import pytest
from starter_recipe import catalogue
from starter_recipe.scenes import (
    ASPECTS,
    COUNT_SPOTS,
    HEAD_FIT,
    HEADGEAR_FIT,
    SINGLE_SIZES,
    is_held_out,
    sample_scene,
    world,
)

COUNT = 400


def test_full_world_is_as_large_as_promised() -> None:
    w = world("full")
    assert len(set(w.subjects)) == len(w.subjects) >= 300
    assert len(catalogue.SCENES) >= 12
    assert len(catalogue.COLOURS) >= 8
    assert set(w.backdrops) == {*catalogue.SCENES, *catalogue.COLOURS}
    assert len(w.headgear) >= 4
    assert len(w.heads) >= 20
    assert set(w.heads) <= set(HEAD_FIT)
    assert set(w.heads) <= set(ASPECTS)
    assert set(w.headgear) == set(HEADGEAR_FIT)


def test_full_world_has_every_sort_of_thing() -> None:
    subjects = set(world("full").subjects)
    least = {"ANIMALS": 60, "PLANTS": 15, "FOOD": 50, "THINGS": 80, "VEHICLES": 20, "PEOPLE": 25}
    for name, count in least.items():
        group = getattr(catalogue, name)
        assert len(set(group) & subjects) >= count, name


def test_no_two_subjects_of_a_world_have_the_same_word() -> None:
    for name in ("small", "full"):
        w = world(name)
        words = [catalogue.word(glyph) for glyph in (*w.subjects, *w.headgear)]
        assert sorted({x for x in words if words.count(x) > 1}) == []


def test_full_world_draws_every_subject_backdrop_and_piece_of_headgear() -> None:
    w = world("full")
    scenes = [sample_scene(w, i) for i in range(6000)]
    assert {glyph for s in scenes for glyph in s.objects} == set(w.subjects)
    assert {s.backdrop for s in scenes} == set(w.backdrops)
    assert {s.headgear for s in scenes} == {"", *w.headgear}
    assert {s.variant for s in scenes} == {0, 1}


@pytest.mark.parametrize("name", ["small", "full"])
def test_same_seed_gives_same_scene(name: str) -> None:
    w = world(name)
    assert [sample_scene(w, i) for i in range(50)] == [sample_scene(w, i) for i in range(50)]
    assert sample_scene(w, 1) != sample_scene(w, 2)


@pytest.mark.parametrize(("name", "expected"), [
    ("small", "0d7e1e588fcba70c"), ("full", "4cd793976b65b414")])
def test_scenes_are_the_same_in_every_process(name: str, expected: str) -> None:
    w = world(name)
    said = "\n".join(repr(sample_scene(w, i, split=split))
                     for split in ("train", "held_out") for i in range(40))
    assert hashlib.sha256(said.encode()).hexdigest()[:16] == expected


@pytest.mark.parametrize("name", ["small", "full"])
def test_training_never_sees_a_held_out_combination(name: str) -> None:
    w = world(name)
    for i in range(COUNT):
        scene = sample_scene(w, i)
        if scene.objects:
            assert not is_held_out(scene.objects, scene.backdrop, scene.headgear)
        scene = sample_scene(w, i, split="held_out")
        assert is_held_out(scene.objects, scene.backdrop, scene.headgear)


@pytest.mark.parametrize("name", ["small", "full"])
def test_a_reasonable_share_is_held_out(name: str) -> None:
    w = world(name)
    alone = [((o,), b, "") for o in w.subjects for b in w.backdrops]
    worn = [((h,), b, g) for h in w.heads for b in w.backdrops for g in w.headgear]
    for combinations in (alone, worn):
        share = sum(is_held_out(*c) for c in combinations) / len(combinations)
        assert 0.05 < share < 0.16


@pytest.mark.parametrize("name", ["small", "full"])
def test_held_out_scenes_of_every_kind_are_found(name: str) -> None:
    w = world(name)
    for kind in ("single", "headgear", "pair", "count"):
        for i in range(20):
            scene = sample_scene(w, i, split="held_out", kind=kind)
            assert scene.kind == kind
            assert is_held_out(scene.objects, scene.backdrop, scene.headgear)


@pytest.mark.parametrize("name", ["small", "full"])
def test_every_kind_of_scene_comes_up_with_its_facts(name: str) -> None:
    w = world(name)
    scenes = [sample_scene(w, i) for i in range(COUNT)]
    assert {s.kind for s in scenes} == {"single", "headgear", "pair", "count", "empty"}
    for s in scenes:
        expected = {"single": 1, "headgear": 2, "pair": 2, "empty": 0}
        if s.kind == "count":
            assert len(s.placements) in COUNT_SPOTS
        else:
            assert len(s.placements) == expected[s.kind]
        assert (s.kind == "headgear") == bool(s.headgear)
    assert {len(s.placements) for s in scenes if s.kind == "count"} == {2, 3, 4}
    assert {s.size_word for s in scenes} == {"", "small", "big"}
    assert len({s.relation for s in scenes}) == 7


@pytest.mark.parametrize("name", ["small", "full"])
def test_pairs_are_placed_as_their_relation_says(name: str) -> None:
    w = world(name)
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
        else:
            assert (first.bottom, first.x) != (second.bottom, second.x)
            assert first.bottom == second.bottom
    assert {"left of", "right of", "above", "below", "and", "next to"} == seen


@pytest.mark.parametrize("name", ["small", "full"])
def test_sizes_are_as_their_words_say_and_all_sprites_lie_in_the_picture(name: str) -> None:
    w = world(name)
    for i in range(COUNT):
        s = sample_scene(w, i)
        if s.size_word:
            assert s.placements[0].size == SINGLE_SIZES[s.size_word][0]
        for p in s.placements:
            assert p.size // 2 - 6 <= p.x <= 134 - p.size // 2
            assert p.bottom <= 128
            assert p.glyph in w.headgear or p.bottom >= p.size


@pytest.mark.parametrize("name", ["small", "full"])
def test_headgear_sits_on_its_head(name: str) -> None:
    w = world(name)
    for i in range(COUNT):
        head, worn = sample_scene(w, i, kind="headgear").placements
        assert abs(head.x - worn.x) < head.size * 0.2
        assert head.bottom - head.size < worn.bottom < head.bottom - head.size * 0.35
        assert 0.3 * head.size < worn.size < 1.4 * head.size
