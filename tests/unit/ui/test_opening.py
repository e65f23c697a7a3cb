from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from studio.ui.opening import Opener
from tests.unit.ui.test_main_window import window  # noqa: F401 - the fixture


@pytest.fixture
def opener(window):  # noqa: F811
    return Opener(window)


def last(opener):
    cards = opener._window.centre.messages.cards
    return cards[-1].message if cards else None


def test_our_own_picture_brings_its_settings_and_undo_takes_them_back(opener, ready, qtbot):
    ready.form.edit(prompt="first", seed=3)
    ready.session.generate()
    qtbot.waitUntil(lambda: ready.history.rowCount() == 1)
    ready.form.edit(prompt="second", seed=4)
    opener.open([ready.history.picture(0).path])
    qtbot.waitUntil(lambda: ready.form.request.prompt == "first")
    assert ready.form.request.seed == 3
    last(opener).action.run()
    assert (ready.form.request.prompt, ready.form.request.seed) == ("second", 4)


def test_a_drop_on_the_window_reaches_it(opener, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "<b>odd.xyz"))])
    drop = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                      Qt.KeyboardModifier.NoModifier)  # fmt: skip
    opener._window.dropEvent(drop)
    assert last(opener).text.startswith("<b>odd.xyz is nothing")


def test_a_picture_without_settings_says_so(opener, tmp_path, qtbot):
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "<b>plain.png")
    opener.open([tmp_path / "<b>plain.png"])
    qtbot.waitUntil(lambda: last(opener) is not None)
    assert last(opener).text.startswith("<b>plain.png holds no settings")


def test_other_files_are_refused_in_words(opener, tmp_path):
    opener.open([tmp_path / "x.exe"])
    assert last(opener).text.startswith("x.exe is nothing that the studio opens")
    opener.open([])
    assert last(opener).text.startswith("That is nothing")
