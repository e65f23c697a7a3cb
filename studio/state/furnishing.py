"""The second half of the state: library, history, filmstrip. After the window's first picture."""

from __future__ import annotations

from studio.library.database import Library
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.filmstrip.forks import Forks
from studio.state.filmstrip.runs import RunFollower
from studio.state.history import HistoryModel
from studio.state.rescue import Rescue
from studio.state.session import Produce
from studio.state.studio import Studio


def furnish(studio: Studio, library: Library, produce: Produce) -> Studio:
    """Complete the state and begin the session; returns the same studio. Called once."""
    session, background, messages = studio.session, studio.background, studio.messages
    studio.library = library
    studio.history = HistoryModel(library, session, background, messages, studio)
    studio.rescue = Rescue(library, background, messages, studio)
    studio.rescue.picture_rescued.connect(studio.history.read_again)
    studio.rescue.caught_up.connect(studio.may_close_now)
    studio.filmstrip = Filmstrip(studio.engine, background, messages, studio)
    studio.forks = Forks(studio.filmstrip, session, studio)
    RunFollower(studio.filmstrip, session, studio)  # its parent keeps it
    studio.is_furnished = True
    session.begin(produce)
    return studio
