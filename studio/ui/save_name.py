"""Asking for the name of a file to write: with its ending, and never over another one unasked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_save_name(
    parent: QWidget, title: str, start: Path | str, kinds: str, suffix: str, *others: str
) -> Path | None:
    """Ask where to save; None if the user thought better of it.

    start: the name offered. kinds: as Qt's dialog wants them, e.g. "Pictures (*.png)". suffix:
    with its dot; put behind a name that ends otherwise. others: endings that are as good.
    """
    name, _ = QFileDialog.getSaveFileName(parent, title, str(start), kinds)
    while name:
        path = Path(name)
        if path.suffix.lower() in {ending.lower() for ending in (suffix, *others)}:
            return path
        path = path.with_name(path.name + suffix)  # "night 1.5" has no ending, only a dot
        if not path.exists():
            return path
        # The dialog asks before it replaces, but only about the very name that was typed.
        again = "This name is taken: choose another one, or replace it"
        name, _ = QFileDialog.getSaveFileName(parent, again, str(path), kinds)
    return None
