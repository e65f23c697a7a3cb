"""Asking for a file's name."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.ui.save_name import ask_save_name


@pytest.fixture
def ask(qtbot, monkeypatch):
    """Ask with a dialog that answers with these names, one after another."""
    parent = QWidget()
    qtbot.addWidget(parent)
    offered = []

    def answered(*names):
        rest = iter(names)

        def choose(_parent, title, start, _kinds):
            offered.append((title, start))
            return str(next(rest)), ""

        monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
        return ask_save_name(parent, "Save", "strip.png", "Pictures (*.png)", ".png"), offered

    return answered


@pytest.mark.parametrize(
    ("typed", "path"),
    [("a.png", "a.png"), ("a.PNG", "a.PNG"), ("a", "a.png"), ("night 1.5", "night 1.5.png")],
)
def test_a_name_gets_its_ending_and_loses_nothing(ask, tmp_path, typed, path):
    assert ask(tmp_path / typed)[0] == tmp_path / path


def test_a_copy_of_a_file_in_capitals_gets_no_second_ending(qtbot, monkeypatch, tmp_path):
    parent = QWidget()
    qtbot.addWidget(parent)
    name = str(tmp_path / "SCAN.PNG")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (name, ""))
    assert ask_save_name(parent, "Save", "SCAN.PNG", "Pictures (*.PNG)", ".PNG") == Path(name)


@pytest.mark.parametrize(
    ("typed", "path"),
    [("a", "a.png"), ("a.svg", "a.svg"), ("a.SVG", "a.SVG"), ("a.bmp", "a.bmp.png")],
)
def test_some_files_have_a_choice_of_endings(qtbot, monkeypatch, tmp_path, typed, path):
    parent = QWidget()
    qtbot.addWidget(parent)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), ""))
    found = ask_save_name(parent, "Save", "a.png", "Figures (*.png *.svg)", ".png", ".svg")
    assert found == tmp_path / path


def test_nothing_chosen_is_nothing(ask):
    assert ask("")[0] is None


def test_a_file_that_only_the_ending_leads_to_is_not_replaced_unasked(ask, tmp_path):
    (tmp_path / "a.png").write_bytes(b"mine")
    chosen, offered = ask(tmp_path / "a", "")
    assert chosen is None
    assert "taken" in offered[1][0]
    assert offered[1][1] == str(tmp_path / "a.png")  # saved again, Qt's own dialog asks
    assert ask(tmp_path / "a", tmp_path / "b")[0] == tmp_path / "b.png"
    assert ask(tmp_path / "a", tmp_path / "a.png")[0] == tmp_path / "a.png"
