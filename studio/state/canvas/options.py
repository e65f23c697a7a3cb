"""How the picture is repainted: the choices of the Repaint panel."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from studio.engine.request import MaskFill

Mode = Literal["mask", "picture"]
Area = Literal["around", "whole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InpaintOptions:
    """Frozen, so that a waiting job keeps what it was asked."""

    mode: Mode = "mask"  # repaint the masked part, or the whole picture (image to image)
    strength: float = 1.0  # of the masked part, 0 .. 1; 1 = what was there does not matter
    picture_strength: float = 0.6  # of the whole picture
    fill: MaskFill = "original"
    area: Area = "around"
    is_soft: bool = True
    feather: int = 3  # px of what the model makes
    match_colour: bool = True
    overlap: int = 12  # px of the old picture repainted along an outpainted edge

    @property
    def strength_here(self) -> float:
        """The strength of the chosen mode."""
        return self.picture_strength if self.mode == "picture" else self.strength


def to_plain(options: InpaintOptions) -> dict[str, Any]:
    """Plain JSON values for the settings and project files."""
    return {f.name: getattr(options, f.name) for f in fields(options)}


def from_plain(data: Any) -> InpaintOptions:
    """Rebuild; anything missing or strange takes its default."""
    if not isinstance(data, dict):
        return InpaintOptions()
    words = {"mode": get_args(Mode), "fill": get_args(MaskFill), "area": get_args(Area)}
    numbers: dict[str, tuple[float, float]] = {
        "strength": (0.0, 1.0), "picture_strength": (0.0, 1.0), "feather": (0, 64),
        "overlap": (0, 128),
    }  # fmt: skip
    known: dict[str, Any] = {}
    for name, value in data.items():
        if name in words and value in words[name]:
            known[name] = value
        elif name in numbers and isinstance(value, (int, float)) and not isinstance(value, bool):
            low, high = numbers[name]
            if low <= value <= high:
                known[name] = float(value) if "strength" in name else int(value)
        elif name in ("is_soft", "match_colour") and isinstance(value, bool):
            known[name] = value
    return InpaintOptions(**known)
