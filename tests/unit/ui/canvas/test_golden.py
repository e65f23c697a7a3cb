"""The mask as it is drawn, against stored pictures: zooms 0.5, 1, 2; pixel ratios 1 and 2.

To renew them after a wanted change: STUDIO_RENEW_GOLDEN=1 pytest <this file>, then look at them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

GOLDEN = Path(__file__).parents[3] / "golden" / "canvas"
TOLERANCE = 2  # of 255; rasterisers differ in the last bit

SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from PySide6.QtWidgets import QApplication
from studio.state.canvas.brush import Brush
from studio.state.canvas.document import MASK, PAINT, CanvasDocument
from studio.state.canvas.stroke import Stroke
from studio.state.canvas.toolbox import Overlay
from studio.ui.canvas.layers import LayerStack
from studio.ui.canvas.view import CanvasView
from tests.unit.ui.canvas.stage import a_picture

app = QApplication([])
document = CanvasDocument()
document.open(a_picture(160, 120))
for layer, points, brush in (
    (MASK, [(40, 40), (110, 70)], Brush(size=30, hardness=0.3)),
    (MASK, [(120, 100), (140, 100)], Brush(size=12, hardness=1.0, opacity=0.5)),
    (PAINT, [(20, 100), (60, 90)], Brush(size=8, hardness=1.0)),
):
    edit = document.edit(layer)
    stroke = Stroke(edit, brush, colour=(255, 255, 255))
    for point in points:
        stroke.move_to(*point)
    document.commit("", layer, edit)
view = CanvasView()
view.resize(200, 150)
view.set_scene(LayerStack(document, Overlay()))
view.zoom_chip.setMaximumSize(0, 0)
view.show()
for zoom in (0.5, 1.0, 2.0):
    view.set_zoom(zoom)
    view.zoom_chip.hide()
    view.grab().save(str(Path(sys.argv[1]) / f"mask-{zoom}-{sys.argv[2]}.png"))
"""


def draw(folder: Path, ratio: int) -> None:
    environment = os.environ | {"QT_SCALE_FACTOR": str(ratio), "QT_QPA_PLATFORM": "offscreen"}
    root = str(Path(__file__).parents[4])
    subprocess.run([sys.executable, "-c", SCRIPT, str(folder), str(ratio)], check=True, cwd=root,
                   env=environment, timeout=120, capture_output=True)  # fmt: skip


@pytest.mark.golden
@pytest.mark.parametrize("ratio", [1, 2])
def test_the_mask_is_drawn_as_in_the_stored_pictures(tmp_path, ratio) -> None:
    draw(tmp_path, ratio)
    if os.environ.get("STUDIO_RENEW_GOLDEN"):
        GOLDEN.mkdir(parents=True, exist_ok=True)
        for path in tmp_path.glob("*.png"):
            (GOLDEN / path.name).write_bytes(path.read_bytes())
    for zoom in (0.5, 1.0, 2.0):
        name = f"mask-{zoom}-{ratio}.png"
        ours = np.asarray(Image.open(tmp_path / name).convert("RGB")).astype(int)
        stored = np.asarray(Image.open(GOLDEN / name).convert("RGB")).astype(int)
        assert ours.shape == stored.shape == (150 * ratio, 200 * ratio, 3)
        assert np.abs(ours - stored).max() <= TOLERANCE, name
