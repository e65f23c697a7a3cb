"""The filmstrip room: its state objects, put together from what the studio has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.state.filmstrip.branches import Branches
from studio.state.filmstrip.comparison import Comparison
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.filmstrip.forks import Forks
from studio.state.filmstrip.keeping import Keeper
from studio.state.filmstrip.mapping import MapOfTakes
from studio.state.filmstrip.model import FilmstripModel
from studio.state.filmstrip.retention import Retention
from studio.state.filmstrip.runs import RunFollower
from studio.state.filmstrip.showing import Exporter, ReplayCheck

if TYPE_CHECKING:
    from studio.state.studio import Studio


class FilmstripRoom(QObject):
    """What `studio.filmstrip` is: the strip and everything that can be done with it."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.strip = Filmstrip(studio.engine, studio.background, studio.messages, self)
        self.follower = RunFollower(self.strip, studio.session, studio.library, self)
        self.forks = Forks(self.strip, studio.session, self)
        self.branches = Branches(self.strip, studio.library, self)
        self.comparison = Comparison(self.strip, self)
        self.keeper = Keeper(self.strip, studio.library, self)
        self.map = MapOfTakes(self.strip, self)
        self.exporter = Exporter(self.strip, self)
        self.replay = ReplayCheck(self.strip, studio.generation, self)
        self.retention = Retention(self.strip, studio.library, studio.settings, self)

    @property
    def model(self) -> FilmstripModel:
        """The frames of the shown take."""
        return self.strip.model
