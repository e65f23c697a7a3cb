"""How a picture was made, written into its file and read from anybody's. Torch-free."""

from __future__ import annotations

from studio.library.metadata.png import infotext_of, write_png
from studio.library.metadata.read import read_settings, read_settings_bytes, read_text
from studio.library.metadata.settings import Settings

__all__ = [
    "Settings",
    "infotext_of",
    "read_settings",
    "read_settings_bytes",
    "read_text",
    "write_png",
]
