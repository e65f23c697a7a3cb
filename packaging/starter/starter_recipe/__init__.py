"""The recipe of the starter model: a world of emoji scenes and the models trained on it."""

from __future__ import annotations

RECIPE_VERSION = "1.0"
