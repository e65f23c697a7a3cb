"""What the UNet trains on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from starter_recipe.latents import pick_weight, unet_scenes
from starter_recipe.scenes import is_held_out, world
from starter_recipe.settings import SETTINGS, Places


def test_a_third_are_pairs_and_counts_and_none_is_held_out(tmp_path: Path) -> None:
    setting = SETTINGS["tiny"]
    scenes = unet_scenes(Places(tmp_path, setting))
    assert len(scenes) == setting.latents + setting.more_latents
    more = Counter(scene.kind for scene in scenes[setting.latents:])
    assert more == {"pair": 13, "count": 3}
    assert not any(is_held_out(s.objects, s.backdrop, s.headgear) for s in scenes if s.objects)
    assert len(set(scenes)) > 0.9 * len(scenes)


def test_sizes_weigh_most_and_heads_least(tmp_path: Path) -> None:
    w, scenes = world("tiny"), unet_scenes(Places(tmp_path, SETTINGS["tiny"]))
    weights = {pick_weight(w, s) for s in scenes}
    assert max(weights) == max(pick_weight(w, s) for s in scenes if s.size_word)
    assert {pick_weight(w, s) for s in scenes if s.kind == "pair"} == {1.0}
    assert min(weights) == pick_weight(
        w, next(s for s in scenes if s.objects and s.objects[0] in w.heads and not s.size_word
                and s.kind == "single"))
