"""How the masked part is repainted: the choices of the Inpaint panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.engine.request import MaskFill

Area = Literal["around", "whole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InpaintOptions:
    """Frozen, so that a waiting job keeps what it was asked."""

    strength: float = 0.85  # 0 .. 1; 1 = what is under the mask does not matter
    fill: MaskFill = "original"
    area: Area = "around"
    is_soft: bool = True
    feather: int = 4  # px
    match_colour: bool = True
    overlap: int = 12  # px of the old picture repainted along an outpainted edge
