"""The canvas document: strokes, undo, memory, replacing the picture."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect

from studio.state.canvas import masks
from studio.state.canvas.brush import Brush
from studio.state.canvas.document import MASK, PAINT, PICTURE, CanvasDocument, Reference
from studio.state.canvas.stroke import Stroke
from studio.state.canvas.tiles import DeltaStore


@pytest.fixture
def document(qapp) -> CanvasDocument:
    made = CanvasDocument()
    rng = np.random.default_rng(0)
    made.open(rng.integers(0, 256, (300, 400, 3), dtype=np.uint8), "a.png")
    return made


def stroke(document: CanvasDocument, points, *, layer=MASK, text="Brush", **options) -> bool:
    brush = options.pop("brush", Brush(size=30, hardness=0.5))
    edit = document.edit(layer)
    run = Stroke(edit, brush, **options)
    for point in points:
        document.notify(layer, run.move_to(*point))
    return document.commit(text, layer, edit)


def test_one_stroke_is_one_step_and_undo_restores_every_byte(document, qtbot) -> None:
    assert stroke(document, [(40, 40), (200, 160), (390, 20)])
    after = document.mask.copy()
    assert after.max() == 255
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Brush"
    with qtbot.waitSignal(document.layer_changed) as caught:
        document.undo_stack.undo()
    assert not document.mask.any()
    assert caught.args[0] == MASK
    document.undo_stack.redo()
    assert np.array_equal(document.mask, after)


def test_the_memory_of_strokes_is_used_again_and_nothing_of_them_is_lost(document, qtbot) -> None:
    for number in range(3):  # the second comes before anything is compressed
        assert stroke(document, [(40 + 90 * number, 40), (60 + 90 * number, 200)])
        if number == 1:
            qtbot.waitUntil(lambda: not document._packing.isActive())
    after = document.mask.copy()
    for _ in range(3):
        document.undo_stack.undo()
    assert not document.mask.any()
    for _ in range(3):
        document.undo_stack.redo()
    assert np.array_equal(document.mask, after)


def test_blank_or_not_is_known_after_every_change(document) -> None:
    assert not document.has_mask()
    stroke(document, [(40, 40)])
    assert document.has_mask()
    stroke(document, [(200, 200)])
    stroke(document, [(40, 40)], is_erasing=True, brush=Brush(size=60, hardness=1.0))
    assert document.has_mask()  # the other place
    stroke(document, [(200, 200)], is_erasing=True, brush=Brush(size=60, hardness=1.0))
    assert not document.has_mask()
    document.undo_stack.undo()
    assert document.has_mask()
    document.open(np.zeros((20, 20, 3), np.uint8))
    assert not document.has_mask()
    assert not document.is_being_edited()


def test_an_edit_in_progress_is_known(document) -> None:
    edit = document.edit(MASK)
    assert document.is_being_edited()
    document.cancel(MASK, edit)
    assert not document.is_being_edited()
    edit = document.edit(MASK)
    document.open(np.zeros((20, 20, 3), np.uint8))  # whoever edits lets go of it
    assert not document.is_being_edited()


def test_many_steps_back_and_forth(document) -> None:
    rng = np.random.default_rng(1)
    states = [(document.mask.copy(), document.paint.copy())]
    for number in range(8):
        layer = (MASK, PAINT)[number % 2]
        points = rng.uniform(0, 300, (3, 2))
        stroke(document, points, layer=layer, colour=(200, 10, 90), is_erasing=number in (4, 5))
        states.append((document.mask.copy(), document.paint.copy()))
    for _ in range(2):
        for mask, paint in reversed(states[:-1]):
            document.undo_stack.undo()
            assert np.array_equal(document.mask, mask)
            assert np.array_equal(document.paint, paint)
        for mask, paint in states[1:]:
            document.undo_stack.redo()
            assert np.array_equal(document.mask, mask)
            assert np.array_equal(document.paint, paint)


def test_a_stroke_beside_the_picture_is_no_step(document) -> None:
    assert not stroke(document, [(-500, -500), (-400, -400)])
    assert document.undo_stack.count() == 0


def test_strokes_over_the_border_are_cut(document) -> None:
    assert stroke(document, [(-5, 150), (405, 150)])
    assert document.mask[150].min() > 0
    assert not document.mask[:100].any()


def test_erasing_takes_the_mask_away(document) -> None:
    document.change("Fill", MASK, masks.filled)
    stroke(document, [(100, 100)], brush=Brush(size=40, hardness=1.0), is_erasing=True)
    assert document.mask[100, 100] == 0
    assert document.mask[100, 150] == 255


def test_crossing_strokes_never_exceed_the_opacity(document) -> None:
    brush = Brush(size=30, hardness=1.0, opacity=0.5)
    stroke(document, [(50, 50), (200, 200), (200, 50), (50, 200)], brush=brush)
    assert document.mask.max() == 128


def test_paint_stays_premultiplied_and_composites(document) -> None:
    stroke(document, [(100, 100)], layer=PAINT, colour=(250, 100, 0),
           brush=Brush(size=40, hardness=0.2))  # fmt: skip
    paint = document.paint
    assert (paint[..., :3] <= paint[..., 3:]).all()
    flat = document.composite()
    assert np.abs(flat[100, 100].astype(int) - (250, 100, 0)).max() <= 1
    untouched = paint[..., 3] == 0
    assert np.array_equal(flat[untouched], document.picture[untouched])


def test_a_cancelled_edit_leaves_no_trace(document) -> None:
    edit = document.edit(MASK)
    Stroke(edit, Brush(size=50)).move_to(100, 100)
    assert document.mask.any()
    document.cancel(MASK, edit)
    assert not document.mask.any()
    assert document.undo_stack.count() == 0


def test_replacing_the_document_can_be_undone(document, qtbot) -> None:
    stroke(document, [(100, 100)])
    mask, picture = document.mask.copy(), document.picture.copy()
    with qtbot.waitSignal(document.document_replaced):
        document.replace("Extend", {PICTURE: np.full((64, 80, 3), 7, np.uint8)}, "b.png")
    assert document.mask.shape == (64, 80)
    assert document.name == "b.png"
    stroke(document, [(20, 20)])
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.name == "a.png"
    assert np.array_equal(document.mask, mask)
    assert np.array_equal(document.picture, picture)
    document.undo_stack.redo()
    document.undo_stack.redo()
    assert document.mask.shape == (64, 80)
    assert document.mask[20, 20] == 255


def test_modified_is_told(document, qtbot) -> None:
    assert not document.is_modified()
    with qtbot.waitSignal(document.modified_changed) as caught:
        stroke(document, [(100, 100)])
    assert caught.args == [True]
    document.mark_saved()
    assert not document.is_modified()
    document.undo_stack.undo()
    assert document.is_modified()


def test_references_are_undone(document) -> None:
    shown = Reference("hat.png", np.zeros((4, 4, 3), np.uint8))
    document.set_references("Add reference", (shown,))
    assert document.references == (shown,)
    document.undo_stack.undo()
    assert document.references == ()


def test_undo_memory_is_bounded_and_nothing_is_lost(qapp) -> None:
    store = DeltaStore(budget=20_000)
    document = CanvasDocument(store=store)
    rng = np.random.default_rng(2)
    document.open(np.zeros((512, 512, 3), np.uint8))
    noise = [rng.integers(0, 256, (512, 512), dtype=np.uint8) for _ in range(4)]
    for layer in noise:
        document.change("Noise", MASK, lambda _old, layer=layer: layer)
    assert store.bytes_in_memory < 20_000 + 128 * 128 + 1000
    for layer in reversed(noise):
        assert np.array_equal(document.mask, layer)
        document.undo_stack.undo()
    assert not document.mask.any()


def test_forgotten_steps_free_their_memory(document) -> None:
    store = document._store
    stroke(document, [(100, 100)])
    assert store.bytes_in_memory > 0
    document.open(np.zeros((8, 8, 3), np.uint8))
    assert store.bytes_in_memory == 0


def test_the_givers_picture_is_not_shared(document) -> None:
    given = np.zeros((20, 20, 3), np.uint8)
    document.open(given)
    given[:] = 9
    assert not document.picture.any()


def test_only_touched_pixels_are_told(document) -> None:
    told = []
    document.layer_changed.connect(lambda _name, rect: told.append(QRect(rect)))
    stroke(document, [(100, 100)], brush=Brush(size=20))
    assert told
    assert all(rect.width() < 40 for rect in told)
