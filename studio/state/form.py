"""What the user has filled in: one GenerationRequest under edit, kept across sessions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.request import (
    SEED_MAX,
    SIDE_MAX,
    SIDE_MIN,
    STEPS_MAX,
    GenerationRequest,
    from_json,
    to_json,
)
from studio.library.wording import with_loras
from studio.state.models import Models
from studio.state.settings import Settings

if TYPE_CHECKING:
    from studio.engine.models.catalog import ModelInfo

RANDOM = -1  # as a seed: draw a new one for each run
BATCH_MAX = 100
HISTORY_LIMIT = 200  # prompts kept
HISTORY_CHARACTERS = 400_000  # in all of them: up to 4 bytes each, see SETTINGS_MAX

FIELDS = frozenset(f.name for f in fields(GenerationRequest))
# What belongs to one run or to a document, not to the form that the next session begins with.
_NOT_KEPT = frozenset({"image", "inpaint", "parent", "concept"})
# What follows the model: its defaults are used when another model is chosen.
PER_MODEL = frozenset({
    "sampler", "schedule", "steps", "guidance_scale", "guidance_rescale", "guidance_start",
    "guidance_end", "width", "height", "eta", "noise", "strength",
})  # fmt: skip


class Form(QObject):
    """The request under edit; the one owner of every field that the panels show.

    Signals:
        form_changed(frozenset): names of the fields that have changed ("batch" is one of them).
        defaults_changed(): another model, so other defaults.
    """

    form_changed = Signal(frozenset)
    defaults_changed = Signal()

    def __init__(self, settings: Settings, models: Models, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._models = models
        kept = {k: v for k, v in settings.get("request").items() if k not in _NOT_KEPT}
        self._request = _spoken(_sane(from_json({"seed": RANDOM} | kept)))
        self._batch = min(max(settings.get("batch"), 1), BATCH_MAX)
        self._has_own_settings = bool(kept)
        self._before_load: GenerationRequest | None = None
        self._defaults = GenerationRequest(seed=RANDOM)
        models.models_changed.connect(self._on_models_changed)

    @property
    def request(self) -> GenerationRequest:
        """The fields as they stand; a seed of RANDOM is drawn when a run begins."""
        return self._request

    @property
    def batch(self) -> int:
        """How many pictures one press of Generate makes."""
        return self._batch

    @property
    def model(self) -> ModelInfo | None:
        """The chosen model's catalogue entry; None before the scan or when it is missing."""
        return self._models.find(self._request.model)

    def default(self, name: str) -> Any:
        """What `name` is when the user has not touched it (the model's default, else ours)."""
        return 1 if name == "batch" else getattr(self._defaults, name)

    def is_changed(self, name: str) -> bool:
        """True if the field differs from its default."""
        value = self._batch if name == "batch" else getattr(self._request, name)
        return bool(value != self.default(name))

    def edit(self, **changes: Any) -> None:
        """Change fields. Choosing another model brings that model's settings along."""
        if "model" in changes and changes["model"] != self._request.model:
            changes = self._settings_of(str(changes["model"])) | changes
        batch = changes.pop("batch", self._batch)
        changed = {n for n, v in changes.items() if getattr(self._request, n) != v}
        if changed:
            self._request = self._request.edit(**{n: changes[n] for n in changed})
        if batch != self._batch:
            self._batch = min(max(int(batch), 1), BATCH_MAX)
            changed.add("batch")
        if "model" in changed:
            self._take_defaults()
        if changed:
            self._keep(changed)
            self.form_changed.emit(frozenset(changed))

    def reset(self, names: Iterable[str]) -> None:
        """Put fields back to their defaults."""
        self.edit(**{name: self.default(name) for name in names})

    def load(self, request: GenerationRequest, names: Iterable[str] = FIELDS) -> None:
        """Take over fields of another request (of a picture); never its run-only parts."""
        wanted = FIELDS.intersection(names) - _NOT_KEPT - {"loras"}
        self._before_load = self._request
        request = _spoken(_sane(request))
        self.edit(**{name: getattr(request, name) for name in wanted})

    @Slot()
    def undo_load(self) -> None:
        """Put back what the form held before `load`; a second time brings the loaded back."""
        if self._before_load is not None:
            self.load(self._before_load)

    def remember_prompt(self, prompt: str) -> None:
        """Put a prompt on top of the history."""
        if prompt.strip():
            history = [prompt, *(p for p in self.prompt_history if p != prompt)]
            fitting = sum(n <= HISTORY_CHARACTERS for n in accumulate(map(len, history)))
            self._settings.set("prompt_history", history[: min(fitting, HISTORY_LIMIT)])

    @property
    def prompt_history(self) -> list[str]:
        """Prompts that were run, newest first."""
        return [p for p in self._settings.get("prompt_history") if isinstance(p, str)]

    @property
    def why_no_negative(self) -> str:
        """Why the negative prompt has no effect now; "" when it has."""
        if self._request.guidance_scale == 1.0:
            return "No effect while the CFG scale is 1. Raise it to use this."
        return ""

    def _settings_of(self, model: str) -> dict[str, Any]:
        kept = self._settings.get("model_requests").get(model)
        if isinstance(kept, dict):
            request = _sane(from_json(kept))
            return {n: getattr(request, n) for n in PER_MODEL if n in kept}
        info = self._models.find(model)
        defaults = _defaults_of(info, model) if info else None
        return {n: getattr(defaults, n) for n in PER_MODEL} if defaults else {}

    def _keep(self, changed: set[str]) -> None:
        request = to_json(self._request)
        kept = {k: v for k, v in request.items() if k not in _NOT_KEPT}
        self._settings.set("request", kept)
        self._settings.set("batch", self._batch)
        if changed & PER_MODEL:
            own = {k: v for k, v in request.items() if k in PER_MODEL}
            requests = dict(self._settings.get("model_requests")) | {self._request.model: own}
            self._settings.set("model_requests", requests)

    def _take_defaults(self) -> None:
        info = self.model
        if info is not None:
            self._defaults = _defaults_of(info, info.id)
            self.defaults_changed.emit()

    @Slot()
    def _on_models_changed(self) -> None:
        usable = [info for info in self._models.all if not info.problem]
        if self.model is None and usable:
            self.edit(model=usable[0].id)
        self._take_defaults()
        if not self._has_own_settings:
            self._has_own_settings = True
            self.reset(n for n in PER_MODEL if getattr(self._request, n) == _PLAIN[n])


_PLAIN = {name: getattr(GenerationRequest(), name) for name in PER_MODEL}
# What the form holds at most; eta may be infinite in a request, but not on a slider.
_RANGES = {
    "seed": (RANDOM, SEED_MAX), "variation_seed": (0, SEED_MAX), "noise_seed": (0, SEED_MAX),
    "steps": (1, STEPS_MAX), "width": (SIDE_MIN, SIDE_MAX), "height": (SIDE_MIN, SIDE_MAX),
    "guidance_scale": (0.0, 100.0), "guidance_rescale": (0.0, 1.0), "guidance_start": (0.0, 1.0),
    "guidance_end": (0.0, 1.0), "variation_strength": (0.0, 1.0), "strength": (0.0, 1.0),
    "eta": (0.0, 2.0), "noise": (0.0, 10.0),
}  # fmt: skip


def _defaults_of(info: ModelInfo, model: str) -> GenerationRequest:
    size = {"width": info.native_size, "height": info.native_size}
    named = {k: v for k, v in info.defaults.items() if k in PER_MODEL}
    return _sane(from_json({"seed": RANDOM, "model": model} | size | named))


def _spoken(request: GenerationRequest) -> GenerationRequest:
    """With its LoRAs written into the prompt, where they are seen and can be changed."""
    return request.edit(prompt=with_loras(request.prompt, request.loras), loras=())


def _sane(request: GenerationRequest) -> GenerationRequest:
    """A request from a file, with numbers that no widget can hold brought into range.

    A stranger's picture may claim any number, and what is in the form is there at the next start.
    """
    numbers = {name: getattr(request, name) for name in _RANGES}
    return request.edit(**{name: min(max(number, _RANGES[name][0]), _RANGES[name][1])
                           for name, number in numbers.items() if number is not None})  # fmt: skip
