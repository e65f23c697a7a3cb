"""Export the strip: which lanes, which kind of file, how large; then progress, and cancel."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QProgressBar,
    QPushButton,
    QWidget,
)

from studio.library.strips import SUFFIXES, Look, has_video
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.filmstrip.showing import Exporter
from studio.ui.controls import STEP, Combo, Spin, row_of
from studio.ui.filmstrip.card import Card
from studio.ui.filmstrip.lane_bar import LaneBar
from studio.ui.plain import one_line, plain_label, set_plain_tip
from studio.ui.save_name import ask_save_name

_SCALE = 1000


class ExportCard(Card):
    """Asks how, then where; the worker draws."""

    def __init__(
        self, filmstrip: Filmstrip, exporter: Exporter, folder: Path, host: QWidget
    ) -> None:
        super().__init__("exportCard", "Export the strip", host, width=560)
        self._strip, self._exporter, self._folder = filmstrip, exporter, folder
        self.lanes = LaneBar()
        self.kind = Combo("exportKind")
        for suffix, words in SUFFIXES.items():
            if suffix != ".mp4" or has_video():
                self.kind.addItem(words, suffix)
        self.height_px = Spin("exportHeight", 16, 1024, 16)
        self.height_px.setValue(128)
        self.height_px.setSuffix(" px")
        self.every = Spin("exportEvery", 1, 100)
        self.every.setPrefix("every ")
        self.speed = Spin("exportSpeed", 1, 60)
        self.speed.setValue(8)
        self.speed.setSuffix(" steps / s")
        self.captions = QCheckBox("Step and noise level under each picture")
        self.captions.setChecked(True)
        self.progress = QProgressBar()
        self.progress.setRange(0, _SCALE)
        self.progress.setTextVisible(False)
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("exportCancel")
        self.save = QPushButton("Save as…")
        self.save.setObjectName("exportSave")
        self.save.setProperty("role", "primary")
        set_plain_tip(self.save, "Choose a file name and begin.")
        self._lay_out()
        self.save.clicked.connect(self._on_save)
        self.cancel.clicked.connect(exporter.cancel)
        self.kind.currentIndexChanged.connect(self._refresh)
        exporter.progress_changed.connect(self._on_progress)
        exporter.export_ended.connect(self._on_ended)
        self._refresh()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(2 * STEP)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("Kind", self.kind),
            ("Height of a picture", self.height_px),
            ("Steps", self.every),
            ("Speed", self.speed),
            ("Captions", self.captions),
        )
        for words, widget in rows:
            label = plain_label(words)
            label.setBuddy(widget)
            form.addRow(label, widget)
        self.body.addWidget(self.lanes)
        self.body.addLayout(form)
        self.body.addWidget(self.progress)
        self.body.addLayout(row_of(self.cancel, self.save))

    def look(self) -> Look:
        """What the fields say."""
        node = self._strip.node
        title = one_line(self._strip.tree.title(node), 120) if node is not None else ""
        return Look(
            lanes=self.lanes.lanes, height=self.height_px.value(), every=self.every.value(),
            has_captions=self.captions.isChecked(), speed=float(self.speed.value()), title=title,
        )  # fmt: skip

    @Slot()
    def _refresh(self) -> None:
        is_moving = self.kind.currentData() != ".png"
        self.speed.setEnabled(is_moving)
        # The window's, not the keyboard's: after the file dialog it takes a while to come back.
        is_running, had = self._exporter.is_running, self.window().focusWidget()
        self.progress.setVisible(is_running)
        # What takes over is there before the other one goes, or the focus would leave the card.
        for button in (self.cancel, self.save) if is_running else (self.save, self.cancel):
            button.setVisible(button is self.save or is_running)
            button.setEnabled(button is self.cancel or not is_running)
            if had in (self.save, self.cancel) and button.isEnabled() and button.isVisible():
                button.setFocus()

    @Slot()
    def _on_save(self) -> None:
        suffix = str(self.kind.currentData())
        start = self._folder / f"strip{suffix}"
        path = ask_save_name(
            self, "Save the strip", start, f"{SUFFIXES[suffix]} (*{suffix})", suffix
        )
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Begin to write."""
        self._folder = path.parent
        self.progress.setValue(0)
        self._exporter.export(path, self.look())
        self._refresh()

    @Slot(float)
    def _on_progress(self, fraction: float) -> None:
        self.progress.setValue(round(_SCALE * fraction))

    @Slot(object)
    def _on_ended(self, path: Path | None) -> None:
        self._refresh()
        if path is not None:
            self.dismiss()
