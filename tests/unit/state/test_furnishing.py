from __future__ import annotations

from functools import partial

from studio.library.database import Library
from studio.production import produce
from studio.state.furnishing import furnish
from studio.state.studio import Studio
from tests.unit.state.conftest import Engine


def test_generate_before_the_library_is_there_is_done_afterwards(qapp, qtbot, home):
    engine = Engine()
    studio = Studio(home, engine)
    studio.form.edit(width=64, height=64, steps=4, prompt="a red fox")
    studio.session.generate()
    assert not studio.session.is_generating
    assert not studio.is_furnished
    library = Library(home)
    furnish(studio, library, partial(produce, engine, library))
    assert studio.session.is_generating
    qtbot.waitUntil(lambda: studio.history.rowCount() == 1)
    assert len(studio.filmstrip.tree.roots()) == 1, "the strip follows it too"
    assert studio.close()


def test_a_studio_that_was_never_furnished_closes(qapp, home):
    studio = Studio(home, Engine())
    studio.form.edit(prompt="kept")
    assert studio.close()
    assert "kept" in home.settings_file.read_text(encoding="utf-8")
