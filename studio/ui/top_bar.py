"""The bar on top: menu, workspaces, model, search, queue."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QResizeEvent,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from studio.jobs.queue import JobQueue
from studio.state.form import Form
from studio.state.models import Models
from studio.ui.controls import STEP, Combo
from studio.ui.panels import WORKSPACES
from studio.ui.plain import one_line, plain_label, plain_tip, set_plain_tip
from studio.ui.theme import set_icon
from studio.ui.words import FIELDS

PALETTE_TIP = "Search everything the program can do."
SPRING_MS = 500  # that a drag waits over a workspace's button


class ModelCombo(Combo):
    """The models on this disk; those with a problem are listed with the reason, but not usable."""

    def __init__(self, form: Form, models: Models) -> None:
        super().__init__("modelCombo")
        self._form = form
        self._models = models
        self.setAccessibleName("Model")
        self.setMinimumContentsLength(22)
        self.currentTextChanged.connect(self._on_text)
        self.currentIndexChanged.connect(self._on_chosen)
        models.models_changed.connect(self._fill)
        form.form_changed.connect(self._on_form_changed)
        self._fill()
        self._on_text(self.currentText())

    def select(self, data: str) -> None:
        """Choose the item with this data without telling anybody."""
        super().select(data)
        self._on_text(self.currentText())

    @Slot(str)
    def _on_text(self, text: str) -> None:
        """The whole name is in the tip, also where the window is too narrow for it."""
        set_plain_tip(self, f"{text}\n{FIELDS['model'].help}".strip())

    def showPopup(self) -> None:
        """Open the list, and look in the background whether it is still true."""
        self._models.refresh()
        super().showPopup()

    @Slot()
    def _fill(self) -> None:
        was_blocked = self.blockSignals(True)
        self.clear()
        known = self._models.all
        for at, info in enumerate(known):
            names = [one_line(info.name, 60)]
            if sum(other.name == info.name for other in known) > 1:  # a copy, or another suffix
                names.append(one_line(info.path.name, 40))
            names.append(f"{info.native_size} px" if not info.problem else "not usable")
            self.addItem(" · ".join(names), info.id)
            tip = f"{info.problem} {info.hint}" if info.problem else str(info.path)
            self.setItemData(at, plain_tip(tip), Qt.ItemDataRole.ToolTipRole)
            items = self.model()
            if info.problem and isinstance(items, QStandardItemModel):
                items.item(at).setEnabled(False)
        self.blockSignals(was_blocked)
        self.select(self._form.request.model)

    @Slot(frozenset)
    def _on_form_changed(self, names: frozenset[str]) -> None:
        if "model" in names:
            self.select(self._form.request.model)

    @Slot(int)
    def _on_chosen(self, at: int) -> None:
        if at >= 0:
            self._form.edit(model=self.itemData(at))


class SpringButton(QPushButton):
    """Presses itself when something is held over it: a drag may end in another workspace."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setAcceptDrops(True)
        self._spring = QTimer(self, singleShot=True, interval=SPRING_MS)
        self._spring.timeout.connect(self.click)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Wait whether it stays; whatever it is."""
        event.acceptProposedAction()
        self._spring.start()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It has gone on."""
        self._spring.stop()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Nothing can be put here, but it is the workspace that was meant."""
        self._spring.stop()
        self.click()
        event.ignore()


class TopBar(QFrame):
    """Everything that belongs to the whole program.

    Signals:
        workspace_wanted(str): a workspace's button was pressed.
        palette_wanted(): the search button was pressed.
        queue_wanted(): the queue button was pressed.
    """

    workspace_wanted = Signal(str)
    palette_wanted = Signal()
    queue_wanted = Signal()

    def __init__(self, form: Form, models: Models, queue: JobQueue, menu: QMenu) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self._queue = queue
        self._palette_key = "Ctrl+K"  # until key_words.py knows better
        self.menu_button = _menu_button(menu)
        self._brand = plain_label("Latent Studio", role="brand")
        self._workspaces = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * STEP, STEP, 2 * STEP, STEP)
        row.setSpacing(STEP)
        row.addWidget(self.menu_button)
        row.addWidget(self._brand)
        row.addSpacing(3 * STEP)
        for at, name in enumerate(WORKSPACES):
            row.addWidget(self._workspace_button(at, name))
        row.addStretch(1)
        self.model_combo = ModelCombo(form, models)
        self.model_combo.setMaximumWidth(300)
        row.addWidget(self.model_combo, 2)
        search = QPushButton()
        search.setObjectName("paletteButton")
        search.setAccessibleName("Search commands")
        set_icon(search, "search")
        set_plain_tip(search, PALETTE_TIP)
        self._queue_button = QPushButton("Queue")
        self._queue_button.setObjectName("queueButton")
        set_plain_tip(self._queue_button, "Show or hide the queue.")
        self._search = search
        row.addWidget(search)
        row.addWidget(self._queue_button)
        search.clicked.connect(self.palette_wanted)
        self._queue_button.clicked.connect(self.queue_wanted)
        self._workspaces.idClicked.connect(self._on_workspace)
        queue.order_changed.connect(self._count)
        queue.job_changed.connect(self._on_job_changed)

    def show_workspace(self, name: str) -> None:
        """Mark the workspace that is shown."""
        self._workspaces.button(WORKSPACES.index(name)).setChecked(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Drop the name when there is little room, then the words beside the magnifier."""
        self._brand.setVisible(self.width() > 1000)
        self._say_key()
        super().resizeEvent(event)

    def set_palette_key(self, key: str) -> None:
        """The key beside the magnifier; "" = none."""
        self._palette_key = key
        set_plain_tip(self._search, f"{PALETTE_TIP}  ({key})" if key else PALETTE_TIP)
        self._say_key()

    def _say_key(self) -> None:
        self._search.setText(self._palette_key if self.width() > 860 else "")

    def _workspace_button(self, at: int, name: str) -> QWidget:
        button = SpringButton(name.capitalize())
        button.setObjectName(f"{name}WorkspaceButton")
        button.setCheckable(True)
        button.setProperty("role", "workspace")
        set_plain_tip(button, f"{_PURPOSES[name]}  (Ctrl+{at + 1})")
        self._workspaces.addButton(button, at)
        return button

    @Slot(int)
    def _on_workspace(self, at: int) -> None:
        self.workspace_wanted.emit(WORKSPACES[at])

    @Slot(object)
    def _on_job_changed(self, _job: object) -> None:
        self._count()

    @Slot()
    def _count(self) -> None:
        count = len(self._queue.waiting) + (self._queue.running is not None)
        text = f"Queue {count}" if count else "Queue"
        self._queue_button.setText(text)
        self._queue_button.setAccessibleName(f"Queue, {count} not finished")


_PURPOSES = {
    "generate": "From words to a picture, step by step.",
    "paint": "Paint, mask, repaint a part, enlarge the canvas.",
    "concepts": "What CLIP sees: words for pictures, arithmetic with concepts, search.",
    "library": "All pictures, their settings, and takes.",
    "laboratory": "How diffusion works: toy data, fields, paths, sweeps.",
}


def _menu_button(menu: QMenu) -> QToolButton:
    button = QToolButton()
    button.setObjectName("menuButton")
    button.setProperty("role", "flat")
    set_icon(button, "brand", "accent_ink")
    button.setIconSize(QSize(20, 20))
    button.setFixedSize(32, 30)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    button.setAccessibleName("Menu")
    set_plain_tip(button, "Menu: file, edit, view, help.  (F10)")
    return button
