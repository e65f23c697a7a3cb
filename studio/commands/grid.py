"""`studio grid`: one, two or three settings against each other, on one labelled sheet."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.commands.generate import kept, maker
from studio.commands.options import add_request_options, request_from, worded
from studio.commands.outputs import add_overwrite_option, check_output, still_free
from studio.engine.models import catalog
from studio.engine.request import GenerationRequest, Pixels, validate
from studio.lab.grid import PARAMETERS, Axis, Cell, cells, parse_axis
from studio.lab.grid_picture import compose
from studio.library.metadata import write_png
from studio.library.store import write_atomic

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "grid"
HELP = "Make a grid of pictures over one, two or three settings."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The axes, the settings that stay, and where the sheet goes."""
    names = ", ".join(PARAMETERS)
    parser.add_argument("prompt", metavar="PROMPT")
    parser.add_argument("--x", required=True, metavar="AXIS",
                        help=f"across: name=value,value or name=1..6; names: {names}")  # fmt: skip
    parser.add_argument("--y", metavar="AXIS", help="down")
    parser.add_argument("--z", metavar="AXIS", help="from sheet to sheet")
    add_request_options(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.png")
    add_overwrite_option(parser)


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Make every cell, keep each in the library, write the sheet; 0 when done."""
    check_output(args, "out", {".png"})
    axes = [parse_axis(text) for text in (args.x, args.y, args.z) if text]
    request = request_from(args, headless.engine(), prompt=args.prompt)
    wanted = [replace(cell, request=worded(headless, cell.request))
              for cell in cells(request, axes)]  # fmt: skip
    known = headless.engine().models()
    for cell in wanted:  # all, before the first is made
        model = catalog.find(known, cell.request.model)
        validate(cell.request, multiple_of=model.multiple_of)
    make = maker(headless, headless.library())
    began = time.perf_counter()
    pictures: dict[tuple[int, int, int], Pixels] = {}
    facts: list[dict[str, Any]] = []
    try:
        for number, cell in enumerate(wanted):
            headless.progress(f"Picture {number + 1} of {len(wanted)}")
            work = make(cell.request, headless.stop)
            saved = kept(headless, work, cell.request)
            pictures[cell.column, cell.row, cell.sheet] = saved.picture
            facts.append({"column": cell.column, "row": cell.row, "sheet": cell.sheet,
                          "path": str(saved.path), "seed": cell.request.seed})  # fmt: skip
    finally:
        if pictures:  # also a grid that is stopped leaves what it has
            write_sheet(still_free(args, args.out), pictures, axes, request, wanted)
    seconds = time.perf_counter() - began
    headless.say(f"{args.out}   {len(wanted)} pictures   {seconds:.1f} s")
    headless.answer({"path": str(args.out), "cells": facts, "seed": request.seed,
                     "seconds": seconds})  # fmt: skip
    return 0


def write_sheet(
    path: Path, pictures: dict[tuple[int, int, int], Pixels], axes: list[Axis],
    request: GenerationRequest, wanted: list[Cell],
) -> None:  # fmt: skip
    """Write the sheet as far as it is. Raises SaveFailed."""
    sheet = compose(pictures, axes, title=request.prompt)
    about = {"grid": {"axes": [{"name": axis.name, "values": list(axis.values)} for axis in axes],
                      "pictures": len(wanted)}}  # fmt: skip
    write_atomic(path, write_png(sheet, request, about))
