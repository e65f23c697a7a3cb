"""Fork here: what the card collects."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QPushButton, QWidget

from studio.engine.request import GenerationRequest
from studio.ui.filmstrip.fork_card import ForkCard

ASK = GenerationRequest(prompt="a hat", negative_prompt="cap", steps=20, guidance_scale=4.5)


@pytest.fixture
def card(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(900, 900)
    host.show()
    card = ForkCard(host)
    card.offer(ASK, 6, has_mask=False)
    card.show()
    return card


def test_starts_as_the_take_is_and_says_so(card):
    assert card.changes() == {}
    assert card.remaining.value() == 14
    assert card.button.text() == "Fork at step 7"
    assert "same picture" in card._hint.text()
    assert not card.use_mask.isEnabled()


@pytest.mark.parametrize("prompt", ["a\u00a0hat", "a hat\r\nred", "a\u2028hat", "\ufeffhat"])
def test_signs_that_a_field_cannot_hold_are_no_change(card, prompt):
    """Such prompts come from files; the unchanged fork must be the same bytes."""
    card.offer(ASK.edit(prompt=prompt, negative_prompt=prompt), 6, has_mask=False)
    assert card.changes() == {}
    card.prompt.setPlainText("a crown")
    assert card.changes() == {"prompt": "a crown"}
    card.findChild(QPushButton, "forkReset").click()
    assert card.changes() == {}


@pytest.mark.parametrize("fields", [
    {"guidance_scale": 4.125}, {"guidance_scale": 2.625}, {"guidance_scale": 7.123456},
    {"guidance_start": 1.0, "guidance_end": 1.0}, {"steps": 7, "guidance_start": 0.95},
    {"eta": 0.123456}, {"noise": 9.5}, {"eta": float("inf")},
])  # fmt: skip
def test_numbers_that_a_field_rounds_or_cuts_are_no_change(card, fields):
    card.offer(ASK.edit(**fields), 6, has_mask=False)
    assert card.changes() == {}
    card.scale.setValue(3.0)
    assert card.changes() == {"guidance_scale": 3.0}


def test_collects_what_was_changed_and_marks_it(card):
    card.prompt.setPlainText("a crown")
    card.remaining.setValue(30)
    card.sampler.setCurrentIndex(card.sampler.findData("DDPM, noise removed"))
    assert card.changes() == {"prompt": "a crown", "steps": 36, "sampler": "DDPM, noise removed"}
    assert card._labels["prompt"].property("role") == "changed"
    assert card._labels["guidance_scale"].property("role") == ""
    assert "noise is needed" in card._hint.text()  # the sampler's lesson


@pytest.mark.parametrize(
    ("index", "said"),
    [(0, "only the noise"), (1, "Step 1 stays as it is."), (2, "Steps 1 to 2 stay as they are.")],
)
def test_the_hint_counts_the_steps_that_stay(card, index, said):
    card.offer(ASK, index, has_mask=False)
    card.scale.setValue(2.0)
    assert said in card._hint.text()


def test_guidance_as_a_schedule(card):
    card.start.setValue(8)
    card.end.setValue(12)
    assert card.changes() == {"guidance_start": 7 / 20, "guidance_end": 12 / 20}
    card.end.setValue(20)
    assert card.changes() == {"guidance_start": 7 / 20, "guidance_end": 1.0}


def test_eta_noise_and_seed(card):
    card.eta.setValue(1.0)
    card.noise.setValue(0.0)
    card.seed.setValue(12)
    assert card.changes() == {"eta": 1.0, "noise": 0.0, "noise_seed": 12}
    card.eta.setValue(card.eta.minimum())
    assert "eta" not in card.changes()


def test_an_own_eta_can_go_back_to_the_samplers(card):
    card.offer(ASK.edit(eta=float("inf"), noise=0.25), 6, has_mask=True)
    assert card.changes() == {}
    card.eta.setValue(card.eta.minimum())
    card.use_mask.setChecked(True)
    assert card.changes() == {"eta": None, "inpaint": True}


def test_reset_puts_everything_back(card, qtbot):
    card.prompt.setPlainText("x")
    card.scale.setValue(9)
    qtbot.mouseClick(card.findChild(QWidget, "forkReset"), Qt.MouseButton.LeftButton)
    assert card.changes() == {}


def test_ctrl_enter_forks_and_escape_closes(card, qtbot):
    card.prompt.setPlainText("a crown")
    with qtbot.waitSignal(card.fork_wanted, timeout=1000) as wanted:
        qtbot.keyClick(card.prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert wanted.args == [{"prompt": "a crown"}]
    qtbot.keyClick(card.prompt, Qt.Key.Key_Escape)
    assert card.isHidden()


@pytest.mark.parametrize("field", ["prompt", "negative", "scale", "sampler", "seed"])
def test_ctrl_enter_is_the_cards_though_the_window_generates_with_it(card, qtbot, field):
    """In the window it made another picture from the form, and the fork was never begun."""
    action = QAction(card.parentWidget())
    action.setShortcuts(["Ctrl+Return", "Ctrl+Enter"])
    card.parentWidget().addAction(action)
    card.parentWidget().activateWindow()
    generated, forked = QSignalSpy(action.triggered), QSignalSpy(card.fork_wanted)
    widget = getattr(card, field)
    card.findChild(QWidget, "forkMore").click()
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus, timeout=5000)
    qtbot.keyClick(widget, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert (generated.count(), forked.count()) == (0, 1)


def test_the_span_of_guidance_follows_the_steps(card):
    """It said "1 to 20" beside 36 steps."""
    card.remaining.setValue(30)
    assert (card.start.value(), card.end.value()) == (1, 36)
    assert card.changes() == {"steps": 36}
    card.end.setValue(20)
    assert card.changes() == {"steps": 36, "guidance_start": 0.0, "guidance_end": 20 / 36}
    card.remaining.setValue(24)  # what was chosen stays
    assert card.end.value() == 20
    assert card.changes()["guidance_end"] == 20 / 30


def test_a_takes_own_span_keeps_its_share(card):
    card.offer(ASK.edit(guidance_end=0.5), 6, has_mask=False)
    assert card.end.value() == 10
    card.remaining.setValue(34)
    assert card.end.value() == 20
    assert card.changes() == {"steps": 40}


def test_schedules_are_called_as_in_the_settings(card):
    assert card.schedule.itemText(card.schedule.findData("karras")) == "Karras"
    assert "low noise" in card.schedule.itemData(card.schedule.findData("karras"),
                                                 Qt.ItemDataRole.ToolTipRole)  # fmt: skip


def test_a_hostile_prompt_is_plain_text(card):
    card.offer(ASK.edit(prompt="<b>x</b><img src=a>"), 0, has_mask=False)
    assert card.prompt.toPlainText() == "<b>x</b><img src=a>"
    assert card.changes() == {}


def test_opening_more_gives_every_row_its_room(card, qtbot):
    """The card kept its height, and the rows lay over one another."""
    before = card.height()
    fold = card.findChild(QWidget, "forkMore")
    qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.height() > before + 100, timeout=3000)
    for spin in (card.start, card.eta, card.noise, card.seed):
        assert spin.height() >= spin.minimumSizeHint().height()
    assert card.geometry().bottom() < card.parentWidget().height()
