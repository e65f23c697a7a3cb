"""The second strip of a comparison, under the first one and locked to it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.state.filmstrip.comparison import Comparison
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.ui.controls import STEP, Combo
from studio.ui.filmstrip.transport import flat_button
from studio.ui.filmstrip.view import FilmstripView
from studio.ui.plain import one_line, plain_label, set_plain_tip

_LOCK_TIP = (
    "Which steps belong together: those of one number, or those with the same amount of noise "
    "(for runs of other lengths)."
)
_UNEVEN = (
    "One strip has real pictures where the other has coarse previews: part of their difference is "
    "only blur."
)


class CompareStrip(QWidget):
    """A line of facts (whom with, locked by what, where they part) and the other take's strip."""

    def __init__(
        self,
        filmstrip: Filmstrip,
        comparison: Comparison,
        above: FilmstripView,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("compareStrip")
        self._strip, self._comparison, self._above = filmstrip, comparison, above
        self.view = FilmstripView(comparison.model)
        self.view.setObjectName("compareView")
        self.view.setAccessibleName("Filmstrip of the other take")
        self.view.set_lanes(("x0", "difference"))
        self.view.set_has_graph(False)
        self._title = plain_label("")
        self._where = plain_label("", role="muted")
        self._where.setObjectName("partingLabel")
        # On a line of its own, not wrapped: labels that wrap take the height that strips share.
        self._caution = plain_label(_UNEVEN, role="muted")
        self._caution.setObjectName("blurLabel")
        self._caution.setIndent(2 * STEP)
        self._caution.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        set_plain_tip(self._caution, _UNEVEN)  # a narrow window cuts it
        self._lock = Combo("compareLock")
        self._lock.addItem("locked by step", "step")
        self._lock.addItem("locked by noise level", "sigma")
        self._lock.setMinimumWidth(190)
        self._lock.setAccessibleName("Lock the two strips")
        set_plain_tip(self._lock, _LOCK_TIP)
        self._lay_out()
        self._connect()
        self.hide()

    def _lay_out(self) -> None:
        close = flat_button("compareClose", "close", "End the comparison")
        close.clicked.connect(self._comparison.stop)
        head = QHBoxLayout()
        head.setContentsMargins(2 * STEP, 0, 2 * STEP, 0)
        head.setSpacing(2 * STEP)
        head.addWidget(plain_label("COMPARED WITH", role="heading"))
        for widget in (self._title, self._lock):
            head.addWidget(widget)
        head.addWidget(self._where, 1)
        head.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._caution)
        column.addWidget(self.view, 1)

    def _connect(self) -> None:
        self._lock.currentIndexChanged.connect(self._on_lock)
        self._comparison.comparison_changed.connect(self._refresh)
        self._comparison.parting_found.connect(self._refresh)
        self._strip.repainted.connect(self._tell)  # the comparison has heard it before
        self._comparison.model.current_changed.connect(self._comparison.scrub)
        self._above.thumb_height_changed.connect(self._match)
        # Columns lie under columns: both strips scroll as one.
        self._above.horizontalScrollBar().valueChanged.connect(
            self.view.horizontalScrollBar().setValue
        )
        self.view.horizontalScrollBar().valueChanged.connect(
            self._above.horizontalScrollBar().setValue
        )

    @Slot(int)
    def _on_lock(self, _index: int) -> None:
        self._comparison.lock("sigma" if self._lock.currentData() == "sigma" else "step")

    @Slot()
    def _match(self) -> None:
        """As wide, too: strips of other columns would hold each other's scroll bars back."""
        above = self._above.geometry_now
        self.view.set_thumb_size(above.thumb_width, above.thumb_height)

    @Slot()
    def _tell(self) -> None:
        """Where the takes part, and what of their difference is none."""
        self._where.setText(self._comparison.words)
        self._caution.setVisible(self._comparison.is_uneven)

    @Slot()
    def _refresh(self) -> None:
        node = self._comparison.node
        self.setVisible(node is not None)
        if node is None:
            return
        self._title.setText(one_line(self._strip.tree.title(node), 60))
        self._tell()
        self._match()
        self.view.horizontalScrollBar().setValue(self._above.horizontalScrollBar().value())
