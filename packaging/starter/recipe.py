"""Make the starter model: `python packaging/starter/recipe.py STAGE --setting small|full`.

Stages: sprites, world, tokenizer, vae, clip, latents, unet, decoder, judge, export, evaluate, all.
Every training stage resumes from its checkpoint. `--minutes` is the length of this command,
`--plan-minutes` the length of the whole stage (its learning rate falls towards the end of it).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from starter_recipe.settings import SETTINGS, Places  # noqa: E402

DEFAULT_OUT = HERE / "out"
DEFAULT_MODEL = HERE.parent.parent / "resources" / "models" / "starter"


def _log(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def _sprites(places: Places, _: argparse.Namespace) -> None:
    from starter_recipe.sprites import build_sprites

    missing = build_sprites(places.sprites)
    _log(f"sprites: {places.sprites} ({places.sprites.stat().st_size >> 10} KiB), "
         f"missing: {missing or 'none'}")


def _world(places: Places, _: argparse.Namespace) -> None:
    from starter_recipe.pictures import training_pictures
    from starter_recipe.sheets import world_sheet

    pictures, scenes = training_pictures(places)
    world_sheet(pictures[:64], places.work / "world.png")
    _log(f"world: {len(pictures)} pictures; first caption: {scenes[0].caption}")


def _tokenizer(places: Places, _: argparse.Namespace) -> None:
    from starter_recipe.tokenizer import build_tokenizer, save_tokenizer

    tokenizer = build_tokenizer(places.sprites, places.setting.vocabulary)
    save_tokenizer(tokenizer, places.work / "tokenizer")
    _log(f"tokenizer: {len(tokenizer)} tokens")


def _vae(places: Places, args: argparse.Namespace) -> None:
    from starter_recipe.vae import held_out_psnr, train_vae

    train_vae(places, *_lengths(places, args, "vae"), _log)
    _log(f"vae: held-out PSNR {held_out_psnr(places):.2f} dB")


def _decoder(places: Places, args: argparse.Namespace) -> None:
    from starter_recipe.vae import held_out_psnr, train_vae

    train_vae(places, *_lengths(places, args, "decoder"), _log, decoder_only=True)
    _log(f"decoder: held-out PSNR {held_out_psnr(places):.2f} dB")


def _clip(places: Places, args: argparse.Namespace) -> None:
    from starter_recipe.clip import train_clip

    train_clip(places, *_lengths(places, args, "clip"), _log, keep_words=args.keep_words)


def _latents(places: Places, _: argparse.Namespace) -> None:
    from starter_recipe.latents import cache_latents

    _log(f"latents: {tuple(cache_latents(places).latents.shape)}")


def _unet(places: Places, args: argparse.Namespace) -> None:
    from starter_recipe.unet import train_unet

    export = (lambda: _export(places, args)) if args.export_while_training else None
    train_unet(places, *_lengths(places, args, "unet"), _log, compiled=args.compile,
               save_minutes=args.save_minutes, on_save=export)


def _judge(places: Places, args: argparse.Namespace) -> None:
    from starter_recipe.judge import train_judge

    train_judge(places, *_lengths(places, args, "judge"), _log)


def _export(places: Places, args: argparse.Namespace) -> None:
    from starter_recipe.export import export_model

    export_model(places, args.model)
    _log(f"export: {args.model}")


def _evaluate(places: Places, args: argparse.Namespace) -> None:
    from starter_recipe.evaluate import evaluate

    evaluate(places, args.model, pictures=args.pictures, log=_log)


STAGES: dict[str, Callable[[Places, argparse.Namespace], None]] = {
    "sprites": _sprites, "world": _world, "tokenizer": _tokenizer, "vae": _vae, "clip": _clip,
    "latents": _latents, "unet": _unet, "decoder": _decoder, "judge": _judge, "export": _export,
    "evaluate": _evaluate,
}


def _lengths(places: Places, args: argparse.Namespace, stage: str) -> tuple[float, float]:
    """Return this run's minutes and the plan's minutes."""
    plan = args.plan_minutes or places.setting.minutes[stage]
    return args.minutes or plan, plan


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=[*STAGES, "all"])
    parser.add_argument("--setting", choices=list(SETTINGS), default="small")
    parser.add_argument("--minutes", type=float, help="length of this command, per stage")
    parser.add_argument("--plan-minutes", type=float, help="length of the whole stage")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="caches and checkpoints")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="the finished folder")
    parser.add_argument("--pictures", type=int, default=500, help="generated for evaluate")
    parser.add_argument("--share", type=float, default=1.0,
                        help="part of the setting's pictures and latents, to try things out")
    parser.add_argument("--save-minutes", type=float, default=5.0)
    parser.add_argument("--compile", action="store_true", help="torch.compile the UNet")
    parser.add_argument("--keep-words", action="store_true",
                        help="clip: leave the text tower as it is (cached words stay right)")
    parser.add_argument("--export-while-training", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    """Run one stage, or all of them in order."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    args = parse(arguments)
    setting = SETTINGS[args.setting]
    setting = replace(setting, pictures=max(8, round(setting.pictures * args.share)),
                      latents=max(8, round(setting.latents * args.share)))
    places = Places(args.out, setting)
    for stage in STAGES if args.stage == "all" else [args.stage]:
        if stage == "sprites" and args.stage == "all" and places.sprites.exists():
            continue  # Made already, perhaps on a machine that has the fonts.
        STAGES[stage](places, args)


if __name__ == "__main__":
    main(sys.argv[1:])
