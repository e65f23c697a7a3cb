from __future__ import annotations

import re
from collections import Counter

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QPushButton, QStyle, QTabBar, QWidget

from studio.resources import resource
from studio.ui import theme

THEMES = (theme.DARK, theme.LIGHT)


def luminance(color: str) -> float:
    parts = [c / 255 for c in QColor(color).getRgb()[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("one", THEMES, ids=lambda t: t.name)
def test_text_can_be_read(one):
    for ground in (one.window, one.panel, one.raised, one.field):
        assert contrast(one.text, ground) >= 7
        assert contrast(one.muted, ground) >= 4.5, (one.name, ground)
    assert contrast(one.accent_text, one.accent) >= 4.5
    for token in (one.accent_ink, one.plus, one.minus, one.information):
        assert contrast(token, one.panel) >= 4.5 or one is theme.DARK
        assert contrast(token, one.panel) >= 3
    assert contrast(one.strong_line, one.panel) >= 3


@pytest.mark.parametrize("one", THEMES, ids=lambda t: t.name)
def test_the_ground_of_the_picture_has_no_hue(one):
    red, green, blue, _ = QColor(one.canvas).getRgb()
    assert red == green == blue


@pytest.mark.parametrize("one", THEMES, ids=lambda t: t.name)
def test_the_stylesheet_has_no_gap_and_its_glyphs_exist(one):
    sheet = theme.stylesheet(one)
    assert "$" not in sheet
    for path in re.findall(r"url\(([^)]+)\)", sheet):
        assert resource(path).exists()


def test_every_icon_is_drawn_in_the_asked_colour(qapp):
    for file in sorted(resource("icons").glob("*.svg")):
        text = file.read_text(encoding="utf-8")
        assert "currentColor" in text, file.name
        image = theme.pixmap(file.stem, "accent", ratio=2.0).toImage()
        assert image.width() == 40
        drawn = [
            image.pixelColor(x, y) for x in range(40) for y in range(40)
            if image.pixelColor(x, y).alpha() > 200
        ]  # fmt: skip
        assert drawn, f"{file.name} is empty"
        most, _count = Counter(colour.name() for colour in drawn).most_common(1)[0]
        assert most == theme.current().accent, file.name


def test_switching_renews_palette_and_icons(qapp, qtbot):
    button = QPushButton()
    qtbot.addWidget(button)
    theme.set_icon(button, "dice")
    theme.switch().apply("dark")
    before = button.icon().cacheKey()
    with qtbot.waitSignal(theme.switch().theme_changed):
        theme.switch().apply("light")
    assert button.icon().cacheKey() != before
    assert qapp.palette().window().color().name() == theme.LIGHT.window
    theme.switch().apply("nonsense")
    assert theme.switch().choice == "system"
    theme.switch().apply("dark")


def edge(button):
    """The colour in the middle of a button's upper edge."""
    return button.grab().toImage().pixelColor(button.width() // 2, 0).name()


def test_a_toggle_that_is_on_looks_other_than_one_with_the_focus(qapp, qtbot):
    """A lane that had just been switched off still had its amber edge."""
    theme.switch().apply("dark")
    host = QWidget()
    qtbot.addWidget(host)
    row = QHBoxLayout(host)
    for role in ("chip", "flat"):
        on, off, focused = (QPushButton("lane") for _ in range(3))
        for button in (on, off, focused):
            button.setCheckable(True)
            button.setProperty("role", role)
            row.addWidget(button)
        on.setChecked(True)
        host.show()
        host.activateWindow()
        focused.setFocus()
        qtbot.waitUntil(focused.hasFocus, timeout=5000)
        assert edge(on) == theme.DARK.accent
        assert edge(off) != edge(on)
        if role == "chip":  # a flat button does not take the focus from the mouse
            assert edge(focused) not in (edge(off), edge(on))


def test_tabs_have_no_line_under_them(qapp, qtbot):
    """Between the tabs and the card below a hairline began in the middle of nowhere."""
    theme.switch().apply("dark")
    tabs = QTabBar()
    qtbot.addWidget(tabs)
    tabs.addTab("one")
    tabs.show()
    assert not tabs.drawBase()


def test_buttons_of_dialogs_have_no_pictures_of_their_own(qtbot):
    """On a desktop Qt draws a green tick and a red cross; without one it must be told to."""
    host = QWidget()
    qtbot.addWidget(host)
    host.setStyleSheet("QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 1; }")
    kinds = QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
    inner = QWidget(host)
    inner.setStyleSheet(theme.stylesheet(theme.DARK))
    plain, themed = QDialogButtonBox(kinds, host), QDialogButtonBox(kinds, inner)
    hint = QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons
    assert plain.style().styleHint(hint, None, plain) == 1
    assert themed.style().styleHint(hint, None, themed) == 0
    assert all(button.icon().isNull() for button in themed.buttons())
