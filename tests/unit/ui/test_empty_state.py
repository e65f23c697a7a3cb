from __future__ import annotations

from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QWidget

from studio.engine.errors import BrokenFile
from studio.engine.record import Stage
from studio.state.progress import Progress
from studio.ui.empty_state import FALLBACK_PROMPTS, EmptyState
from tests.unit.state.conftest import Engine, make_studio, model


def chips(widget):
    return [b for b in widget.findChildren(QPushButton) if not b.isHidden()]


def test_the_models_own_prompts_are_offered_literally(home, shown, qtbot):
    prompts = ("a & b", "<b>bold</b>")
    studio = make_studio(home, Engine(model(example_prompts=prompts)))
    state = shown(EmptyState(studio.form, studio.session))
    assert [chip.text() for chip in chips(state)] == list(FALLBACK_PROMPTS)
    with qtbot.waitSignal(studio.form.defaults_changed):
        studio.models.refresh()
    assert [chip.text() for chip in chips(state)] == ["a && b", "<b>bold</b>"]
    with qtbot.waitSignal(state.prompt_chosen) as heard:
        chips(state)[0].click()
    assert heard.args == ["a & b"]
    assert studio.close()


def words(widget):
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_it_says_what_is_prepared_and_that_nobody_need_wait(home, shown):
    studio = make_studio(home, Engine(model()))
    state = shown(EmptyState(studio.form, studio.session))
    assert "Getting ready" not in words(state)
    state.get_ready()
    assert "Getting ready: Opening the rooms…" in words(state)
    opening = Progress(words=Stage.OPENING.value, fraction=0.5, is_running=True)
    studio.session.progress_changed.emit(opening)
    assert "Getting ready: Opening the libraries…" in words(state)
    assert "begins by itself" in words(state)
    bar = state.findChild(QProgressBar, "readyBar")
    assert bar.value() == bar.maximum() // 2
    assert len(chips(state)) == 3
    studio.session.progress_changed.emit(Progress())
    assert "Getting ready" not in words(state)
    assert not bar.isVisible()
    assert studio.close()


def test_what_was_asked_early_is_said_to_come(home, shown):
    studio = make_studio(home, Engine(model()))
    studio.session._produce = None  # the rooms are not open yet
    state = shown(EmptyState(studio.form, studio.session))
    state.get_ready()
    studio.session.generate()
    assert "Your picture is next" in words(state)
    assert "Getting ready" in words(state)
    assert not any(chip.isVisible() for chip in chips(state))
    studio.session._asked_early.clear()
    studio.session.progress_changed.emit(Progress())  # it was refused, or stopped
    assert any(chip.isVisible() for chip in chips(state))
    assert studio.close()


def test_what_has_no_room_is_left_out_whole(home, shown, qtbot):
    """In a small window the chips were pressed flat and the title cut in half."""
    studio = make_studio(home, Engine(model(example_prompts=("a very long prompt " * 5, "b", "c"))))
    state = shown(EmptyState(studio.form, studio.session), 280, 130)
    studio.models.load()
    studio.session.progress_changed.emit(Progress(words="Opening", fraction=0.5, is_running=True))
    qtbot.wait(20)  # laid out
    whole = [w for w in state.findChildren(QWidget) if w.isVisible() and isinstance(
        w, (QLabel, QPushButton))]  # fmt: skip
    assert any(isinstance(widget, QPushButton) for widget in whole)
    for widget in whole:
        assert widget.height() >= widget.fontMetrics().height()
    chip = chips(state)[0]
    assert chip.text().endswith("…")
    assert chip.width() >= chip.sizeHint().width()
    state.resize(600, 600)
    assert len([c for c in chips(state) if c.isVisible()]) == 3
    assert "What should the picture show?" in words(state)
    assert studio.close()


def test_after_a_failed_run_it_does_not_promise_a_picture(home, shown, qtbot):
    """A damaged model was told above, and below it stood that the picture would come by itself."""
    studio = make_studio(home, Engine(model(), fail=BrokenFile("The model is damaged.")))
    studio.models.load()
    state = shown(EmptyState(studio.form, studio.session))
    studio.session.generate()
    assert "Your picture is next" in words(state)
    with qtbot.waitSignal(studio.session.run_ended):
        pass
    assert "Your picture is next" not in words(state)
    assert len([chip for chip in chips(state) if chip.isVisible()]) == 3
    assert studio.close()


def test_the_chips_do_not_move_when_all_is_ready(home, shown, qtbot):
    studio = make_studio(home, Engine(model()))
    state = shown(EmptyState(studio.form, studio.session), 600, 480)
    state.get_ready()
    qtbot.wait(20)
    before = [chip.mapTo(state, chip.rect().topLeft()) for chip in chips(state)]
    studio.session.progress_changed.emit(Progress())
    qtbot.wait(20)
    assert not state.findChild(QProgressBar, "readyBar").isVisible()
    assert [chip.mapTo(state, chip.rect().topLeft()) for chip in chips(state)] == before
    assert studio.close()


def test_in_a_low_window_nothing_is_left_out_for_an_empty_place(home, shown, qtbot):
    studio = make_studio(home, Engine(model()))
    state = shown(EmptyState(studio.form, studio.session), 600, 480)
    studio.session.progress_changed.emit(Progress())
    state.resize(600, state.sizeHint().height() - 40)
    qtbot.wait(20)
    assert len(chips(state)) == 3
    assert "What should the picture show" in words(state)
    assert studio.close()
