from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from studio.ui.details_panel import DetailsPanel, facts


@pytest.fixture
def panel(ready, shown, qtbot):
    ready.form.edit(prompt="a <b>red</b> fox", negative_prompt="blur", seed=5, steps=3)
    ready.session.generate()
    qtbot.waitUntil(lambda: ready.history.rowCount() == 1)
    made = shown(DetailsPanel(ready), 300, 600)
    ready.form.edit(prompt="other", seed=9)
    return made


def test_a_chosen_picture_is_put_into_words(panel, ready, qtbot):
    ready.show_picture(ready.history.picture(0))
    texts = [label.text() for label in panel.findChildren(QLabel)]
    assert "a <b>red</b> fox" in texts
    assert "blur" in texts
    qtbot.waitUntil(lambda: not panel._preview.pixmap().isNull())
    assert dict(facts(ready.history.picture(0)))["Size"] == "64 × 64 px"


def test_the_small_picture_is_that_of_the_facts(panel, ready, qtbot, monkeypatch):
    """The newest wish is answered first: of two, the older one's picture came last and stayed."""
    first = ready.history.picture(0)
    second, lost = (replace(first, path=Path(name)) for name in ("second", "lost"))
    grey = {first.path: 10, second.path: 200}
    monkeypatch.setattr(ready.library.thumbnails, "get",
                        lambda path: np.full((8, 8, 3), grey[path], np.uint8))  # fmt: skip
    jobs = []
    ready.background.job_changed.connect(jobs.append)
    ready.background.pause(True)
    for picture in (first, second):
        panel.show_picture(picture)
    ready.background.pause(False)
    qtbot.waitUntil(lambda: jobs and all(job.state.is_over for job in jobs))
    assert panel._preview.pixmap().toImage().pixelColor(2, 2).red() == 200
    panel.show_picture(lost)
    qtbot.waitUntil(lambda: all(job.state.is_over for job in jobs))
    assert panel._preview.pixmap().isNull()


@pytest.mark.parametrize(("name", "prompt", "seed"), [
    ("detailsUseSeedButton", "other", 5), ("detailsUsePromptButton", "a <b>red</b> fox", 9),
    ("detailsUseAllButton", "a <b>red</b> fox", 5),
])  # fmt: skip
def test_its_settings_are_used_again(panel, ready, name, prompt, seed):
    ready.show_picture(ready.history.picture(0))
    panel.findChild(QPushButton, name).click()
    assert (ready.form.request.prompt, ready.form.request.seed) == (prompt, seed)


def test_large_is_asked_for(panel, ready, qtbot):
    ready.show_picture(ready.history.picture(0))
    with qtbot.waitSignal(ready.history.large_wanted):
        panel.findChild(QPushButton, "detailsLargeButton").click()
