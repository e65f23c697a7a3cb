"""`studio classify`: share a picture out over labels, without a display."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from studio.commands.concept_options import add_clip_options, open_concepts

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "classify"
HELP = "Say which of some labels fits a picture best (zero-shot)."
BAR = 30  # characters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `studio classify`."""
    parser.add_argument("image", metavar="IMAGE", help="a picture, or a step: strip.take#12")
    parser.add_argument("labels", metavar="LABEL", nargs="+", help="e.g. cat dog 'a red car'")
    add_clip_options(parser)


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Print the shares, best first."""
    concepts = open_concepts(args, headless)
    try:
        rows = concepts.classify(args.image, args.labels)
    finally:
        concepts.close()
    headless.answer({"image": args.image, "labels": [asdict(row) for row in rows]})
    for row in rows:
        bar = "█" * round(BAR * row.share)
        headless.say(f"{row.share:6.1%}  {bar:{BAR}}  {row.label}   cosine {row.cosine:.3f}")
    return 0
