"""The words that differences are named with. Torch-free.

A list is plain text: one term a line, "#" starts a remark; the shipped lists add facet, SCOWL
size, synset and family behind tabs. Terms that hash into the block list are left out.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from studio.engine.errors import BrokenFile

FILE_LIMIT = 4 * 2**20  # bytes of a user's list
TERM_LIMIT = 80  # characters
TERMS_LIMIT = 60_000
# Names of kinds of people are left out unless asked for: naming strangers invites bias.
PERSON_FACET = "person"
PLAIN_PEOPLE = frozenset(
    {"person", "people", "man", "men", "woman", "women", "boy", "girl", "child", "baby", "crowd"}
)


@dataclass(frozen=True, slots=True)
class Word:
    """One term. synset, family: equal for synonyms and for near relatives; "" = unknown."""

    text: str
    facet: str = ""
    synset: str = ""
    family: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """An ordered list of different terms. name: for people."""

    name: str
    words: tuple[Word, ...]

    @cached_property
    def texts(self) -> list[str]:
        """The terms alone."""
        return [word.text for word in self.words]

    @cached_property
    def key(self) -> str:
        """Identity for caches: a hash of the terms in their order."""
        return hashlib.sha256("\n".join(self.texts).encode()).hexdigest()[:16]

    def __len__(self) -> int:
        return len(self.words)


class BlockList:
    """Hashes of words that are never shown."""

    def __init__(self, path: Path | None = None) -> None:
        lines = path.read_text(encoding="ascii").split() if path and path.is_file() else []
        self._hashes = frozenset(lines)

    def has(self, term: str) -> bool:
        """Whether the term, or a word of it, is blocked."""
        pieces = {term.lower(), *term.lower().split()}
        return any(hashlib.sha256(p.encode()).hexdigest()[:12] in self._hashes for p in pieces)


def read_list(path: Path, *, blocked: BlockList | None = None) -> list[Word]:
    """Read one list. Raises BrokenFile with the reason."""
    try:
        if not path.is_file():
            raise BrokenFile(f"The word list {path.name} is missing.", "Choose it again.")
        if path.stat().st_size > FILE_LIMIT:
            raise BrokenFile(
                f"The word list {path.name} is too long: {path.stat().st_size / 2**20:.0f} MB.",
                f"Keep it below {FILE_LIMIT // 2**20} MB: more words only add false alarms.",
            )
        data = path.read_bytes()
    except OSError as error:
        raise BrokenFile(f"The word list {path.name} cannot be read: {error.strerror}.",
                         "Choose another file.") from error  # fmt: skip
    is_wide = data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if b"\x00" in data[:4096] and not is_wide:
        raise BrokenFile(f"{path.name} is no plain text.", "Write one word or phrase on each line.")
    words = parse_list(_decoded(data, is_wide))
    return [word for word in words if blocked is None or not blocked.has(word.text)]


def _decoded(data: bytes, is_wide: bool) -> str:
    """Text as editors save it: UTF-8, UTF-16 with its mark, or the old code page of Windows."""
    if is_wide:
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def keep_list(path: Path, folder: Path, write: Callable[[Path, bytes], None]) -> tuple[Path, int]:
    """Copy a user's list into a folder; where it is now, and how many words it has.

    Raises BrokenFile when it is no list of words, or cannot be kept.
    """
    words = read_list(path)
    if not words:
        raise BrokenFile(f"{path.name} holds no words.", "Write one on each line.")
    place = folder / f"{path.stem[:60]}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write(place, path.read_bytes())
    except OSError as error:
        raise BrokenFile(f"{path.name} could not be kept: {error.strerror}.",
                         "Free some disk space.") from error  # fmt: skip
    return place, len(words)


def parse_list(text: str) -> list[Word]:
    """The terms of a list's text, TERMS_LIMIT at most.

    Empty lines, remarks and overlong terms are skipped.
    """
    words: list[Word] = []
    for line in text.splitlines():
        fields = [field.strip() for field in line.split("\t")]
        term = " ".join(fields[0].split())
        if not term or term.startswith("#") or len(term) > TERM_LIMIT or not term.isprintable():
            continue
        facet, _, synset, family = (*fields[1:5], "", "", "", "")[:4]
        words.append(Word(term, facet, synset, family))
        if len(words) == TERMS_LIMIT:
            break
    return words


def merge(name: str, lists: Iterable[Sequence[Word]], *, with_people: bool = False) -> Vocabulary:
    """One vocabulary of several lists; a term counts once, as its first list has it."""
    found: dict[str, Word] = {}
    for words in lists:
        for word in words:
            is_person = word.facet == PERSON_FACET and word.text not in PLAIN_PEOPLE
            if with_people or not is_person:
                found.setdefault(word.text.lower(), word)
    return Vocabulary(name, tuple(list(found.values())[:TERMS_LIMIT]))


def shipped(folder: Path, model: str, user_lists: Iterable[Path] = ()) -> Vocabulary:
    """The vocabulary for a model: its own list if it was taught a small world, else the large ones.

    folder: resources/vocabulary. model: an encoder's id; "starter" has starter.tsv.
    Raises BrokenFile for a user's list that cannot be read.
    """
    blocked = BlockList(folder / "blocked.txt")
    own = folder / f"{model}.tsv"
    is_small_world = model.isidentifier() and own.is_file()
    files = [own] if is_small_world else [folder / "art.tsv", folder / "english.tsv"]
    lists = [read_list(path, blocked=blocked) for path in (*user_lists, *files)]
    name = "What this model was taught" if is_small_world else "English and art terms"
    return merge(name, lists, with_people=is_small_world)
