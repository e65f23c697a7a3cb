"""How the program looks: colour tokens, palette, stylesheet and icons, dark and light."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from string import Template

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from studio.resources import resource

ICON_SIZE = 20  # logical px
CHOICES = ("system", "dark", "light")


@dataclass(frozen=True, slots=True)
class Theme:
    """Colour tokens, "#rrggbb". Text on its ground has a contrast of at least 4.5:1."""

    name: str
    window: str
    panel: str
    raised: str
    field: str  # ground of text fields, spin boxes and lists
    line: str
    strong_line: str  # edges of controls, at least 3:1 on the panel where it is the only sign
    text: str
    muted: str
    canvas: str  # neutral grey round the picture, no hue
    accent: str
    accent_text: str  # text on the accent
    accent_ink: str  # the accent as text on a panel
    plus: str
    minus: str
    information: str


DARK = Theme(
    name="dark", window="#1b1c1f", panel="#232529", raised="#2c2f34", field="#1b1c1f",
    line="#383c43", strong_line="#6b717c", text="#e8e6e3", muted="#979ba3", canvas="#3a3a3a",
    accent="#f0a23c", accent_text="#1b1c1f", accent_ink="#f0a23c", plus="#7fb069",
    minus="#e05d5d", information="#6ea8d8",
)  # fmt: skip
LIGHT = Theme(
    name="light", window="#dfe0e2", panel="#f4f4f5", raised="#e6e7e9", field="#ffffff",
    line="#c9ccd1", strong_line="#868b94", text="#1f2124", muted="#5b6069", canvas="#9a9a9a",
    accent="#e8942a", accent_text="#1b1c1f", accent_ink="#8f5200", plus="#3f7a2b",
    minus="#b93131", information="#2b6ca3",
)  # fmt: skip


class ThemeSwitch(QObject):
    """Holds the current theme of the program.

    Signals:
        theme_changed(Theme): emitted after palette, stylesheet and icons have been replaced.
    """

    theme_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.theme = DARK
        self.choice = "system"
        self._is_listening = False

    def apply(self, choice: str) -> None:
        """Dress the program. choice: one of CHOICES; anything else counts as "system"."""
        self.choice = choice if choice in CHOICES else "system"
        self.theme = _resolve(self.choice)
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        if not self._is_listening:
            self._is_listening = True
            app.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        if app.style().objectName() != "fusion":
            app.setStyle("Fusion")
        sheet = stylesheet(self.theme)
        if app.styleSheet() == sheet:
            return  # dressing every widget again is slow, and shows nothing new
        app.setPalette(make_palette(self.theme))
        app.setStyleSheet(sheet)
        _refresh_icons(app)
        self.theme_changed.emit(self.theme)

    @Slot(Qt.ColorScheme)
    def _on_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        if self.choice == "system" and _resolve("system") is not self.theme:
            self.apply("system")


@cache
def switch() -> ThemeSwitch:
    """The program's theme switch (one per process, like the QApplication it dresses)."""
    return ThemeSwitch()


def current() -> Theme:
    """The theme that is in force."""
    return switch().theme


def color(token: str) -> QColor:
    """The colour of a token of the current theme, e.g. color("accent")."""
    return QColor(getattr(current(), token))


def _resolve(choice: str) -> Theme:
    if choice == "system":
        scheme = QGuiApplication.styleHints().colorScheme()
        return LIGHT if scheme == Qt.ColorScheme.Light else DARK
    return LIGHT if choice == "light" else DARK


def make_palette(theme: Theme) -> QPalette:
    """The tokens as a QPalette, for everything that the stylesheet does not name."""
    role = QPalette.ColorRole
    palette = QPalette()
    pairs = {
        role.Window: theme.window, role.WindowText: theme.text, role.Base: theme.field,
        role.AlternateBase: theme.panel, role.Text: theme.text, role.Button: theme.raised,
        role.ButtonText: theme.text, role.BrightText: theme.minus, role.Highlight: theme.accent,
        role.HighlightedText: theme.accent_text, role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text, role.PlaceholderText: theme.muted,
        role.Link: theme.information, role.LinkVisited: theme.information,
        role.Light: theme.raised, role.Midlight: theme.line, role.Mid: theme.line,
        role.Dark: theme.line, role.Shadow: theme.window, role.Accent: theme.accent,
    }  # fmt: skip
    for key, value in pairs.items():
        palette.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(theme.muted))
    return palette


@cache
def stylesheet(theme: Theme) -> str:
    """The stylesheet with the theme's colours filled in; $glyphs is the folder of its glyphs."""
    source = resource("theme/studio.qss").read_text(encoding="utf-8")
    values = {f.name: getattr(theme, f.name) for f in fields(theme)}
    return Template(source).substitute(values, glyphs=resource(f"theme/{theme.name}").as_posix())


def pixmap(name: str, token: str = "text", size: int = ICON_SIZE, ratio: float = 1.0) -> QPixmap:
    """One of our icons in one colour. size: logical px; ratio: device pixels per logical px."""
    svg = (resource("icons") / f"{name}.svg").read_bytes()
    svg = svg.replace(b"currentColor", getattr(current(), token).encode())
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


_icons: dict[tuple[str, str, str], QIcon] = {}


def icon(name: str, token: str = "text") -> QIcon:
    """An icon in the colours of the current theme: resources/icons/<name>.svg, currentColor."""
    key = (current().name, name, token)
    if key not in _icons:
        made = QIcon()
        for ratio in (1.0, 2.0):
            made.addPixmap(pixmap(name, token, ratio=ratio))
            made.addPixmap(pixmap(name, "line", ratio=ratio), QIcon.Mode.Disabled)
        _icons[key] = made
    return _icons[key]


def set_icon(target: QAbstractButton | QAction, name: str, token: str = "text") -> None:
    """Give a button or action one of our icons, and renew it whenever the theme changes."""
    target.setProperty("iconName", name)
    target.setProperty("iconToken", token)
    target.setIcon(icon(name, token))


def set_role(widget: QWidget, role: str) -> None:
    """Set the `role` property that the stylesheet looks at, and redraw."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def _refresh_icons(app: QApplication) -> None:
    targets: set[QAbstractButton | QAction] = set()
    for widget in app.allWidgets():
        targets.update(widget.actions())
        if isinstance(widget, QAbstractButton):
            targets.add(widget)
    for target in targets:
        if name := target.property("iconName"):
            target.setIcon(icon(name, target.property("iconToken")))
