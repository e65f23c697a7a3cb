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

from starter_recipe.clip import embed_pictures, embed_texts, load_clip
from starter_recipe.finder import load_finder
from starter_recipe.generate import Painter
from starter_recipe.judge import Judge, load_judge
from starter_recipe.layout_scores import (
    held_out_scenes,
    layout_scores,
    make_exam,
    percent,
    plain_prompt,
)
from starter_recipe.partial import without_headgear, world_words
from starter_recipe.pictures import draw_all, make_renderer, scene_list
from starter_recipe.scenes import Scene, world
from starter_recipe.settings import Places
from starter_recipe.sprites import load_keywords
from starter_recipe.vae import held_out_psnr

VOCABULARY = 1000
EDIT_STRENGTH = 1.0
EXAMINED = ("DPM++ 2M", "DPM++ 2M SDE")
Log = Callable[[str], None]


def accuracy(judge: Judge, scenes: list[Scene], pictures: torch.Tensor) -> dict[str, float]:
    """Share of pictures whose object, backdrop and headgear the judge names as asked, in %."""
    verdict = judge.look(pictures)
    named = [judge.subjects[int(i)] for i in verdict.objects.argmax(1)]
    worn = [i for i, scene in enumerate(scenes) if scene.headgear]
    return {
        "object": percent([n == s.objects[0] for n, s in zip(named, scenes, strict=True)]),
        "backdrop": percent([b == s.backdrop
                              for b, s in zip(verdict.backdrop, scenes, strict=True)]),
        "headgear": percent([verdict.headgear[i] == scenes[i].headgear for i in worn]),
    }


def pairs_present(judge: Judge, scenes: list[Scene], pictures: torch.Tensor) -> float:
    """Share of two-object pictures whose two likeliest objects are the two asked for, in %."""
    best = judge.look(pictures).objects.topk(2, dim=1).indices
    return percent([{judge.subjects[int(i)] for i in row} == set(scene.objects)
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
    return percent((scores.argmax(1) == torch.arange(len(texts))).tolist())


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
    return percent([_is_headgear_word(words[int(i)]) for i in nearest])


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
    return {"hat_and_same": percent(both), "hat": percent(wears), "same": percent(same),
            "pictures": pictures}


def seconds_per_picture(painter: Painter, size: int, *, precise: bool) -> float:
    """Time one picture: 20 DPM++ 2M steps with CFG, warm; the best of three.

    On one CPU thread it counts this process's own time, so that other work does not count.
    """
    is_alone = painter.device.type == "cpu" and torch.get_num_threads() == 1
    clock = time.process_time if is_alone else time.perf_counter
    painter.paint(["a cat"], [0], guidance_scale=4.0, steps=2, size=size, precise=precise)
    times = []
    for seed in range(3):
        start = clock()
        painter.paint(["a cat in the desert"], [seed], guidance_scale=4.0, size=size,
                      sampler="DPM++ 2M", precise=precise)
        times.append(clock() - start)
    return round(min(times), 2)


def speeds(places: Places, painter: Painter) -> dict[str, Any]:
    """Time pictures in float32, as the studio makes them on CPUs, and in bfloat16."""
    return {
        "cpus": os.cpu_count(), "threads": torch.get_num_threads(),
        "device": painter.device.type,
        "seconds_native": seconds_per_picture(painter, places.setting.picture_px, precise=True),
        "seconds_256": seconds_per_picture(painter, 256, precise=True),
        "seconds_256_bfloat16": seconds_per_picture(painter, 256, precise=False),
    }


def _exam(places: Places, painter: Painter, judge: Judge, scale: float,
          each: int) -> dict[str, Any]:
    """Score counts, sizes and relations, with the usual sampler and one that adds fresh noise.

    "pairs_present": by sampler, the judge's opinion of the exam's pairs.
    """
    renderer, exam = make_renderer(places), make_exam(places.setting.name, each)
    pairs = [scene for part in exam.relations.values() for scene in part]
    present = {}

    def paint_with(sampler: str) -> Callable[[list[Scene]], torch.Tensor]:
        def paint(scenes: list[Scene]) -> torch.Tensor:
            made = painter.paint([plain_prompt(s) for s in scenes], range(len(scenes)),
                                 guidance_scale=scale, sampler=sampler)
            present[sampler] = pairs_present(judge, pairs, made[-len(pairs):])
            return made

        return paint

    scores = layout_scores(load_finder(places), exam, draw=lambda s: draw_all(renderer, s),
                           paint={sampler: paint_with(sampler) for sampler in EXAMINED})
    return scores | {"pairs": len(pairs), "pairs_present": present}


def all_pairs(first: float, count: int, layout: dict[str, Any],
              sampler: str) -> tuple[float, int]:
    """Join the shares of two groups of pairs; return the share of all, in %, and their number."""
    more = layout["pairs"]
    hits = first * count + layout["pairs_present"][sampler] * more
    return round(hits / (count + more), 1), count + more


def evaluate(places: Places, model: Path, *, pictures: int, log: Log) -> dict[str, Any]:
    """Measure everything, write the sheets and the model card, and return the scores."""
    from starter_recipe.card import write_card
    from starter_recipe.eval_sheets import write_sheets

    name, many = places.setting.name, max(4, pictures // 5)
    judge, painter, renderer = load_judge(places), Painter(model), make_renderer(places)
    scale = float(painter.defaults["guidance_scale"])
    singles = held_out_scenes(name, "single", round(pictures * 0.6))
    scenes = singles + held_out_scenes(name, "headgear", pictures - len(singles))
    pairs = held_out_scenes(name, "pair", many)

    def paint(asked: list[Scene]) -> torch.Tensor:
        prompts = [plain_prompt(s) for s in asked]
        return painter.paint(prompts, range(len(asked)), guidance_scale=scale)

    made, made_pairs = paint(scenes), paint(pairs)
    scores: dict[str, Any] = {
        "sampler": painter.defaults["sampler"], "pictures": len(scenes), "pairs": len(pairs),
        "judge_on_real": accuracy(judge, scenes, draw_all(renderer, scenes)),
        "judge_on_real_pairs": pairs_present(judge, pairs, draw_all(renderer, pairs)),
        "generated": accuracy(judge, scenes, made),
        "pairs_present": pairs_present(judge, pairs, made_pairs)}
    log(f"evaluate: {json.dumps(scores)}")
    scores["layout"] = _exam(places, painter, judge, scale, max(2, round(pictures * 0.08)))
    scores["pairs_present"], scores["pairs"] = all_pairs(
        scores["pairs_present"], scores["pairs"], scores["layout"], scores["sampler"])
    log(f"evaluate: layout {json.dumps(scores['layout'])}")
    scores["psnr_db"] = round(held_out_psnr(places, min(200, 2 * pictures)), 2)
    scores["retrieval_top1_of_100"] = retrieval(places)
    scores["headgear_difference"] = headgear_difference(places)
    scores["edit"] = edited(places, judge, painter, scale, many)
    edits = scores["edit"].pop("pictures")
    scores |= speeds(places, painter)
    log(f"evaluate: {json.dumps(scores)}")
    write_sheets(places, painter, scale, {"held_out": made[:64], "pairs": made_pairs[:32],
                                          "edits": edits[:32]}, model,
                 most=pictures)
    write_card(places, model, scores, scale)
    return scores
