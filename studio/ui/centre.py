"""The middle of the window: messages, the picture (or a room's page), the progress line.

What stays until it is dismissed takes room from the page. What passes lies on the picture instead:
it would jump twice within a few seconds, and one is looking at it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, QTimer, Slot
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from studio.state.messages import Messages
from studio.state.progress import Progress
from studio.state.session import Session
from studio.ui.controls import STEP
from studio.ui.message_bar import MessageBar
from studio.ui.panels import Panel

SCALE = 1000  # progress bar units
LEAST = QSize(280, 160)
PICTURES = ("canvasView", "candidateWall")  # what passing messages lie on
FLOATING = 620  # px, the widest that they are there


class Centre(QWidget):
    """Holds the centre panels, one shown at a time; panels are built when first shown."""

    def __init__(self, panels: list[Panel], messages: Messages, session: Session) -> None:
        super().__init__()
        self.setObjectName("centre")
        self._panels = sorted(panels, key=lambda panel: panel.order)
        self._built: dict[str, QWidget] = {}
        self._overlay: QWidget | None = None
        self.messages = MessageBar(messages)
        self.stack = QStackedWidget()
        self.stack.setObjectName("centreStack")
        self.stack.setMinimumSize(LEAST)
        # Messages take room from the picture; they must never make the window taller.
        self.setMinimumSize(LEAST)
        self.stack.installEventFilter(self)
        self._progress = QProgressBar()
        self._progress.setObjectName("progressBar")
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress")
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        column.addWidget(self.messages)
        column.addWidget(self.stack, 1)
        column.addWidget(self._progress)
        self._placing = QTimer(self, singleShot=True, interval=0)  # once the words have their size
        self._placing.setObjectName("placingTimer")
        self._placing.timeout.connect(self._place_messages)
        self.messages.cards_changed.connect(self._on_cards)
        session.progress_changed.connect(self._on_progress)
        self._on_progress(session.progress)

    def show_workspace(self, workspace: str) -> None:
        """Show the page of this workspace."""
        fitting = [p for p in self._panels if workspace in p.workspaces] or self._panels
        if fitting:
            self.stack.setCurrentWidget(self._page(fitting[0]))
            self._place_overlay()
            self._placing.start()

    def add(self, panels: list[Panel]) -> None:
        """Take in pages that came after the window was shown."""
        self._panels = sorted([*self._panels, *panels], key=lambda panel: panel.order)

    def build_all(self) -> None:
        """Build the pages that were not shown yet."""
        for panel in self._panels:
            self._page(panel)

    def set_overlay(self, overlay: QWidget) -> None:
        """Lay a widget over the whole middle, e.g. the empty state."""
        self._overlay = overlay
        overlay.setParent(self.stack)
        self._place_overlay()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the overlay as large as the middle, and messages where the picture is."""
        if watched is self.stack and event.type() is QEvent.Type.Resize:
            self._place_overlay()
            self._placing.start()
        return False

    @Slot()
    def _on_cards(self) -> None:
        self._place_messages()
        self._placing.start()

    @Slot()
    def _place_messages(self) -> None:
        """On the picture if there is one and they pass; else above the page."""
        bar, picture = self.messages, self._picture()
        if picture is None or not bar.is_passing:
            if self._column.indexOf(bar) < 0:
                self._column.insertWidget(0, bar)
            return
        self._column.removeWidget(bar)
        room = QRect(picture.mapTo(self, QPoint(0, 0)), picture.size())
        room.adjust(2 * STEP, 2 * STEP, -2 * STEP, -2 * STEP)
        width = min(room.width(), FLOATING)
        height = min(bar.heightForWidth(width), room.height())
        bar.setGeometry(room.x() + (room.width() - width) // 2, room.y(), width, height)
        bar.raise_()

    def _picture(self) -> QWidget | None:
        page = self.stack.currentWidget()
        views = [page.findChild(QWidget, name) for name in PICTURES] if page is not None else []
        return next((view for view in views if view is not None and view.isVisible()), None)

    def _place_overlay(self) -> None:
        if self._overlay is not None:
            self._overlay.setGeometry(self.stack.rect())
            self._overlay.raise_()

    def _page(self, panel: Panel) -> QWidget:
        if panel.name not in self._built:
            widget = panel.build()
            assert widget is not None, "pages of the centre are not promised"
            self._built[panel.name] = widget
            self.stack.addWidget(widget)
        return self._built[panel.name]

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        bar = self._progress
        if progress.is_running and progress.fraction is None:
            bar.setRange(0, 0)
        else:
            bar.setRange(0, SCALE)
            fraction = (progress.fraction or 0.0) if progress.is_running else 0.0
            bar.setValue(round(SCALE * fraction))
        bar.setAccessibleDescription(progress.text)
