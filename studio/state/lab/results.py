"""What the laboratory has computed, and between its samples. No Qt."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from studio.lab.settings import Field, Floats, Paths, Turn

FIELD_COUNT = 33
LEAST_SHARE = 0.005


def shares_to_show() -> list[float]:
    """The shares of noise at which fields are computed: dense where little noise is left."""
    return [LEAST_SHARE + (1 - LEAST_SHARE) * (1 - i / (FIELD_COUNT - 1)) ** 2
            for i in range(FIELD_COUNT)]  # fmt: skip


def shares_around(share: float) -> list[float]:
    """Those shares, the nearest to one that is looked at first."""
    return sorted(shares_to_show(), key=lambda one: abs(one - share))


@dataclass(slots=True)
class FieldFilm:
    """Fields at several shares of noise; any share between is a mix of its neighbours."""

    fields: list[Field] = field(default_factory=list)  # by rising share

    def add(self, one: Field) -> None:
        """Take in a field, in the place of one at the same share."""
        at = bisect.bisect_left([f.share for f in self.fields], one.share)
        if at < len(self.fields) and self.fields[at].share == one.share:
            self.fields[at] = one
        else:
            self.fields.insert(at, one)

    def at(self, share: float) -> Field | None:
        """The field at a share; None if there is none at all."""
        if not self.fields:
            return None
        after = bisect.bisect_left([f.share for f in self.fields], share)
        if after == 0 or after == len(self.fields):
            return self.fields[min(after, len(self.fields) - 1)]
        low, high = self.fields[after - 1], self.fields[after]
        mix = (share - low.share) / (high.share - low.share)
        arrows = low.arrows + np.float32(mix) * (high.arrows - low.arrows)
        return Field(share=share, xy=low.xy, arrows=arrows)


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the list of sampling runs."""

    sampler: str
    steps: int
    source: str
    distance: float  # sliced Wasserstein, to the data of the class asked for
    accuracy: float | None = None  # share of points on their class, if one was asked for
    spread: float = 0.0


@dataclass(slots=True)
class Results:
    """Everything computed for the present board; None or empty until it is there."""

    walk: Floats | None = None  # [S + 1, N, 2]
    exact: FieldFilm = field(default_factory=FieldFilm)
    learned: FieldFilm = field(default_factory=FieldFilm)
    guidance: dict[str, FieldFilm] = field(default_factory=dict)
    paths: Paths | None = None
    guided: Paths | None = None
    paths_title: str = ""
    distance: float | None = None
    turns: list[Turn] = field(default_factory=list)
    turning: float = 0.0
    runs: list[Run] = field(default_factory=list)
    losses: list[tuple[int, float]] = field(default_factory=list)
    network: Any = None  # the newest snapshot; opaque here
    network_version: int = 0
    train_seconds: float = 0.0
    old_films: set[str] = field(default_factory=set)  # kinds that are asked for anew

    def renew(self, kind: str) -> None:
        """The first field for new settings has come: forget the film of the former ones."""
        if kind not in self.old_films:
            return
        self.old_films.discard(kind)
        if kind == "exact":
            self.exact = FieldFilm()
        elif kind == "learned":
            self.learned = FieldFilm()
        else:
            self.guidance = {}

    def forget_data(self) -> None:
        """The data have changed: nothing holds any more but the list of runs' place."""
        self.walk, self.paths, self.guided, self.distance = None, None, None, None
        self.exact, self.guidance, self.turns = FieldFilm(), {}, []
        self.runs = []
        self.forget_network()

    def forget_network(self) -> None:
        """The network belongs to other data or another process."""
        self.learned, self.losses, self.network, self.train_seconds = FieldFilm(), [], None, 0.0
        self.network_version += 1
