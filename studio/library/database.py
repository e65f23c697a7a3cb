"""The library: every picture that was made, saved at once, found again, deleted with undo."""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.engine.errors import BrokenFile, SaveFailed, StudioError
from studio.engine.record import Result, Take
from studio.engine.request import GenerationRequest, Pixels, from_json
from studio.library.adopt import describe, pictures_below
from studio.library.home import Home
from studio.library.images import is_picture_name
from studio.library.index import Index
from studio.library.saving import Saved, facts_of, last_look, save_picture, save_take_beside
from studio.library.store import remove_leftovers
from studio.library.takes import SUFFIX, drop_steps, rename_take, take_size
from studio.library.thumbnails import Thumbnails
from studio.library.trash import Trash

PAGE = 200  # pictures of the gallery that are read at a time

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One row of the gallery. created: seconds since 1970. state: "finished", "cancelled", ""."""

    id: int
    path: Path
    take_path: Path | None
    created: float
    width: int
    height: int
    take_id: str
    parent: tuple[str, int] | None
    state: str
    label: str
    name: str
    prompt: str
    model: str
    seed: int
    is_favourite: bool
    request_text: str

    @property
    def request(self) -> GenerationRequest | None:
        """The settings, None if the file does not tell."""
        return from_json(json.loads(self.request_text)) if self.request_text else None


class Library:
    """All pictures of a home. Cheap to build; safe from several threads.

    Nothing is read from disk until it is asked for. problem: in words, if the index was damaged.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.thumbnails = Thumbnails(home.thumbnails)
        self._index = Index(home.database_file)
        self._trash = Trash(home.trash)

    @property
    def problem(self) -> str:
        """Why the index had to be made anew; "" if all is well."""
        return self._index.problem

    def save(self, result: Result, *, label: str = "") -> Saved:
        """Save a finished picture and its take. Raises SaveFailed; then nothing was written.

        label: what it is, if not simply the result: "x0 of step 14 of 30".
        """
        began = time.perf_counter()
        facts = facts_of(result.take, label=label, seconds=dict(result.seconds))
        saved = self._save(result.picture, result.take, facts)
        seconds = {**result.seconds, "Saving": time.perf_counter() - began}
        return replace(saved, seconds=seconds)

    def save_unfinished(self, take: Take) -> Saved | None:
        """Keep a cancelled or failed run with its newest preview as the picture.

        None if the run has nothing to show yet. Raises SaveFailed.
        """
        picture = last_look(take)
        if picture is None:
            return None
        last = take.frames[-1]
        facts = facts_of(take, label=f"stopped at step {last.index} of {last.total}")
        return self._save(picture, take, facts)

    def save_picture(
        self,
        picture: Pixels,
        request: GenerationRequest | None = None,
        *,
        label: str = "",
        take: Take | None = None,
        parent: tuple[str, int] | None = None,
    ) -> Saved:
        """Save pixels that are no take of their own: a kept frame, a canvas. Raises SaveFailed.

        take: the run it was taken from, for the conditions. parent: (take id, step) it shows.
        """
        facts: dict[str, Any] = {"label": label, "parent": list(parent) if parent else None}
        if take is not None:
            facts["conditions"] = dict(take.conditions)
            facts["model_hash"] = take.conditions.get("model_hash", "")
        return self._record(save_picture(self.home.pictures, picture, request, facts), picture)

    def _save(self, picture: Pixels, take: Take, facts: Mapping[str, Any]) -> Saved:
        path = save_picture(self.home.pictures, picture, take.request, facts)
        take_path, warning = save_take_beside(path, take)
        saved = self._record(path, picture)
        return replace(saved, take=take, take_path=take_path, warning=warning)

    def _record(self, path: Path, picture: Pixels) -> Saved:
        """Enter a saved picture into the index; a failure costs nothing, refresh() mends it."""
        self.thumbnails.put(path, picture)
        try:
            return Saved(path=path, picture=picture, id=self.add(path).id)
        except StudioError as error:
            log.warning("%s is saved but not yet in the index: %s", path.name, error)
            return Saved(path=path, picture=picture)

    def add(self, path: Path) -> Picture:
        """Enter a picture file into the index, or read it again. Raises BrokenFile, SaveFailed."""
        row = describe(path, self.home.pictures)
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        kept = ("path", "created")
        changes = ", ".join(f"{name} = excluded.{name}" for name in row if name not in kept)
        with self._index.writing() as connection:
            connection.execute(
                f"INSERT INTO pictures ({names}) VALUES ({marks}) "
                f"ON CONFLICT (path) DO UPDATE SET {changes}",
                tuple(row.values()),
            )
        return self.at(path)

    def count(self, text: str = "", *, favourites: bool = False) -> int:
        """How many pictures there are whose prompt, name or model holds every word of text."""
        where, values = _where(text, favourites)
        return int(self._index.rows(f"SELECT count(*) FROM pictures {where}", values)[0][0])

    def page(
        self, offset: int = 0, limit: int = 100, text: str = "", *, favourites: bool = False
    ) -> list[Picture]:
        """Pictures, newest first; filters as in `count`."""
        where, values = _where(text, favourites)
        rows = self._index.rows(
            f"SELECT * FROM pictures {where} ORDER BY created DESC, id DESC LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [self._picture(row) for row in rows]

    def get(self, picture_id: int) -> Picture:
        """The picture with this id. Raises BrokenFile if it is not in the library."""
        return self._one("id = ?", picture_id)

    def at(self, path: Path) -> Picture:
        """The picture in this file. Raises BrokenFile if it is not in the library."""
        return self._one("path = ?", self._key(path))

    def of_take(self, take_id: str) -> Picture:
        """The picture of a take. Raises BrokenFile if it is not in the library."""
        return self._one("take_id = ? AND trashed IS NULL", take_id)

    def children(self, take_id: str) -> list[Picture]:
        """The pictures whose runs were forked from this take, oldest first."""
        rows = self._index.rows(
            "SELECT * FROM pictures WHERE parent_id = ? AND take_id != '' AND trashed IS NULL "
            "ORDER BY created, id",
            (take_id,),
        )
        return [self._picture(row) for row in rows]

    def family(self, take_id: str) -> list[Picture]:
        """The whole tree that a take belongs to: the eldest first, parents before children."""
        root, seen = take_id, {take_id}
        while True:
            rows = self._index.rows("SELECT parent_id FROM pictures WHERE take_id = ?", (root,))
            parent = rows[0][0] if rows else ""
            if not parent or parent in seen:
                break
            seen.add(parent)
            root = parent
        return list(self._descend(root))

    def _descend(self, root: str) -> Iterator[Picture]:
        waiting, seen = [root], {root}
        with contextlib.suppress(BrokenFile):  # deleted: its children are still a family
            yield self.of_take(root)
        while waiting:
            for child in self.children(waiting.pop(0)):
                if child.take_id not in seen:
                    seen.add(child.take_id)
                    waiting.append(child.take_id)
                    yield child

    def rename(self, picture_id: int, name: str) -> None:
        """Name a picture's take; the name is kept in the take's file too. Raises StudioError."""
        take_path = self.get(picture_id).take_path
        if take_path is not None:
            rename_take(take_path, name)
        self._set(picture_id, name=name)

    def set_favourite(self, picture_id: int, is_favourite: bool) -> None:
        """Mark or unmark a picture."""
        self._set(picture_id, is_favourite=int(is_favourite))

    def trash(self, ids: Iterable[int]) -> tuple[int, ...]:
        """Delete pictures with their takes; `undo_trash` of the answer brings them back.

        They go to the system's trash when the program starts next time. Raises SaveFailed; then
        all of them are where they were.
        """
        gone: list[int] = []
        try:
            for picture in [self.get(picture_id) for picture_id in ids]:
                self._put_away(picture)
                gone.append(picture.id)
        except SaveFailed:
            self.undo_trash(gone)
            raise
        return tuple(gone)

    def _put_away(self, picture: Picture) -> None:
        self.thumbnails.forget(picture.path)  # made again if it comes back
        files = [picture.path, picture.take_path, picture.path.with_suffix(".txt")]
        self._trash.put(picture.id, [file for file in files if file and file.exists()])
        try:
            self._set(picture.id, trashed=time.time(), path=f"trash/{picture.id}")  # frees the name
        except SaveFailed:
            self._trash.take_back(picture.id)
            raise

    def undo_trash(self, ids: Iterable[int]) -> list[Picture]:
        """Bring deleted pictures back, where they were if that name is free.

        Raises SaveFailed for the first that cannot be, when all others are back; asked again,
        only those that are still away are looked for.
        """
        back, failures = [], []
        for picture_id in ids:
            if self._index.rows("SELECT 1 FROM pictures WHERE id = ? AND trashed IS NULL",
                                (picture_id,)):  # fmt: skip
                back.append(picture_id)
                continue
            try:
                files = self._trash.take_back(picture_id)
                self._set(picture_id, trashed=None, path=self._key(_picture_among(files)))
                back.append(picture_id)
            except SaveFailed as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return [self.get(picture_id) for picture_id in back]

    def empty_trash(self) -> None:
        """Hand what was deleted to the system's trash; there is no undo in here afterwards."""
        for picture_id in self._trash.flush():
            with self._index.writing() as connection:
                connection.execute(
                    "DELETE FROM pictures WHERE id = ? AND trashed IS NOT NULL", (picture_id,)
                )

    def refresh(self) -> Iterator[float]:
        """Make the index agree with the files; yields the fraction done. For the background.

        Adopts pictures without a row, forgets rows without a file, removes half-written files.
        A folder that is not there as a whole (a disk that is not plugged in) costs no row.
        """
        if not self.home.pictures.is_dir():
            return
        remove_leftovers(self.home.pictures)
        rows = self._index.rows("SELECT id, path, modified_ns FROM pictures WHERE trashed IS NULL")
        known = {row["path"]: (row["id"], row["modified_ns"]) for row in rows}
        found = dict(pictures_below(self.home.pictures))
        work = [p for p, t in found.items() if known.get(self._key(p), (0, -1))[1] != t]
        for number, path in enumerate(work):
            try:
                self.add(path)
            except StudioError as error:
                log.info("%s is not taken into the library: %s", path.name, error.message)
            yield (number + 1) / len(work)
        there = {self._key(path) for path in found}
        gone = [known[key][0] for key in known.keys() - there if not self._path(key).exists()]
        if gone:
            with self._index.writing() as connection:
                connection.executemany(  # not what was put into the trash meanwhile
                    "DELETE FROM pictures WHERE id = ? AND trashed IS NULL", [(i,) for i in gone]
                )

    def keep_takes(self, policy: str) -> int:
        """Apply a retention policy; return the bytes freed. Raises SaveFailed.

        policy: "all", "previews" (no steps), or "last 50" (steps of the newest 50 takes only).
        """
        kept = {"all": None, "previews": 0}.get(policy, _last(policy))
        if kept is None:
            return 0
        freed = 0
        for picture in self._index.rows(
            "SELECT * FROM pictures WHERE has_take AND trashed IS NULL "
            "ORDER BY created DESC, id DESC LIMIT -1 OFFSET ?",
            (kept,),
        ):
            freed += _drop(self._path(picture["path"]).with_suffix(SUFFIX))
        return freed

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def _set(self, picture_id: int, **values: Any) -> None:
        changes = ", ".join(f"{name} = ?" for name in values)
        with self._index.writing() as connection:
            connection.execute(
                f"UPDATE pictures SET {changes} WHERE id = ?", (*values.values(), picture_id)
            )

    def _one(self, where: str, value: Any) -> Picture:
        rows = self._index.rows(f"SELECT * FROM pictures WHERE {where} LIMIT 1", (value,))
        if not rows:
            raise BrokenFile("That picture is not in the library.", "It may have been deleted.")
        return self._picture(rows[0])

    def _key(self, path: Path) -> str:
        path = path.absolute()
        root = self.home.pictures.absolute()
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

    def _path(self, key: str) -> Path:
        return self.home.pictures / key  # an absolute key stays absolute

    def _picture(self, row: sqlite3.Row) -> Picture:
        path = self._path(row["path"])
        parent = (row["parent_id"], row["parent_step"]) if row["parent_id"] else None
        return Picture(
            id=row["id"], path=path, created=row["created"], width=row["width"],
            take_path=path.with_suffix(SUFFIX) if row["has_take"] else None,
            height=row["height"], take_id=row["take_id"], parent=parent, state=row["state"],
            label=row["label"], name=row["name"], prompt=row["prompt"], model=row["model"],
            seed=row["seed"], is_favourite=bool(row["is_favourite"]), request_text=row["request"],
        )  # fmt: skip


def _where(text: str, favourites: bool) -> tuple[str, Sequence[Any]]:
    parts, values = ["trashed IS NULL"], []
    for word in text.split()[:20]:
        pattern = "%" + word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
        parts.append(r"(prompt || ' ' || name || ' ' || model || ' ' || label) LIKE ? ESCAPE '\'")
        values.append(pattern)
    if favourites:
        parts.append("is_favourite")
    return "WHERE " + " AND ".join(parts), values


def _last(policy: str) -> int | None:
    number = policy.removeprefix("last ")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


def _picture_among(files: Sequence[Path]) -> Path:
    """The picture of what came back. Raises SaveFailed if its file was gone when it was deleted."""
    for file in files:
        if is_picture_name(file):
            return file
    raise SaveFailed("The picture's file was gone already when it was deleted.",
                     "Look for it where it was moved to.")  # fmt: skip


def _drop(path: Path) -> int:
    try:
        before = take_size(path)
        if not before.steps:
            return 0
        drop_steps(path)
        return before.total - take_size(path).total
    except SaveFailed:
        raise
    except StudioError as error:
        log.info("%s is left as it is: %s", path.name, error.message)
        return 0
