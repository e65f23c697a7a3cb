"""Make the starter model: `python packaging/starter/recipe.py all --setting small|full`.

Every stage can also be run alone; training stages resume from their checkpoints. `--minutes` is
the length of each stage in this command, `--plan-minutes` that of the whole stage (its learning
rate falls towards the end of it). `--call-minutes` ends the command after so long, wherever it is:
run the same command again until it says "all done" (status 0; 75 while there is more to do).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from starter_recipe.settings import SETTINGS, Places, Setting, prepare_device  # noqa: E402
from starter_recipe.stages import STAGES, Run, plan, run_all  # noqa: E402

DEFAULT_OUT = HERE / "out"
DEFAULT_MODEL = HERE.parent.parent / "resources" / "models" / "starter"
MORE_TO_DO = 75  # EX_TEMPFAIL: try again.


def _log(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=[*STAGES, "all", "plan", "pack", "unpack"])
    parser.add_argument("--setting", choices=list(SETTINGS), default="small")
    parser.add_argument("--minutes", type=float, help="length of this command, per stage")
    parser.add_argument("--plan-minutes", type=float, help="length of the whole stage")
    parser.add_argument("--steps", type=int,
                        help="length of the whole stage in steps instead: repeats exactly")
    parser.add_argument("--call-minutes", type=float, help="end this command after so long")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="caches and checkpoints")
    parser.add_argument("--model", type=Path,
                        help="the finished folder; without it the one that ships, or with --share "
                        "one beside the checkpoints")
    parser.add_argument("--pictures", type=int, default=500, help="generated for evaluate")
    parser.add_argument("--share", type=float, default=1.0,
                        help="part of the setting's pictures, latents and batches, to try it out "
                        "in a folder of its own")
    parser.add_argument("--save-minutes", type=float, default=2.0, help="between checkpoints")
    parser.add_argument("--compile", action="store_true", help="torch.compile the UNet")
    parser.add_argument("--keep-words", action="store_true",
                        help="clip: leave the text tower as it is (cached words stay right)")
    parser.add_argument("--export-while-training", action="store_true")
    parser.add_argument("--parcel", type=Path, help="pack, unpack: the folder of the pieces")
    return parser.parse_args(arguments)


def shrink(setting: Setting, share: float) -> Setting:
    """Return a setting with part of its data and batches, to try the commands out."""
    if share == 1:
        return setting

    def part(whole: int, least: int) -> int:
        return min(whole, max(least, round(whole * share)))

    return replace(setting, pictures=part(setting.pictures, 24), latents=part(setting.latents, 24),
                   more_latents=part(setting.more_latents, 8),
                   vae_batch=part(setting.vae_batch, 2), clip_batch=part(setting.clip_batch, 8),
                   unet_batch=part(setting.unet_batch, 4),
                   judge_batch=part(setting.judge_batch, 4))


def main(arguments: list[str]) -> int:
    """Run one stage, or all of them in order; return the exit status."""
    begin = time.monotonic()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    args = parse(arguments)
    prepare_device()
    places = Places(args.out, shrink(SETTINGS[args.setting], args.share), args.share != 1)
    # A trial leaves the checkpoints of a real run alone, and the model that ships.
    args.model = args.model or (places.work / "model" if places.is_trial else DEFAULT_MODEL)
    run = Run(places, args, _log)
    if args.call_minutes:
        run = replace(run, deadline=begin + args.call_minutes * 60)
    if args.stage == "plan":
        print(plan(run))
        return 0
    if args.stage in ("pack", "unpack"):
        from starter_recipe import parcel

        getattr(parcel, args.stage)(run.places, args.model, args.parcel, _log)
        return 0
    if args.stage != "all":
        STAGES[args.stage].run(run)
        return 0
    is_done = run_all(run)
    _log("all done" if is_done else "more to do: run the same command again")
    return 0 if is_done else MORE_TO_DO


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
