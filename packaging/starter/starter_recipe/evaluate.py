"""Measure the finished model on combinations that training never saw, and write the model card."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from starter_recipe import catalogue
from starter_recipe.captions import RELATION_WORDS
from starter_recipe.catalogue import article, word
from starter_recipe.clip import embed_pictures, embed_texts, load_clip
from starter_recipe.generate import Painter
from starter_recipe.judge import Judge, load_judge
from starter_recipe.partial import without_headgear, world_words
from starter_recipe.pictures import draw_all, make_renderer, scene_list
from starter_recipe.scenes import Scene, sample_scene, world
from starter_recipe.settings import Places
from starter_recipe.sprites import load_keywords
from starter_recipe.vae import held_out_psnr

VOCABULARY = 1000
EDIT_STRENGTH = 1.0
Log = Callable[[str], None]


def plain_prompt(scene: Scene) -> str:
    """Word a scene in the plainest way: "a cat wearing a crown in the desert"."""
    place = (catalogue.SCENES[scene.backdrop][0] if scene.backdrop in catalogue.SCENES
             else f"on {article(scene.backdrop)} background")
    names = [article(word(glyph)) for glyph in scene.objects]
    if scene.kind == "pair":
        return f"{names[0]} {RELATION_WORDS[scene.relation][0]} {names[1]} {place}"
    worn = f" wearing {article(word(scene.headgear))}" if scene.headgear else ""
    return f"{names[0]}{worn} {place}"


def held_out_scenes(w_name: str, kind: str, count: int) -> list[Scene]:
    """Sample scenes of one kind with combinations that training never saw, of usual size."""
    w, found, seed = world(w_name), [], 0
    while len(found) < count:
        scene = sample_scene(w, seed, split="held_out", kind=kind)
        seed += 1
        if not scene.size_word:
            found.append(scene)
    return found


def _percent(hits: list[bool]) -> float:
    return round(100 * sum(hits) / max(1, len(hits)), 1)


def accuracy(judge: Judge, scenes: list[Scene], pictures: torch.Tensor) -> dict[str, float]:
    """Share of pictures whose object, backdrop and headgear the judge names as asked, in %."""
    verdict = judge.look(pictures)
    named = [judge.subjects[int(i)] for i in verdict.objects.argmax(1)]
    worn = [i for i, scene in enumerate(scenes) if scene.headgear]
    return {
        "object": _percent([n == s.objects[0] for n, s in zip(named, scenes, strict=True)]),
        "backdrop": _percent([b == s.backdrop
                              for b, s in zip(verdict.backdrop, scenes, strict=True)]),
        "headgear": _percent([verdict.headgear[i] == scenes[i].headgear for i in worn]),
    }


def pairs_present(judge: Judge, scenes: list[Scene], pictures: torch.Tensor) -> float:
    """Share of two-object pictures whose two likeliest objects are the two asked for, in %."""
    best = judge.look(pictures).objects.topk(2, dim=1).indices
    return _percent([{judge.subjects[int(i)] for i in row} == set(scene.objects)
                     for row, scene in zip(best, scenes, strict=True)])


def retrieval(places: Places) -> float:
    """Top-1 of 100: the caption nearest to each held-out picture is its own, in %."""
    w = world(places.setting.name)
    distinct: dict[str, Scene] = {}
    for scene in scene_list(w, 2000, split="held_out", first=7000):
        if scene.kind != "empty":
            distinct.setdefault(plain_prompt(scene), scene)
    texts = list(distinct)[:100]
    clip, tokenizer = load_clip(places)
    pictures = draw_all(make_renderer(places), [distinct[text] for text in texts])
    scores = embed_pictures(clip, pictures) @ embed_texts(clip, tokenizer, texts).T
    return _percent((scores.argmax(1) == torch.arange(len(texts))).tolist())


def concept_vocabulary(places: Places) -> list[str]:
    """A thousand words: all of this world's, then CLDR names and keywords."""
    w = world(places.setting.name)
    others = [text.lower() for text in load_keywords(places.sprites) if text.isascii()]
    return list(dict.fromkeys([*world_words(w), *others]))[:VOCABULARY]


def _is_headgear_word(text: str) -> bool:
    return bool({"hat", "cap", "crown", "helmet", "hardhat"} & set(text.split()))


def headgear_difference(places: Places) -> float:
    """Share of (same head with headgear) - (without) whose nearest word is headgear, in %."""
    clip, tokenizer = load_clip(places)
    words = concept_vocabulary(places)
    texts = embed_texts(clip, tokenizer, words)
    texts = F.normalize(texts - texts.mean(0), dim=-1)
    scenes = held_out_scenes(places.setting.name, "headgear", 100)
    renderer = make_renderer(places)
    worn = embed_pictures(clip, draw_all(renderer, scenes))
    bare = embed_pictures(clip, draw_all(renderer, [without_headgear(s) for s in scenes]))
    nearest = (F.normalize(worn - bare, dim=-1) @ texts.T).argmax(1)
    return _percent([_is_headgear_word(words[int(i)]) for i in nearest])


def edited(places: Places, judge: Judge, painter: Painter, scale: float,
           count: int) -> dict[str, Any]:
    """Draw "embedding of this bare head + (hat - no hat)" and see whether it wears one."""
    clip, tokenizer = load_clip(places)
    scenes = [without_headgear(s) for s in
              held_out_scenes(places.setting.name, "headgear", count)]
    start = embed_pictures(clip, draw_all(make_renderer(places), scenes))
    hat, no_hat = embed_texts(clip, tokenizer, ["hat", "no hat"])
    moved = F.normalize(start + EDIT_STRENGTH * F.normalize(hat - no_hat, dim=-1), dim=-1)
    pictures = painter.paint([""] * count, range(count), guidance_scale=scale, embeddings=moved)
    verdict = judge.look(pictures)
    same = [judge.subjects[int(i)] == s.objects[0]
            for i, s in zip(verdict.objects.argmax(1), scenes, strict=True)]
    wears = [headgear != "" for headgear in verdict.headgear]
    both = [a and b for a, b in zip(same, wears, strict=True)]
    return {"hat_and_same": _percent(both), "hat": _percent(wears), "same": _percent(same),
            "pictures": pictures}


def seconds_per_picture(painter: Painter, size: int) -> float:
    """Time one picture: 20 DPM++ 2M steps with CFG, bfloat16 products, warm."""
    painter.paint(["a cat"], [0], guidance_scale=4.0, steps=2, size=size)
    start = time.perf_counter()
    painter.paint(["a cat in the desert"], [0], guidance_scale=4.0, size=size)
    return round(time.perf_counter() - start, 2)


def evaluate(places: Places, model: Path, *, pictures: int, log: Log) -> dict[str, Any]:
    """Measure everything, write the sheets and the model card, and return the scores."""
    from starter_recipe.card import write_card
    from starter_recipe.eval_sheets import write_sheets

    name = places.setting.name
    defaults = json.loads((model / "studio.json").read_text(encoding="utf-8"))
    scale = float(defaults["guidance_scale"])
    judge, painter = load_judge(places), Painter(model)
    renderer = make_renderer(places)
    singles = held_out_scenes(name, "single", round(pictures * 0.6))
    scenes = singles + held_out_scenes(name, "headgear", pictures - len(singles))
    pairs = held_out_scenes(name, "pair", max(4, pictures // 5))
    scores: dict[str, Any] = {"pictures": len(scenes), "pairs": len(pairs), "cpus": os.cpu_count(),
                              "threads": torch.get_num_threads(),
                              "device": painter.device.type}
    scores["judge_on_real"] = accuracy(judge, scenes, draw_all(renderer, scenes))
    scores["judge_on_real_pairs"] = pairs_present(judge, pairs, draw_all(renderer, pairs))
    log(f"evaluate: judge on real pictures {scores['judge_on_real']}")
    made = painter.paint([plain_prompt(s) for s in scenes], range(len(scenes)),
                         guidance_scale=scale)
    scores["generated"] = accuracy(judge, scenes, made)
    log(f"evaluate: generated {scores['generated']}")
    made_pairs = painter.paint([plain_prompt(s) for s in pairs], range(len(pairs)),
                               guidance_scale=scale)
    scores["pairs_present"] = pairs_present(judge, pairs, made_pairs)
    scores["psnr_db"] = round(held_out_psnr(places), 2)
    scores["retrieval_top1_of_100"] = retrieval(places)
    scores["headgear_difference"] = headgear_difference(places)
    edit = edited(places, judge, painter, scale, max(4, pictures // 5))
    edit_pictures = edit.pop("pictures")
    scores["edit"] = edit
    scores["seconds_native"] = seconds_per_picture(painter, places.setting.picture_px)
    scores["seconds_256"] = seconds_per_picture(painter, 256)
    log(f"evaluate: {json.dumps(scores)}")
    write_sheets(places, painter, scale, {"held_out": made[:64], "pairs": made_pairs[:32],
                                          "edits": edit_pictures[:32]}, model)
    write_card(places, model, scores, scale)
    return scores
