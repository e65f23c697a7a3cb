"""One picture of the library in words: its prompt, settings and file, and what to do with it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFormLayout, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.engine.request import Pixels
from studio.jobs.job import Job, JobState
from studio.library.database import Picture
from studio.state.filmstrip.errands import Errands, once
from studio.state.studio import Studio
from studio.ui.controls import STEP, row_of
from studio.ui.history_panel import use_settings
from studio.ui.plain import one_line, plain_label, set_plain_tip
from studio.ui.qimage import to_qimage
from studio.ui.theme import set_icon

PREVIEW = QSize(260, 220)


class DetailsPanel(QScrollArea):
    """Facts about the picture that was chosen last."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setObjectName("detailsPanel")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._studio = studio
        self._errands = Errands(studio.background, self)
        self._picture: Picture | None = None
        self._reading: Job | None = None  # its thumbnail
        self._preview = plain_label()
        self._preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._prompt = plain_label("Choose a picture to see how it was made.", role="muted")
        self._prompt.setWordWrap(True)
        self._prompt.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts = QFormLayout()
        self._facts.setHorizontalSpacing(3 * STEP)
        self._facts.setVerticalSpacing(STEP)
        self._buttons = QWidget()
        self._lay_out()
        studio.history.picture_chosen.connect(self.show_picture)

    def _lay_out(self) -> None:
        large = QPushButton("Show large, with its strip")
        large.setObjectName("detailsLargeButton")
        large.clicked.connect(self._studio.history.large_wanted)
        self._all = self._button("detailsUseAllButton", "Use all settings", "reuse", "a")
        self._words = self._button("detailsUsePromptButton", "Prompt", "prompt", "p")
        self._seed = self._button("detailsUseSeedButton", "Seed", "dice", "s")
        column = QVBoxLayout(self._buttons)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * STEP)
        column.addWidget(large)
        column.addWidget(self._all)
        column.addLayout(row_of(self._words, self._seed))
        self._buttons.hide()
        page = QWidget()
        page.setProperty("role", "page")
        whole = QVBoxLayout(page)
        whole.setContentsMargins(3 * STEP, STEP, 3 * STEP, 3 * STEP)
        whole.setSpacing(3 * STEP)
        whole.addWidget(self._preview)
        whole.addWidget(self._prompt)
        whole.addLayout(self._facts)
        whole.addWidget(self._buttons)
        whole.addStretch(1)
        self.setWidget(page)

    def _button(self, name: str, text: str, icon: str, key: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setProperty("use", key)
        set_icon(button, icon)
        set_plain_tip(button, "Take these settings of the picture into the form.")
        button.clicked.connect(self._on_use)
        return button

    @Slot(object)
    def show_picture(self, picture: Picture) -> None:
        """Show this picture's facts; its thumbnail comes from the background."""
        self._picture = picture
        self._prompt.setText(picture.prompt or "(no prompt)")
        while self._facts.rowCount():
            self._facts.removeRow(0)
        for title, words in facts(picture):
            value = plain_label(one_line(words, 120))
            value.setWordWrap(True)
            self._facts.addRow(plain_label(title, role="muted"), value)
        self._buttons.show()
        for button in (self._all, self._words, self._seed):
            button.setEnabled(picture.request is not None)
        self._errands.drop(self._reading)
        read = once(partial(self._studio.library.thumbnails.get, picture.path))
        self._reading = self._errands.run(read, "A small picture", self._on_preview,
                                          ended=self._on_read, front=True)  # fmt: skip

    @Slot(object)
    def _on_read(self, job: Job) -> None:
        """Another picture must not stay beside these facts because theirs cannot be read."""
        if job.state is not JobState.FINISHED:
            self._preview.clear()

    @Slot(object)
    def _on_preview(self, pixels: Pixels) -> None:
        ratio = self.devicePixelRatioF()
        picture = QPixmap.fromImage(to_qimage(pixels)).scaled(
            PREVIEW * ratio, Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )  # fmt: skip
        picture.setDevicePixelRatio(ratio)
        self._preview.setPixmap(picture)

    @Slot()
    def _on_use(self) -> None:
        button, picture = self.sender(), self._picture
        request = picture.request if picture is not None else None
        if isinstance(button, QPushButton) and request is not None:
            use_settings(self._studio, request, str(button.property("use")))


def facts(picture: Picture) -> list[tuple[str, str]]:
    """Title and words of everything the library knows about a picture."""
    rows: list[tuple[str, str]] = []
    request = picture.request
    if request is not None:
        if request.negative_prompt:
            rows.append(("Negative", request.negative_prompt))
        rows += [
            ("Model", picture.model),
            ("Sampler", f"{request.sampler}, {request.schedule}"),
            ("Steps", str(request.steps)),
            ("CFG scale", f"{request.guidance_scale:g}"),
            ("Seed", str(picture.seed)),
        ]
    rows.append(("Size", f"{picture.width} × {picture.height} px"))
    if picture.label:
        rows.append(("Shows", picture.label))
    rows += [("Strip", "kept" if picture.take_path else "none"), ("File", picture.path.name),
             ("Folder", picture.path.parent.name)]  # fmt: skip
    return rows
