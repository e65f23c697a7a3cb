"""Write the model card: what the model is, what was measured, what it misses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starter_recipe import RECIPE_VERSION
from starter_recipe.clip import load_clip
from starter_recipe.evaluate import EDIT_STRENGTH
from starter_recipe.scenes import HELD_OUT_FRACTION, world
from starter_recipe.settings import Places, describe
from starter_recipe.training import load_state, save_text

SEEDS = {"vae": 1, "decoder": 1, "clip": 2, "unet": 3, "judge": 4, "finder": 5}
# What is measured: (row, path in the scores, ship at least, aim, unit).
ROWS: list[tuple[str, tuple[str, ...], float, float, str]] = [
    ("object named rightly", ("generated", "object"), 70, 90, "%"),
    ("backdrop named rightly", ("generated", "backdrop"), 85, 95, "%"),
    ("headgear named rightly", ("generated", "headgear"), 60, 85, "%"),
    ("both objects of two-object prompts present", ("pairs_present",), 40, 75, "%"),
    ("VAE PSNR on held-out scenes", ("psnr_db",), 27, 32, "dB"),
    ("CLIP caption retrieval, top-1 of 100", ("retrieval_top1_of_100",), 85, 97, "%"),
    ("headgear word first for with − without", ("headgear_difference",), 80, 97, "%"),
    ("embedding + (hat − no hat): hat and same head", ("edit", "hat_and_same"), 50, 85, "%"),
    ("20 DPM++ 2M steps with CFG at 256×256", ("seconds_256",), 8, 4, "s"),
]

TEXT = """# Starter · emoji scenes

A small text-to-image model in the Stable Diffusion layout of diffusers, trained from nothing by
`packaging/starter/recipe.py` (recipe {version}, setting *{setting}*). It draws emoji-like scenes
at {px}×{px} pixels. It knows {objects} things and heads, {backdrops} backdrops and
{headgear} kinds of headgear, and nothing else: other words give something, not an error.

![64 fixed prompts, seeds 0 to 63](samples.jpg)

## Measured

On combinations (object × backdrop × headgear) that training never saw, {share} in 100 of all,
with a classifier trained on real renders only (on real pictures of the same scenes it names
{judge[object]} % of objects, {judge[backdrop]} % of backdrops, {judge[headgear]} % of headgear,
both of two objects in {judge_pairs} %). {pictures} single-object and headgear pictures and {pairs}
two-object pictures, those of the table below among them; seeds 0, 1, 2, …; {sampler}, 20 steps,
guidance {scale}; bfloat16 products.

| | measured | ship at least | aim |
|---|---|---|---|
{table}

{misses}

Times are the best of three in float32, as the studio computes on CPUs, on {threads} of
{cpus} threads ({device}; on one CPU thread, seconds of the process itself); with bfloat16 products
the 256×256 picture took {seconds_256_bfloat16} s, and one at the native size, in float32,
{seconds_native} s. Other work may have been running, so times are upper bounds. Captions to be
retrieved say counts, sizes and relations too. `model_card.json` has every number.

### Counts, sizes, relations

Scored by a small detector, which says what lies where and how big. It was trained on real renders
only, six in ten of them random layouts that are not the world's; {each} held-out prompts in each
row, the same sampling as above. "On real" is its verdict on real renders of the same scenes: how
far it can be trusted. Real renders with the two things exchanged it called right in
{exchanged}.

{layout}

A count is right when exactly so many things are found, all of the kind asked for (in brackets: so
many of whatever kind). A size is right when one thing is found and its size is nearest to the one
meant. A relation is right when both things are found and stand as asked (in brackets: of the
pictures that show both).

## Training

{training}
All seeds are fixed in the recipe (1 VAE, 2 CLIP, 3 UNet, 4 classifier, 5 detector); lengths are
wall-clock minutes, so a second run gives another model of the same kind (with `--steps` instead of
minutes, the same one on the same machine).{history}

## Limits

Counts, big things and relations are the weak side (see the table): one of two objects is
sometimes doubled, and where things stand is often ignored. A sampler that adds fresh noise, such as
DPM++ 2M SDE, helps; what they would need, probably, is more training of the UNet. Small and
fine things (guitar strings, whiskers) are soft. Pictures larger than the native size repeat
objects.
Classifier and detector were trained with blur and noise on real renders, so they forgive softness.
The difference "with − without headgear" is trained for directly (on training combinations), and
measured on held-out ones.

## Parts

- `unet`, `vae`, `text_encoder`, `tokenizer`, `scheduler`: a plain
  `StableDiffusionPipeline.from_pretrained` loads and runs them. v-prediction, trailing spacing,
  eight latent channels, factor 8.
- `open_clip`: the CLIP whose text tower is the `text_encoder` (same weights). Tokenise with the
  `tokenizer` folder, padded to 77 with the end token. Pictures: 128×128, (x − 0.5) / 0.5.
- `clip_projection`: the entry for CLIP embeddings. `weight` is [D, D]; for unit vectors
  e [B, D] append `(e @ weight.T)[:, None, :]` to the words' hidden states [B, 77, D] as a 78th
  position. For the unconditional half append zeros (`0 @ weight.T`), or leave the position out.
  Measured edit: normalise(picture + {strength} · normalise(text("hat") − text("no hat"))), empty
  prompt.
- `studio.json`: recommended settings.

## Licences

Weights: Apache-2.0, as this repository. The training pictures are made from Noto Color Emoji
(SIL Open Font License 1.1) and named with Unicode CLDR (Unicode License v3); see
`packaging/starter/NOTICES.md`.
"""


def _value(scores: dict[str, Any], path: tuple[str, ...]) -> float:
    value: Any = scores
    for key in path:
        value = value[key]
    return float(value)


def _is_met(name: str, value: float, bound: float) -> bool:
    return value <= bound if "steps" in name else value >= bound


def table_and_misses(scores: dict[str, Any]) -> tuple[str, str]:
    """Return the table's rows and a plain sentence about what falls short."""
    lines, missed = [], []
    for name, path, least, aim, unit in ROWS:
        value = _value(scores, path)
        lines.append(f"| {name} | **{value:g} {unit}** | {least:g} | {aim:g} |")
        if not _is_met(name, value, least):
            missed.append(f"{name} ({value:g} {unit}, wanted {least:g})")
    if not missed:
        return "\n".join(lines), "Every \"ship at least\" bound is met."
    return "\n".join(lines), "Falls short of \"ship at least\": " + "; ".join(missed) + "."


def layout_text(layout: dict[str, Any]) -> str:
    """Return the table of counts, sizes and relations, one column for each sampler."""
    made, real = layout["generated"], layout["finder_on_real"]
    lines = ["| asked for | " + " | ".join(made) + " | on real |", "|---" * (len(made) + 2) + "|"]

    def row(asked: str, cell: Callable[[dict[str, Any]], str], trust: float) -> None:
        cells = [cell(scores) for scores in made.values()]
        lines.append(" | ".join([f"| {asked}", *cells, f"{trust:g} % |"]))

    for number, trusted in real["counts"].items():
        row(f"{number} of a thing", lambda s, n=number: (  # type: ignore[misc]
            f"**{s['counts'][n]['number_and_object']:g} %** ({s['counts'][n]['number']:g} %)"),
            trusted["number_and_object"])
    for name, trusted in real["sizes"].items():
        row(f"a {name} thing", lambda s, n=name: f"**{s['sizes'][n]:g} %**",  # type: ignore[misc]
            trusted)
    for name, trusted in real["relations"].items():
        row(f"A {name} B", lambda s, n=name: _relation(s["relations"][n]),  # type: ignore[misc]
            trusted["right"])
    return "\n".join(lines)


def _relation(got: dict[str, Any]) -> str:
    share = "–" if got["right_of_both"] is None else f"{got['right_of_both']:g} %"
    return f"**{got['right']:g} %** ({share})"


def exchanged_text(layout: dict[str, Any]) -> str:
    """Say how often exchanged pairs were called right."""
    return ", ".join(f"{share:g} % ({name})"
                     for name, share in layout["exchanged_called_right"].items())


def training_text(places: Places) -> tuple[str, dict[str, dict[str, float]]]:
    """Say how long each stage was trained."""
    stages: dict[str, dict[str, float]] = {}
    for stage in ("vae", "decoder", "clip", "unet", "judge", "finder"):
        state = load_state(places.checkpoint(stage))
        if state:
            stages[stage] = {"steps": state["step"], "minutes": round(state["seconds"] / 60, 1)}
    setting = places.setting
    batch = {"vae": setting.vae_batch, "decoder": setting.vae_batch, "clip": setting.clip_batch,
             "unet": setting.unet_batch, "judge": setting.judge_batch,
             "finder": setting.judge_batch}
    lines = [f"- {name}: {done['minutes']} minutes, {done['steps']:.0f} steps of {batch[name]}"
             for name, done in stages.items()]
    return "\n".join(lines) + "\n", stages


def _readme(places: Places, scores: dict[str, Any], scale: float, training: str) -> str:
    w, layout = world(places.setting.name), scores["layout"]
    table, misses = table_and_misses(scores)
    history = places.work / "history.txt"  # What was special about a run, in plain words.
    told = "\n\n" + history.read_text(encoding="utf-8").strip() if history.exists() else ""
    return TEXT.format(
        version=RECIPE_VERSION, setting=places.setting.name, px=places.setting.picture_px,
        objects=len(w.subjects), backdrops=len(w.backdrops), headgear=len(w.headgear),
        share=round(100 * HELD_OUT_FRACTION), judge=scores["judge_on_real"],
        judge_pairs=scores["judge_on_real_pairs"], scale=scale, table=table, misses=misses,
        training=training, strength=EDIT_STRENGTH, layout=layout_text(layout), history=told,
        exchanged=exchanged_text(layout), each=layout["each"],
        **{key: scores[key] for key in ("sampler", "pictures", "pairs", "threads", "cpus", "device",
                                        "seconds_native", "seconds_256_bfloat16")})


def write_card(places: Places, model: Path, scores: dict[str, Any], scale: float) -> None:
    """Write README.md and model_card.json into the model folder."""
    w = world(places.setting.name)
    training, stages = training_text(places)
    save_text(_readme(places, scores, scale, training), model / "README.md")
    clip, tokenizer = load_clip(places)
    save_text(json.dumps({
        "recipe_version": RECIPE_VERSION, "setting": describe(places.setting), "scores": scores,
        "guidance_scale": scale, "training": stages, "seeds": SEEDS,
        "vocabulary": len(tokenizer), "clip_width": clip.text_projection.shape[1],
        "world": {"objects": w.objects, "heads": w.heads, "headgear": w.headgear,
                  "backdrops": w.backdrops},
    }, indent=2, ensure_ascii=False) + "\n", model / "model_card.json")
