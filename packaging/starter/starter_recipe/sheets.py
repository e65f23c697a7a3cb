"""Put pictures side by side into sheets to look at."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image

GAP = 2


def save_sheet(pictures: torch.Tensor, path: Path, columns: int, background: int = 255) -> None:
    """Write uint8 pictures [N, 3, H, W] as a grid. The file name's ending chooses the format."""
    count, _, height, width = pictures.shape
    rows = -(-count // columns)
    sheet = Image.new("RGB", (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP),
                      (background,) * 3)
    for i, picture in enumerate(pictures):
        tile = Image.fromarray(picture.permute(1, 2, 0).numpy())
        sheet.paste(tile, (i % columns * (width + GAP), i // columns * (height + GAP)))
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jpg":
        sheet.save(path, quality=90)
    else:
        sheet.save(path, optimize=True)
