"""What the Concepts workspace remembers: folders, saved searches, chosen CLIP, word lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.concepts.expression import LENGTH_MAX
from studio.state.settings import Settings

SEARCHES_MAX = 200
COLLECTIONS_MAX = 100
COLLECTION_MAX = 2000  # pictures
STARTER = "starter"  # the CLIP that is always there
NAME_MAX = 80  # characters
_FOLDERS, _SEARCHES, _MODEL = "concept_folders", "concept_searches", "concept_model"
_COLLECTIONS = "concept_collections"


class Kept(QObject):
    """The remembered choices, in the program's settings.

    Signals:
        folders_changed(): the folders to search are others.
        searches_changed(): the saved searches are others.
        collections_changed(): the collections are others.
    """

    folders_changed = Signal()
    searches_changed = Signal()
    collections_changed = Signal()

    def __init__(self, settings: Settings, own: Path, parent: QObject | None = None) -> None:
        """own: the studio's own pictures, always searched."""
        super().__init__(parent)
        self._settings = settings
        self._own = own
        settings.declare(_FOLDERS, [])
        settings.declare(_SEARCHES, [])
        settings.declare(_COLLECTIONS, {})
        settings.declare(_MODEL, STARTER)

    @property
    def folders(self) -> list[Path]:
        """The folders to index, the studio's own first."""
        chosen = [Path(name) for name in self._texts(_FOLDERS)]
        return [self._own, *(path for path in chosen if path != self._own)]

    def add_folder(self, folder: Path) -> None:
        """Search this folder too."""
        if folder not in self.folders:
            self._settings.set(_FOLDERS, [*self._texts(_FOLDERS), str(folder)])
            self.folders_changed.emit()

    def remove_folder(self, folder: Path) -> None:
        """Search this folder no more."""
        names = [name for name in self._texts(_FOLDERS) if name != str(folder)]
        self._settings.set(_FOLDERS, names)
        self.folders_changed.emit()

    @property
    def searches(self) -> list[str]:
        """Saved expressions, newest first."""
        return self._texts(_SEARCHES)

    def save_search(self, text: str) -> None:
        """Remember an expression."""
        plain = text.strip()[:LENGTH_MAX]
        if plain:
            rest = [other for other in self.searches if other != plain]
            self._settings.set(_SEARCHES, [plain, *rest][:SEARCHES_MAX])
            self.searches_changed.emit()

    def forget_search(self, text: str) -> None:
        """Forget a saved expression."""
        self._settings.set(_SEARCHES, [other for other in self.searches if other != text])
        self.searches_changed.emit()

    @property
    def collections(self) -> dict[str, list[str]]:
        """Named sets of pictures (names as in expressions), newest first."""
        value = self._settings.get(_COLLECTIONS)
        if not isinstance(value, dict):
            return {}
        return {str(name): [text for text in names if isinstance(text, str)]
                for name, names in value.items() if isinstance(names, list)}  # fmt: skip

    def keep_collection(self, name: str, pictures: Sequence[str]) -> str:
        """Remember pictures under a name, adding to what that name has; the name as kept."""
        plain = " ".join(name.split())[:NAME_MAX]
        if not plain or not pictures:
            return ""
        rest = self.collections
        joined = list(dict.fromkeys([*rest.pop(plain, []), *pictures]))[:COLLECTION_MAX]
        kept = dict(list({plain: joined, **rest}.items())[:COLLECTIONS_MAX])
        self._settings.set(_COLLECTIONS, kept)
        self.collections_changed.emit()
        return plain

    def forget_collection(self, name: str) -> None:
        """Forget a collection; its pictures stay where they are."""
        rest = {other: names for other, names in self.collections.items() if other != name}
        self._settings.set(_COLLECTIONS, rest)
        self.collections_changed.emit()

    @property
    def model(self) -> str:
        """The chosen CLIP's id."""
        return str(self._settings.get(_MODEL))

    def set_model(self, model: str) -> None:
        """Remember the chosen CLIP."""
        self._settings.set(_MODEL, model)

    def _texts(self, key: str) -> list[str]:
        value = self._settings.get(key)
        return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
