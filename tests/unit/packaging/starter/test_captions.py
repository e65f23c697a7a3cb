"""Captions name what is in the scene, in varied words."""

from __future__ import annotations

from starter_recipe.catalogue import COLOURS, SCENES, SYNONYMS, article, plural, word
from starter_recipe.scenes import sample_scene, world


def test_words_articles_and_plurals() -> None:
    assert word("woman: red hair") == "woman with red hair"
    assert word("billed cap") == "cap"
    assert word("cat face") == "cat"
    assert article("owl") == "an owl"
    assert article("unicorn") == "a unicorn"
    assert [plural(w) for w in ("fox", "strawberry", "fish", "old man")] == [
        "foxes", "strawberries", "fish", "old men"]
    assert plural("woman with red hair") == "women with red hair"


def test_captions_of_single_objects_name_the_object_or_a_synonym() -> None:
    w = world("small")
    for i in range(200):
        scene = sample_scene(w, i, kind="single")
        glyph = scene.objects[0]
        names = (word(glyph), *SYNONYMS.get(glyph, ()))
        assert any(name in scene.caption for name in names), scene.caption


def test_captions_vary_and_most_say_where() -> None:
    w = world("small")
    scenes = [sample_scene(w, i, kind="headgear") for i in range(200)]
    assert len({s.caption for s in scenes}) > 150
    places = [p for phrases in SCENES.values() for p in phrases]
    says_where = [any(p in s.caption for p in [*places, *COLOURS, *SCENES]) for s in scenes]
    assert sum(says_where) > 150
