"""Read how a picture was made, whoever made it: any bytes give a Settings, never an exception."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.engine.errors import StudioError
from studio.engine.request import PROMPT_LIMIT, GenerationRequest, from_json
from studio.library.images import FILE_MAX
from studio.library.metadata.containers import Texts, find_texts
from studio.library.metadata.draft import plain_fields, to_request
from studio.library.metadata.png import OWN_FORMAT, OWN_KEY
from studio.library.metadata.readers import load_json
from studio.library.metadata.readers_text import READERS
from studio.library.metadata.settings import SHOWN_MAX, Settings
from studio.library.metadata.stealth import read_stealth
from studio.library.safefile import read_bounded

_RAW_PLACES = ("parameters", "UserComment", "prompt", "invokeai_metadata", "Comment", "stealth")
_SIDECAR_MAX = 1 << 20  # bytes
_NAME_MAX = 1000  # characters of a model's name
_ITEMS_MAX = 200  # LoRAs, and phrases of a concept; each stands in the prompt's field
_DAMAGE = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)
log = logging.getLogger(__name__)


def read_settings(path: Path) -> Settings:
    """What the file says about its making; a text beside it (name.txt) is read if it is silent.

    Never raises: an unreadable file is a Settings without a request and with a warning.
    """
    try:
        data = read_bounded(path, FILE_MAX)
    except StudioError as error:
        return Settings(warnings=(error.message,))
    settings = read_settings_bytes(data)
    if settings or data[:1] == b"":
        return settings
    try:
        text = read_bounded(path.with_suffix(".txt"), _SIDECAR_MAX)
    except StudioError:
        return settings
    return read_text(text.decode("utf-8", "replace")) or settings


def read_settings_bytes(data: bytes) -> Settings:
    """`read_settings` for a picture file in memory. Never raises."""
    texts = find_texts(data)
    settings = _settings_of(texts)
    if settings:
        return settings
    hidden = read_stealth(data)
    return _settings_of({"stealth": hidden}) if hidden else settings


def read_text(text: str) -> Settings:
    """Read settings that were pasted as text: infotext, JSON, a graph. Never raises."""
    place = {"parameters": text, "prompt": text} if text.lstrip()[:1] == "{" else {"sidecar": text}
    return _settings_of({**place})


def _settings_of(texts: Texts) -> Settings:
    own = load_json(texts.get(OWN_KEY))
    if isinstance(own, dict) and own.get("format") == OWN_FORMAT:
        settings = _own(own, texts.get("parameters", ""))
        if settings is not None:
            return settings
    for reader in READERS:
        draft = reader(texts)
        if draft is not None and draft.has_anything:
            request, found, warnings = to_request(draft)
            return Settings(
                request=request,
                found=found,
                raw=_raw(texts),
                generator=draft.generator,
                fields=plain_fields(draft),
                warnings=warnings,
            )
    return Settings(raw=_raw(texts))


def _own(data: Mapping[str, Any], raw: str) -> Settings | None:
    try:
        request, warnings = _readable(from_json(data["request"]))
        conditions = data.get("conditions")
        parent = data.get("parent")
        pairs = conditions.items() if isinstance(conditions, dict) else ()
        return Settings(
            request=request,
            found=frozenset(data["request"]),
            raw=raw[:SHOWN_MAX],
            generator="Latent Studio",
            take_id=str(data.get("take_id") or ""),
            state=str(data.get("state") or ""),
            label=str(data.get("label") or ""),
            parent=(str(parent[0]), int(parent[1]))
            if isinstance(parent, list) and parent
            else None,
            warnings=warnings,
            conditions={str(k): str(v) for k, v in pairs},
        )
    except _DAMAGE as error:
        log.info("our own chunk is damaged, reading the infotext instead: %s", error)
        return None


def _readable(request: GenerationRequest) -> tuple[GenerationRequest, tuple[str, ...]]:
    """Prompts of a length that the window can show; more is a stranger's jest."""
    cut = {name: getattr(request, name)[:PROMPT_LIMIT] for name in ("prompt", "negative_prompt")}
    is_long = any(len(text) < len(getattr(request, name)) for name, text in cut.items())
    concept = request.concept
    if concept is not None and (
        len(concept.expression) > PROMPT_LIMIT or len(concept.direction) > _ITEMS_MAX
    ):
        concept, is_long = None, True
    loras = tuple((name[:_NAME_MAX], weight) for name, weight in request.loras[:_ITEMS_MAX])
    is_long = is_long or len(loras) < len(request.loras)
    warnings = ("Its prompt was too long and has been cut.",) if is_long else ()
    return request.edit(**cut, concept=concept, model=request.model[:_NAME_MAX],
                        loras=loras), warnings  # fmt: skip


def _raw(texts: Texts) -> str:
    for place in (*_RAW_PLACES, *texts):
        if texts.get(place):
            return texts[place][:SHOWN_MAX]
    return ""
