from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex

from studio.state.history import PICTURE_ROLE, PIXELS_ROLE
from tests.unit.state.conftest import make_studio


@pytest.fixture
def filled(ready, qtbot):
    ready.form.edit(batch=3, seed=1)
    ready.session.generate()
    qtbot.waitUntil(lambda: ready.history.rowCount() == 3)
    return ready


def seeds(studio):
    return [studio.history.picture(row).seed for row in range(studio.history.rowCount())]


def test_finished_pictures_appear_newest_first(filled):
    assert seeds(filled) == [3, 2, 1]
    assert filled.history.index(0).data() == "a red fox"
    assert filled.history.index(0).data(PICTURE_ROLE).path.exists()


def test_thumbnails_come_from_the_background(filled, qtbot):
    index = filled.history.index(1)
    qtbot.waitUntil(lambda: index.data(PIXELS_ROLE) is not None)
    assert index.data(PIXELS_ROLE).shape == (64, 64, 3)


def test_a_new_start_finds_them_again(filled, home, qtbot):
    again = make_studio(home)
    again.history.load()
    qtbot.waitUntil(lambda: again.history.rowCount() == 3)
    assert seeds(again) == [3, 2, 1]
    assert again.close()


def test_a_picture_that_got_another_name_meanwhile_is_listed_by_it(filled, home, qtbot):
    """There were as many as before, so the old rows stayed, one of them without a file."""
    path = filled.history.picture(1).path
    renamed = path.rename(path.with_name("fox.png"))
    again = make_studio(home)
    again.history.load()
    qtbot.waitUntil(lambda: again.history.rowCount() == 3 and not again.background.running)
    qtbot.waitUntil(lambda: not again.background.running and not again.background.waiting)
    assert renamed in [again.history.picture(row).path for row in range(3)]
    assert again.close()


def test_what_was_read_ahead_is_not_read_again(filled, home, qtbot, monkeypatch):
    again = make_studio(home)
    asked, page = [], again.library.page
    monkeypatch.setattr(again.library, "page", lambda *a: asked.append(a) or page(*a))
    again.history.read_ahead()
    qtbot.waitUntil(lambda: again.history.rowCount() == 3)
    again.history.load()
    qtbot.waitUntil(lambda: again.background.running is None and not again.background.waiting)
    assert len(asked) == 1
    again.history.load()
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert again.close()


def test_deleting_can_be_undone_from_the_message(filled, qtbot):
    path = filled.history.picture(1).path
    filled.history.delete([1])
    qtbot.waitUntil(lambda: filled.history.rowCount() == 2)
    assert not path.exists()
    message = filled.messages.listen()[-1]
    assert (message.text, message.action.text) == ("The picture was deleted.", "Undo")
    message.action.run()
    qtbot.waitUntil(lambda: filled.history.rowCount() == 3)
    assert path.exists()
    assert seeds(filled) == [3, 2, 1]


def test_what_could_not_be_brought_back_can_be_tried_again(filled, qtbot):
    history, trash = filled.history, filled.library.home.trash
    away = [history.picture(row).id for row in (0, 1)]
    history.delete([0, 1])
    qtbot.waitUntil(lambda: history.rowCount() == 1)
    place = trash / str(away[0])
    hidden = place.rename(trash.parent / "unplugged")
    history.undo_delete()
    qtbot.waitUntil(lambda: history.rowCount() == 2)
    hidden.rename(place)
    history.undo_delete()
    qtbot.waitUntil(lambda: history.rowCount() == 3)
    assert seeds(filled) == [3, 2, 1]


def test_what_others_delete_and_bring_back_leaves_the_rest_in_place(
    filled, home, qtbot, monkeypatch
):
    """A list that is reset loses its place, its selection and all pages but the first."""
    monkeypatch.setattr("studio.state.history.PAGE", 2)
    again = make_studio(home)
    history, resets = again.history, []
    history.load()
    qtbot.waitUntil(lambda: history.rowCount() == 2)
    history.fetchMore(QModelIndex())
    qtbot.waitUntil(lambda: history.rowCount() == 3)
    history.modelReset.connect(lambda: resets.append(1))
    kept = QPersistentModelIndex(history.index(2))
    ids = again.library.trash([history.picture(1).id])
    history.read_again()
    qtbot.waitUntil(lambda: history.rowCount() == 2)
    assert (kept.row(), seeds(again)) == (1, [3, 1])
    again.library.undo_trash(ids)
    history.read_again()
    qtbot.waitUntil(lambda: history.rowCount() == 3)
    assert (kept.row(), seeds(again)) == (2, [3, 2, 1])
    assert not resets
    assert again.close()


def test_a_name_given_elsewhere_is_seen_when_read_again(filled, qtbot):
    filled.library.rename(filled.history.picture(1).id, "the best")
    filled.history.read_again()
    qtbot.waitUntil(lambda: filled.history.picture(1).name == "the best")
    assert filled.history.index(1).data().startswith("the best")


def test_search_shows_only_what_fits(filled, qtbot):
    filled.history.search("red nothing")
    qtbot.waitUntil(lambda: filled.history.rowCount() == 0)
    filled.history.search("fox")
    qtbot.waitUntil(lambda: filled.history.rowCount() == 3)


def test_a_favourite_is_marked(filled, qtbot):
    filled.history.set_favourite(0, is_favourite=True)
    qtbot.waitUntil(lambda: filled.history.picture(0).is_favourite)


def test_a_dragged_row_is_a_file(filled):
    data = filled.history.mimeData([filled.history.index(0)])
    assert data.urls()[0].toLocalFile() == str(filled.history.picture(0).path)


def test_a_picture_that_vanished_has_no_thumbnail_but_a_row(filled, qtbot):
    picture = filled.history.picture(2)
    filled.library.thumbnails.forget(picture.path)
    picture.path.unlink()
    assert filled.history.index(2).data(PIXELS_ROLE) is None
    qtbot.wait(150)
    assert filled.history.index(2).data(PIXELS_ROLE) is None


def test_the_model_keeps_qts_rules(filled, qtmodeltester):
    qtmodeltester.check(filled.history)
