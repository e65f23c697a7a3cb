"""The column of tools at the left of the canvas, and what they paint on."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QToolButton, QWidget

from studio.state.canvas.document import MASK, PAINT
from studio.state.canvas.toolbox import ToolBox, ToolName
from studio.ui.canvas.controls import tool_button
from studio.ui.controls import STEP

# tool, icon, key, words
TOOLS = (
    (ToolName.HAND, "hand", "H", "Hand: move the view. Holding Space does the same."),
    (ToolName.BRUSH, "brush", "B", "Brush. Shift-click draws a straight line; Alt erases the mask "
     "or picks a colour."),
    (ToolName.ERASER, "eraser", "E", "Eraser."),
    (ToolName.RECTANGLE, "rectangle", "U", "Rectangle. Alt takes away, Shift keeps it square."),
    (ToolName.LASSO, "lasso", "L", "Lasso: draw an outline, its inside is filled. Alt takes away."),
    (ToolName.FILL, "fill", "G", "Fill the area of similar colour. Alt takes away."),
    (ToolName.PICKER, "picker", "I", "Colour picker for the paint brush."),
    (ToolName.FRAME, "frame", "C", "Frame: what the model sees. Drag an edge beyond the picture "
     "to extend it (outpainting)."),
)  # fmt: skip
TARGETS = (
    (MASK, "mask", "M", "Work on the mask: what will be repainted."),
    (PAINT, "paint", "P", "Work on the paint layer: colours for the model to start from."),
)


_ROW = 34  # px, a button and its gap


class ToolStrip(QFrame):
    """Buttons that show and set the tool and the target layer of a ToolBox."""

    def __init__(self, tools: ToolBox, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("toolStrip")
        self.setStyleSheet("#toolStrip { background: palette(alternate-base); }")
        self._tools = tools
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(STEP, STEP, STEP, STEP)
        self._grid.setSpacing(2)
        self._buttons: list[QToolButton] = []
        self._followed: list[tuple[QToolButton, QAction]] = []
        self._columns = 0
        self._tool_buttons = {
            tool: self._button(f"tool{tool.name.title()}", icon, f"{words}  ({key})")
            for tool, icon, key, words in TOOLS
        }
        self._target_buttons = {
            layer: self._button(f"target{layer.title()}", icon, f"{words}  ({key})")
            for layer, icon, key, words in TARGETS
        }
        self._arrange()
        self.setMinimumHeight(_ROW * 6)
        tools.tool_changed.connect(self._refresh)
        self._refresh()

    def add_action(self, action: QAction, icon: str, name: str) -> QToolButton:
        """A button at the lower end that triggers an action."""
        button = tool_button(name, icon, action.text())
        self._follow(button, action)
        button.clicked.connect(action.trigger)
        self._buttons.append(button)
        self._arrange(force=True)
        return button

    def follow(self, what: ToolName | str, action: QAction) -> None:
        """Let the button of a tool or layer tell the key that its action has now."""
        if isinstance(what, ToolName):
            self._follow(self._tool_buttons[what], action)
        else:
            self._follow(self._target_buttons[what], action)

    def _follow(self, button: QToolButton, action: QAction) -> None:
        self._followed.append((button, action))
        action.changed.connect(self._retip)
        self._retip()

    @Slot()
    def _retip(self) -> None:
        for button, action in self._followed:
            button.setToolTip(action.toolTip())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Two columns where one would not fit."""
        self._arrange()
        super().resizeEvent(event)

    def _arrange(self, *, force: bool = False) -> None:
        columns = 1 if self.height() >= len(self._buttons) * _ROW else 2
        if columns == self._columns and not force:
            return
        self._columns = columns
        for number, button in enumerate(self._buttons):
            self._grid.addWidget(button, number // columns, number % columns)
        self._grid.setRowStretch(len(self._buttons), 1)

    def _button(self, name: str, icon: str, words: str) -> QToolButton:
        button = tool_button(name, icon, words, is_checkable=True)
        button.clicked.connect(self._on_clicked)
        self._buttons.append(button)
        return button

    @Slot()
    def _on_clicked(self) -> None:
        pressed = self.sender()
        for tool, button in self._tool_buttons.items():
            if button is pressed:
                self._tools.set_tool(tool)
        for layer, button in self._target_buttons.items():
            if button is pressed:
                self._tools.set_target(layer)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        for tool, button in self._tool_buttons.items():
            button.setChecked(tool is self._tools.tool)
        for layer, button in self._target_buttons.items():
            button.setChecked(layer == self._tools.target)
