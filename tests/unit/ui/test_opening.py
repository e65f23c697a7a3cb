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


def write_png(path):
    from PIL import Image

    Image.new("RGB", (8, 8)).save(path)
    return path


@pytest.mark.parametrize(
    ("name", "words", "hint"),
    [
        ("x.safetensors", "is a model file or a LoRA", "models folder"),
        ("x.CKPT", "old format that can run code", ".safetensors"),
        ("x.pt", "old format that can run code", ".safetensors"),
    ],
)
def test_model_files_are_sent_to_their_folder(opener, tmp_path, name, words, hint):
    opener.open([tmp_path / name])
    assert words in last(opener).text
    assert hint in last(opener).hint
    assert last(opener).action.text == "Open the models folder"


def test_folders_are_told_apart(opener, tmp_path):
    opener.open([tmp_path])
    assert "is a folder" in last(opener).text
    (tmp_path / "model_index.json").write_text("{}")
    opener.open([tmp_path])
    assert "is a model." in last(opener).text
    (tmp_path / "odd.png").mkdir()
    opener.open([tmp_path / "odd.png"])
    assert "odd.png is a folder" in last(opener).text


def test_a_model_that_is_not_here_stays_unchosen_and_is_named(opener, ready, tmp_path, qtbot):
    from PIL import Image, PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat\nSteps: 12, Sampler: Euler, CFG scale: 7, Seed: 5, "
                  "Size: 64x64, Model: somebodyElses")  # fmt: skip
    Image.new("RGB", (64, 64)).save(tmp_path / "theirs.png", pnginfo=info)
    before = ready.form.request.model
    opener.open([tmp_path / "theirs.png"])
    qtbot.waitUntil(lambda: ready.form.request.prompt == "a cat")
    assert ready.form.request.model == before
    assert "somebodyElses" in last(opener).hint
    assert ready.form.request.steps == 12


def test_what_was_opened_is_offered_again(opener, ready, tmp_path, qtbot):
    one, two = write_png(tmp_path / "one.png"), write_png(tmp_path / "two.png")
    for path in (one, two, one):
        opener.open([path])
    assert opener.recent() == [one, two]
    qtbot.waitUntil(lambda: last(opener) is not None)


def test_of_two_files_the_last_one_holds(opener, ready, tmp_path, qtbot):
    """The newest is read first: the older one's settings came after it."""
    ready.background.pause(True)
    for name in ("older", "newer"):
        (tmp_path / f"{name}.txt").write_text(f"{name}\nSteps: 12, Seed: 5, Size: 64x64")
        opener.open([tmp_path / f"{name}.txt"])
    ready.background.pause(False)
    qtbot.waitUntil(lambda: not ready.background.waiting and ready.background.running is None)
    assert ready.form.request.prompt == "newer"


class Canvas:
    """What the opener asks of the canvas."""

    def __init__(self):
        self.calls = []
        self.files = self

    def edit_options(self, **changes):
        self.calls.append(changes)

    def open(self, path):
        self.calls.append(("open", path.name))

    def add_reference(self, path):
        self.calls.append(("reference", path.name))


def test_a_picture_is_offered_to_the_canvas(opener, ready, tmp_path, qtbot, monkeypatch):
    canvas = Canvas()
    monkeypatch.setattr(ready, "canvas", canvas)
    opener.open([write_png(tmp_path / "photo.png")])
    qtbot.waitUntil(lambda: last(opener) is not None)
    assert [action.text for action in last(opener).more] == ["Start from it", "Repaint it",
                                                             "Add as reference"]  # fmt: skip
    for action in last(opener).more:
        action.run()
    assert canvas.calls == [
        {"mode": "picture"}, ("open", "photo.png"), {"mode": "mask"}, ("open", "photo.png"),
        ("reference", "photo.png"),
    ]  # fmt: skip
    assert opener._window.workspaces.current == "paint"
    monkeypatch.setattr(ready, "canvas", None)
