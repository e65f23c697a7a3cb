"""From the prompt as it is written to the prompt that is run: `<lora:name:0.8>` and `__list__`."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from studio.engine.errors import InvalidRequest
from studio.engine.request import PROMPT_LIMIT, GenerationRequest

if TYPE_CHECKING:
    from studio.engine.models.catalog import ModelInfo

WEIGHT_MAX = 20  # characters
_LORA = re.compile(
    rf"<lora:([^:<>\n]{{1,200}})(?::([^:<>\n]{{0,{WEIGHT_MAX}}}))?>", re.IGNORECASE
)
_GONE = "\ufdd0"  # stands for no character
_ODD_LORA = re.compile(r"<lora:[^<>\n]{0,300}>", re.IGNORECASE)  # what is left of the others
_LIST = re.compile(r"__([^\W_](?:[\w./-]{0,80}?[^\W_])?)__")
LIST_BYTES = 1_000_000  # a longer file is no list of words
LINES_MAX = 20_000
FILLED_MAX = 200  # lists filled in for one prompt; lists may name lists, in circles too
LISTS_SHOWN = 2000  # files that are looked at


class Known(Protocol):
    """Whoever knows which LoRAs are on this disk."""

    @property
    def loras(self) -> Sequence[ModelInfo]:
        """All, also those with a problem."""
        ...


class Wording:
    """Knows the LoRAs and the lists of words on this disk.

    folder: text files, one choice a line ("#" begins a remark); `animals/cat.txt` is
    `__animals/cat__`. Which line is taken depends on the seed alone.
    """

    def __init__(self, models: Known, folder: Path) -> None:
        self._models = models
        self.folder = folder

    def lora_names(self) -> list[str]:
        """Names that `<lora:...>` understands, in order."""
        names = {info.path.stem for info in self._models.loras if not info.problem}
        return sorted((n for n in names if not set(n) & set(":<>\n")), key=str.lower)

    def list_names(self) -> list[str]:
        """Names that `__...__` understands, in order."""
        return sorted(self._lists(), key=str.lower)

    def apply(self, request: GenerationRequest) -> GenerationRequest:
        """The request with lists filled in and LoRAs taken out of the words.

        Both prompts are looked through; the seed must be a real one. Raises InvalidRequest, which
        names what is not on this disk.
        """
        drawn = random.Random(request.seed)  # same seed, same words
        loras = dict(request.loras)
        texts = {}
        for name in ("prompt", "negative_prompt"):
            text = self._fill(getattr(request, name), name, drawn)
            texts[name], found = self._take_loras(text, name)
            loras |= found
        return request.edit(**texts, loras=tuple(loras.items()))

    def _take_loras(self, text: str, field: str) -> tuple[str, dict[str, float]]:
        found: dict[str, float] = {}
        for name, weight in _LORA.findall(text):
            info = self._lora(name.strip())
            if info is None:
                raise InvalidRequest(
                    field, f"There is no LoRA called {name.strip()} on this disk.",
                    f"Put its file into the models folder, or take <lora:{name}…> out.",
                )  # fmt: skip
            found[info.id] = _number(weight, name, field)
        left = without_loras(text)
        if (odd := _ODD_LORA.search(left)) is not None:
            raise InvalidRequest(field, f"{odd[0][:80]} is not understood.",
                                 "Write a name and one weight: <lora:name:0.8>.")  # fmt: skip
        return left, found

    def _lora(self, name: str) -> ModelInfo | None:
        wanted = name.casefold()
        for info in self._models.loras:
            if wanted in (info.id.casefold(), info.path.stem.casefold(), info.name.casefold()):
                return info
        return None

    def _fill(self, text: str, field: str, drawn: random.Random) -> str:
        if "__" not in text:
            return text
        lists, read = self._lists(), dict[str, list[str]]()
        for _ in range(FILLED_MAX):
            match = _LIST.search(text)
            if match is None or len(text) > PROMPT_LIMIT:
                return text
            name = match[1].casefold()
            if name not in lists:
                raise InvalidRequest(
                    field, f"There is no list called {match[1]}.",
                    f"Put {match[1]}.txt into the lists folder (File menu), or take "
                    f"__{match[1]}__ out of the prompt.",
                )  # fmt: skip
            if name not in read:
                read[name] = _lines(lists[name])
            chosen = drawn.choice(read[name]) if read[name] else ""
            text = text[: match.start()] + chosen + text[match.end() :]
        raise InvalidRequest(field, "The lists in this prompt name each other in a circle.",
                             "Take the circle out of the list files.")  # fmt: skip

    def _lists(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        try:
            for path in sorted(self.folder.rglob("*.txt"))[:LISTS_SHOWN]:
                if path.is_file() and not path.is_symlink():
                    name = path.relative_to(self.folder).with_suffix("").as_posix()
                    found[name.casefold()] = path
        except OSError:  # an unreadable folder holds no lists
            pass
        return found


def without_loras(text: str) -> str:
    """The words alone: no `<lora:...>`, and no commas left over from them."""
    if "<lora:" not in text.lower():
        return text
    parts = _LORA.sub(_GONE, text).split(",")  # first: a file's name may hold a comma
    left = [part.replace(_GONE, "") for part in parts if part.replace(_GONE, "").strip()
            or _GONE not in part]  # fmt: skip
    return ",".join(left).strip()


def with_loras(text: str, loras: Iterable[tuple[str, float]]) -> str:
    """The words with `<lora:name:weight>` for each, so that nothing acts unseen."""
    names = [(Path(name).name.removesuffix(".safetensors"), weight) for name, weight in loras]
    tags = [f"<lora:{name}:{_text_of(weight)}>" for name, weight in names]
    return " ".join(part for part in (text, *tags) if part)


def _text_of(weight: float) -> str:
    """1 for 1.0; rounded only where it could not be read again, or the picture would change."""
    short, whole = f"{weight:g}", repr(weight)
    return short if float(short) == weight or len(whole) > WEIGHT_MAX else whole


def _number(text: str, name: str, field: str) -> float:
    try:
        weight = float(text or 1)
    except ValueError:
        weight = float("nan")
    if not -10 <= weight <= 10:
        raise InvalidRequest(field, f"The LoRA {name} cannot have the weight {text}.",
                             "Write a number from -10 to 10, as in <lora:name:0.8>.")  # fmt: skip
    return weight


def _lines(path: Path) -> list[str]:
    try:
        with open(path, "rb") as file:
            text = file.read(LIST_BYTES).decode("utf-8-sig", "replace").replace("\x00", "")
    except OSError:
        return []
    lines = (line.strip() for line in text.splitlines()[:LINES_MAX])
    return [line for line in lines if line and not line.startswith("#")]
