"""Where the user's files are: pictures, models, settings, the library's database."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APP_NAME = "Latent Studio"
SETTINGS_MAX = 4_000_000  # bytes; a larger settings file is not ours
_FOLDER = "latent-studio"


class Home:
    """Every path that the program writes to.

    root: everything lies below it (tests, portable use, STUDIO_HOME); None: the places where
    this system keeps such things, with pictures under the user's own Pictures folder.
    Nothing is created until something is written.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root
        if root is None:
            self.pictures = Path(platformdirs.user_pictures_dir()) / APP_NAME
            self.data = Path(platformdirs.user_data_dir(_FOLDER, appauthor=False))
            self.config = Path(platformdirs.user_config_dir(_FOLDER, appauthor=False))
            self.cache = Path(platformdirs.user_cache_dir(_FOLDER, appauthor=False))
            self.models = self.data / "models"
        else:
            self.root = root = Path(os.path.abspath(root))
            self.pictures = root / "Pictures"
            self.models = root / "models"
            self.data = root / "data"
            self.config = root / "config"
            self.cache = root / "cache"

    @classmethod
    def from_environment(cls) -> Home:
        """The home named by STUDIO_HOME, else the system's own places."""
        root = os.environ.get("STUDIO_HOME", "").strip()
        return cls(Path(os.path.expanduser(root)) if root else None)

    @property
    def settings_file(self) -> Path:
        """Settings of the program and of the last session (JSON)."""
        return self.config / "settings.json"

    @property
    def database_file(self) -> Path:
        """The library's index; it can be rebuilt from the pictures."""
        return self.data / "library.db"

    @property
    def thumbnails(self) -> Path:
        """Small pictures; may be deleted at any time."""
        return self.cache / "thumbnails"

    @property
    def trash(self) -> Path:
        """Deleted pictures that can still be brought back with Undo; on the pictures' disk."""
        return self.pictures / ".trash"

    @property
    def recovery(self) -> Path:
        """Autosaved canvas documents, offered after a crash."""
        return self.data / "recovery"

    @property
    def indexes(self) -> Path:
        """CLIP embeddings of the user's folders."""
        return self.data / "indexes"

    @property
    def logs(self) -> Path:
        """The program's log and crash files."""
        return self.data / "logs"
