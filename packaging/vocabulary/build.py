"""Build resources/vocabulary from Debian's wordnet-base and scowl, and our own art terms.

Keeps what can be seen: nouns of visual lexicographer files and adjectives, in WordNet and in
SCOWL up to size 35. WordNet's own marks drop slurs, obscene and sexual words; their hashes are
written too, so that users' lists can be checked without the words standing in a file.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOUN_FACETS = {5: "animal", 6: "thing", 8: "body", 13: "food", 15: "place", 17: "nature",
               18: "person", 19: "nature", 20: "plant", 25: "shape", 27: "material"}  # fmt: skip
FULL_WORLD = {"ANIMALS": "animal", "PLANTS": "plant", "FOOD": "food", "VEHICLES": "thing",
              "THINGS": "thing", "PEOPLE": "person", "HUMAN_HEADS": "person",
              "ANIMAL_HEADS": "animal", "HEADGEAR": "headgear", "SCENES": "place",
              "COLOURS": "colour"}  # fmt: skip
SMALL_WORLD = {"SMALL_OBJECTS": "thing", "SMALL_HEADS": "thing", "SMALL_HEADGEAR": "headgear",
               "SMALL_SCENES": "place", "SMALL_COLOURS": "colour"}  # fmt: skip
SENSES = 3  # of a noun, most frequent first; a later visual sense is too far-fetched
SIZES = (10, 20, 35)
SPELLINGS = ("english", "british", "american")
SLUR = re.compile(r"\b(slur|offensive|obscen\w+|vulgar\w*|derogatory|disparag\w+|pejorative)\b")
SEXUAL = re.compile(
    r"\b(sexual\w*|sexually|genital\w*|prostitut\w*|copulat\w*|penis|vagina\w*|vulva|testicl\w*"
    r"|scrotum|anus|excrement|feces|semen|coitus|orgasm\w*|masturbat\w*|pornograph\w*|incest\w*"
    r"|rape|pedophil\w*|brothel|pimp|concubine|whore|homosexual\w*|lesbian|transvest\w*|fetish\w*"
    r"|rectum|enema)\b"
)
# What WordNet does not mark, marks in another sense only, or what is no use as a name.
PLAIN_WORDS = frozenset(
    """
able about above after again all alone another any apart away back bad bare basic best better
big both certain common complete considerable different due each early easy enough entire every
extra far few final first following former free full further general good great half high
important independent individual kind last late latter least less likely little local long low
main major many mere minor more most much near necessary new next normal obvious official only
other overall own particular past personal possible present previous primary private public
ready real recent relevant responsible right same second secondary separate several similar
simple single small so-called some special specific standard subject such sufficient sure third
total true typical usual various very whole worth wrong
""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Sense:
    """One synset. file: lexicographer file number."""

    file: int
    offset: str
    parent: str
    gloss: str


def read_senses(path: Path) -> dict[str, Sense]:
    """data.noun or data.adj: synsets by offset."""
    senses = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue  # the licence
        fields, _, gloss = line.partition("|")
        parts = fields.split()
        words = int(parts[3], 16)
        at = 4 + 2 * words
        pointers = [parts[at + 1 + 4 * i : at + 5 + 4 * i] for i in range(int(parts[at]))]
        parent = next((p[1] for p in pointers if p[0] in ("@", "@i", "&")), "")
        senses[parts[0]] = Sense(int(parts[1]), parts[0], parent, gloss.strip())
    return senses


def read_index(path: Path) -> dict[str, list[str]]:
    """index.noun or index.adj: offsets by lemma, the most frequent sense first."""
    index = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        parts = line.split()
        index[parts[0]] = parts[-int(parts[2]) :]
    return index


def read_grades(folder: Path) -> dict[str, int]:
    """Words of SCOWL with the smallest size that has them."""
    grades: dict[str, int] = {}
    for size in SIZES:
        for spelling in SPELLINGS:
            path = folder / f"{spelling}-words.{size}"
            if path.exists():
                for word in path.read_text(encoding="latin-1").split():
                    grades.setdefault(word, size)
    return grades


class Lexicon:
    """WordNet's nouns and adjectives."""

    def __init__(self, folder: Path) -> None:
        self.senses = {kind: read_senses(folder / f"data.{kind}") for kind in ("noun", "adj")}
        self.index = {kind: read_index(folder / f"index.{kind}") for kind in ("noun", "adj")}

    def of(self, word: str, kind: str) -> list[Sense]:
        """The senses of a word."""
        lemma = word.lower().replace(" ", "_")
        return [self.senses[kind][o] for o in self.index[kind].get(lemma, [])]

    def is_marked(self, word: str) -> bool:
        """Whether a common sense is marked as a slur, or the first one as sexual."""
        nouns, adjectives = self.of(word, "noun"), self.of(word, "adj")
        common = [sense.gloss.split(";")[0] for sense in nouns[:SENSES] + adjectives[:SENSES]]
        first = [sense.gloss.split(";")[0] for sense in nouns[:1] + adjectives[:1]]
        return any(map(SLUR.search, common)) or any(map(SEXUAL.search, first))

    def place(self, word: str) -> tuple[str, str, str] | None:
        """(facet, synset, family) of a word's first visual sense."""
        for sense in self.of(word, "noun")[:SENSES]:
            if sense.file in NOUN_FACETS:
                return NOUN_FACETS[sense.file], f"n{sense.offset}", f"n{sense.parent}"
        adjective = self.of(word, "adj")[:1]
        for sense in adjective:
            return "adjective", f"a{sense.offset}", f"a{sense.parent or sense.offset}"
        return None


def dictionary_rows(lexicon: Lexicon, grades: dict[str, int]) -> tuple[list[str], list[str]]:
    """The rows of the list, and the words that were dropped as marked."""
    rows, dropped = [], []
    for word, grade in sorted(grades.items()):
        if len(word) < 3 or not re.fullmatch(r"[a-z-]+", word) or word in PLAIN_WORDS:
            continue
        place = lexicon.place(word)
        if place is None:
            continue
        if lexicon.is_marked(word):
            dropped.append(word)
            continue
        facet, synset, family = place
        rows.append(f"{word}\t{facet}\t{grade}\t{synset}\t{family}")
    return rows, dropped


def art_terms(path: Path) -> list[tuple[str, str]]:
    """Every term of our own list once, with its facet ("[facet]" headings, commas between)."""
    found: dict[str, str] = {}
    for block in re.split(r"^\[", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        facet, _, text = block.partition("]")
        for term in text.replace("\n", " ").split(","):
            if plain := " ".join(term.split()):
                found.setdefault(plain, facet)
    return list(found.items())


def art_rows(lexicon: Lexicon) -> list[str]:
    """Our own terms, with WordNet's synset where it knows the term."""
    rows = []
    for term, facet in art_terms(Path(__file__).with_name("art.txt")):
        place = lexicon.place(term)
        synset, family = place[1:] if place else ("", "")
        rows.append(f"{term}\t{facet}\t0\t{synset}\t{family}")
    return rows


def starter_rows(lexicon: Lexicon, world: str) -> list[str]:
    """The words that the starter model was taught, read from its recipe's catalogue."""
    names = catalogue()
    words, synonyms = names["WORDS"], names["SYNONYMS"]
    facets = FULL_WORLD if world == "full" else SMALL_WORLD
    rows: dict[str, str] = {}
    for name, facet in facets.items():
        for glyph in names[name]:
            word = words.get(glyph, glyph).replace(" face", "").split(": ")
            plain = f"{word[0]} with {word[1]}" if len(word) > 1 else word[0]
            for term in (plain, *synonyms.get(glyph, ())):
                family = "headgear" if facet == "headgear" else ""
                place = lexicon.place(term)
                synset = place[1] if place else ""
                rows.setdefault(term, f"{term}\t{facet}\t0\t{synset}\t{family}")
    return list(rows.values())


def catalogue() -> dict[str, Any]:
    """The constants of the starter's catalogue."""
    sys.path.insert(0, str(ROOT / "packaging" / "starter"))
    from starter_recipe import catalogue as module

    return vars(module)


def write(path: Path, title: str, rows: list[str]) -> None:
    """Write one list."""
    head = f"# {title}\n# term, facet, size of SCOWL (0 = ours), synset, family; tab-separated\n"
    path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(rows)} terms")


def main() -> None:
    """Write the lists."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--scowl", type=Path, default=Path("/usr/share/dict/scowl"))
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "vocabulary")
    parser.add_argument("--world", default="small", help="of the starter that ships: small, full")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    lexicon = Lexicon(options.wordnet)
    rows, dropped = dictionary_rows(lexicon, read_grades(options.scowl))
    write(options.out / "english.tsv", "Visual words: WordNet 3.0 and SCOWL up to 35", rows)
    write(options.out / "art.tsv", "Art terms, our own list", art_rows(lexicon))
    write(
        options.out / "starter.tsv",
        "What the starter model was taught",
        starter_rows(lexicon, options.world),
    )
    ours = {piece for row in art_rows(lexicon) for piece in row.split("\t")[0].split()}
    hashes = sorted(hashlib.sha256(word.encode()).hexdigest()[:12] for word in {*dropped} - ours)
    (options.out / "blocked.txt").write_text("\n".join(hashes) + "\n", encoding="utf-8")
    print(f"blocked.txt: {len(hashes)} hashes")


if __name__ == "__main__":
    main()
