from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt

from studio.state.queue_model import DETAIL_ROLE, FRACTION_ROLE, JOB_ROLE


def test_rows_are_what_runs_and_what_waits(ready, qtbot):
    model = ready.queue_model
    ready.generation.pause(True)
    ready.form.edit(batch=2, seed=4)
    ready.session.generate()
    assert model.rowCount() == 2
    assert model.index(0).data() == "a red fox"
    assert model.index(1).data(DETAIL_ROLE) == "64 × 64 · 4 steps · seed 5"
    assert model.index(0).data(FRACTION_ROLE) is None
    assert model.index(1).data(JOB_ROLE) is ready.generation.waiting[1]
    ready.generation.pause(False)
    qtbot.waitUntil(lambda: model.rowCount() == 0)


def test_the_running_row_tells_its_progress(ready, qtbot):
    model, seen = ready.queue_model, []
    model.dataChanged.connect(lambda *_: seen.append(model.index(0).data(DETAIL_ROLE)))
    ready.form.edit(steps=200)
    ready.session.generate()
    qtbot.waitUntil(lambda: any("step" in text for text in seen))
    ready.session.stop()
    qtbot.waitUntil(lambda: model.rowCount() == 0)


def test_the_model_keeps_qts_rules(ready, qtmodeltester):
    ready.generation.pause(True)
    ready.session.generate()
    qtmodeltester.check(ready.queue_model)
    ready.session.stop_all()


@pytest.mark.parametrize(
    ("dragged", "row", "after"),
    [(0, 2, "1 0 2"), (0, -1, "1 2 0"), (0, 3, "1 2 0"), (2, 0, "2 0 1"), (2, 1, "0 2 1"),
     (1, 1, "0 1 2"), (1, 2, "0 1 2")],
)  # fmt: skip
def test_a_dragged_job_stands_where_it_was_dropped(ready, dragged, row, after):
    model, nowhere = ready.queue_model, QModelIndex()
    ready.generation.pause(True)
    for name in "012":
        ready.form.edit(prompt=name)
        ready.session.generate()
    data = model.mimeData([model.index(dragged)])
    assert model.dropMimeData(data, Qt.DropAction.MoveAction, row, 0, nowhere)
    assert " ".join(model.index(at).data() for at in range(3)) == after
    assert model.flags(model.index(0)) & Qt.ItemFlag.ItemIsDragEnabled
    ready.session.stop_all()
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, nowhere)
