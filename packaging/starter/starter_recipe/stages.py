"""The stages of the recipe in order: how each is run, when it is done, how long it takes."""

from __future__ import annotations

import json
import math
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass

from starter_recipe import RECIPE_VERSION
from starter_recipe.settings import Places, Setting
from starter_recipe.training import Length, is_finished, load_decoder, load_state, save_text

START_UP = 0.2  # Minutes a training stage needs before its first step.
Log = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """One command: where, with which options, until when."""

    places: Places
    args: Namespace
    log: Log
    deadline: float = math.inf  # on time.monotonic()

    def length(self, stage: str) -> Length:
        """Return how long a training stage lasts in this run."""
        args = self.args
        return Length(args.plan_minutes or self.places.setting.minutes[stage],
                      args.minutes or math.inf, args.steps, args.save_minutes, self.deadline)

    @property
    def minutes_left(self) -> float:
        """Minutes until this command should end."""
        return (self.deadline - time.monotonic()) / 60


@dataclass(frozen=True)
class Stage:
    """One stage. is_done: nothing is left to do; is_training: it can stop and go on anywhere."""

    run: Callable[[Run], None]
    is_done: Callable[[Run], bool]
    is_training: bool = False


def _sprites(run: Run) -> None:
    from starter_recipe.sprites import build_sprites

    path = run.places.sprites
    missing = build_sprites(path)
    run.log(f"sprites: {path} ({path.stat().st_size >> 10} KiB), missing: {missing or 'none'}")


def _world(run: Run) -> None:
    from starter_recipe.pictures import draw_all, make_renderer, scene_list
    from starter_recipe.scenes import world
    from starter_recipe.sheets import save_sheet

    places = run.places
    scenes = scene_list(world(places.setting.name), 64)
    pictures = draw_all(make_renderer(places), scenes).cpu()
    save_sheet(pictures, places.work / "world.png", 8)
    text = "\n".join(f"{i:2} {scene.caption}" for i, scene in enumerate(scenes))
    save_text(text + "\n", places.work / "world.txt")
    run.log(f"world: {places.work / 'world.png'}; first caption: {scenes[0].caption}")


def _tokenizer(run: Run) -> None:
    from starter_recipe.tokenizer import build_tokenizer, save_tokenizer

    tokenizer = build_tokenizer(run.places.sprites, run.places.setting.vocabulary)
    save_tokenizer(tokenizer, run.places.work / "tokenizer")
    run.log(f"tokenizer: {len(tokenizer)} tokens")


def _vae(run: Run) -> None:
    from starter_recipe.vae import held_out_psnr, train_vae

    train_vae(run.places, run.length("vae"), run.log)
    run.log(f"vae: held-out PSNR {held_out_psnr(run.places):.2f} dB")


def _decoder(run: Run) -> None:
    from starter_recipe.vae import held_out_psnr, train_vae

    train_vae(run.places, run.length("decoder"), run.log, decoder_only=True)
    run.log(f"decoder: held-out PSNR {held_out_psnr(run.places):.2f} dB")


def _clip(run: Run) -> None:
    from starter_recipe.clip import train_clip

    train_clip(run.places, run.length("clip"), run.log, keep_words=run.args.keep_words)


def _latents(run: Run) -> None:
    from starter_recipe.latents import cache_latents
    from starter_recipe.pictures import forget_pictures

    forget_pictures()
    run.log(f"latents: {tuple(cache_latents(run.places).latents.shape)}")
    save_text(_made_of(run, "vae", "clip"), run.places.work / "latents.json")


def _unet(run: Run) -> None:
    from starter_recipe.unet import train_unet

    export = (lambda: _export(run)) if run.args.export_while_training else None
    train_unet(run.places, run.length("unet"), run.log, compiled=run.args.compile, on_save=export)


def _judge(run: Run) -> None:
    from starter_recipe.judge import train_judge

    train_judge(run.places, run.length("judge"), run.log)


def _finder(run: Run) -> None:
    from starter_recipe.finder import train_finder

    train_finder(run.places, run.length("finder"), run.log)


def _export(run: Run) -> None:
    from starter_recipe.export import export_model

    export_model(run.places, run.args.model)
    save_text(_made_of(run, *EXPORTED), run.places.work / "export.json")
    run.log(f"export: {run.args.model}")


def _evaluate(run: Run) -> None:
    from starter_recipe.evaluate import evaluate

    evaluate(run.places, run.args.model, pictures=run.args.pictures, log=run.log)
    save_text(_made_of(run, *EXPORTED, "judge", "finder"), run.places.work / "evaluate.json")


EXPORTED = ("vae", "clip", "unet", "decoder")


def _made_of(run: Run, *stages: str) -> str:
    """Name what a result was made of, so that a later command can tell whether it is stale."""
    steps = {stage: (load_state(run.places.checkpoint(stage)) or {}).get("step")
             for stage in stages}
    setting = run.places.setting
    return json.dumps({"recipe": RECIPE_VERSION, "steps": steps,
                       "latents": setting.latents + setting.more_latents})


def _is_made(run: Run, name: str, *stages: str) -> bool:
    path = run.places.work / f"{name}.json"
    return path.exists() and path.read_text(encoding="utf-8") == _made_of(run, *stages)


def _is_sharpened(run: Run) -> bool:
    paths = run.places.checkpoint("decoder"), run.places.checkpoint("vae")
    return load_decoder(*paths) is not None and is_finished(paths[0], run.length("decoder"))


def _trains(run: Callable[[Run], None], name: str) -> Stage:
    return Stage(run, lambda r: is_finished(r.places.checkpoint(name), r.length(name)), True)


STAGES: dict[str, Stage] = {
    # Made once, perhaps on another machine, which has the fonts.
    "sprites": Stage(_sprites, lambda r: r.places.sprites.exists()),
    "world": Stage(_world, lambda r: (r.places.work / "world.txt").exists()),
    "tokenizer": Stage(_tokenizer,
                       lambda r: (r.places.work / "tokenizer" / "tokenizer.json").exists()),
    "vae": _trains(_vae, "vae"),
    "clip": _trains(_clip, "clip"),
    "latents": Stage(_latents, lambda r: _is_made(r, "latents", "vae", "clip")),
    "unet": _trains(_unet, "unet"),
    "decoder": Stage(_decoder, _is_sharpened, True),
    "judge": _trains(_judge, "judge"),
    "finder": _trains(_finder, "finder"),
    "export": Stage(_export, lambda r: _is_made(r, "export", *EXPORTED)
                    and (r.args.model / "model_index.json").exists()),
    "evaluate": Stage(_evaluate, lambda r: _is_made(r, "evaluate", *EXPORTED, "judge", "finder")
                      and (r.args.model / "model_card.json").exists()),
}


def run_all(run: Run) -> bool:
    """Run every stage that is not done, in order; return whether all are done.

    A stage that does not fit into what is left of this command's time is left to the next one.
    """
    minutes, has_worked = run.places.setting.minutes, False
    for name, stage in STAGES.items():
        if stage.is_done(run):
            continue
        need = 2 * START_UP if stage.is_training else minutes[name]
        if has_worked and run.minutes_left < need:
            run.log(f"{name}: next time; run the same command again")
            return False
        begin = time.monotonic()
        state = load_state(run.places.checkpoint(name)) if stage.is_training else None
        run.log(f"{name}: goes on from step {state['step']}" if state else f"{name}: begins")
        stage.run(run)
        has_worked = True
        run.log(f"{name}: {(time.monotonic() - begin) / 60:.2f} minutes in this run")
        if not stage.is_done(run):
            run.log(f"{name}: not done yet; run the same command again")
            return False
    return True


def planned_minutes(setting: Setting) -> float:
    """Return what all stages take together, their start-ups with them."""
    starts = sum(stage.is_training for stage in STAGES.values()) * START_UP
    return sum(setting.minutes.values()) + starts


def plan(run: Run) -> str:
    """Return a table of the stages, their planned minutes, and what is done."""
    minutes = run.places.setting.minutes
    rows = [f"{name:10} {minutes[name]:6.1f} min  {'done' if stage.is_done(run) else ''}"
            for name, stage in STAGES.items()]
    total = planned_minutes(run.places.setting)
    return "\n".join([*rows, f"{'all':10} {total:6.1f} min with start-ups"])
