"""Word lists: what is read, what is left out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from studio.concepts.vocabulary import (
    TERMS_LIMIT,
    BlockList,
    Vocabulary,
    Word,
    keep_list,
    merge,
    parse_list,
    read_list,
    shipped,
)
from studio.engine.errors import BrokenFile
from studio.resources import resource

FOLDER = resource("vocabulary")


def test_a_users_list_is_one_term_a_line():
    text = "# mine\n\n  oil   painting \nbokeh\t lens\nx" + "y" * 100 + "\nbad\x07bell\n"
    words = parse_list(text)
    assert words == [Word("oil painting"), Word("bokeh", "lens")]


def test_the_shipped_lists():
    large = shipped(FOLDER, "ViT-B-32")
    texts = set(large.texts)
    assert 9_000 < len(large) < 16_000
    assert {"hat", "cap", "helmet", "beard", "bokeh", "impasto", "chiaroscuro", "man"} <= texts
    assert not {"the", "above", "accountant", "unique-nonsense"} & texts
    assert len(texts) == len(large)
    small = shipped(FOLDER, "starter")
    assert {"hat", "top hat", "crown", "helmet", "desert", "red"} <= set(small.texts)
    assert len(small) < 1000


def test_synonyms_share_a_synset_and_headgear_a_family():
    words = {word.text: word for word in shipped(FOLDER, "starter").words}
    assert words["hat"].family == words["crown"].family == "headgear"
    english = {word.text: word for word in shipped(FOLDER, "other").words}
    assert english["auto"].synset == english["car"].synset != ""
    assert english["hat"].synset != english["car"].synset


def test_blocked_words_stay_out(tmp_path):
    path = tmp_path / "blocked.txt"
    path.write_text(hashlib.sha256(b"rude").hexdigest()[:12])
    (tmp_path / "list.txt").write_text("fine\nrude\nRude gesture\n")
    words = read_list(tmp_path / "list.txt", blocked=BlockList(path))
    assert [word.text for word in words] == ["fine"]
    assert len((FOLDER / "blocked.txt").read_text().split()) > 100


def test_names_of_kinds_of_people_are_left_out_unless_asked_for():
    words = [Word("nurse", "person"), Word("man", "person"), Word("hat", "thing")]
    assert merge("x", [words]).texts == ["man", "hat"]
    assert merge("x", [words], with_people=True).texts == ["nurse", "man", "hat"]


def test_the_key_follows_the_terms():
    one, two = Vocabulary("a", (Word("x"), Word("y"))), Vocabulary("b", (Word("y"), Word("x")))
    assert one.key != two.key
    assert one.key == Vocabulary("c", one.words).key


def test_a_users_list_comes_first(tmp_path):
    (tmp_path / "mine.txt").write_text("zeppelin race\n")
    vocabulary = shipped(FOLDER, "other", [tmp_path / "mine.txt"])
    assert vocabulary.texts[0] == "zeppelin race"


@pytest.mark.parametrize(("data", "words"), [
    (b"x" * (10 * 2**20), "10 MB"), (b"\x00\x01\x02", "no plain text"), (None, "missing"),
])  # fmt: skip
def test_a_bad_list_is_one_sentence(tmp_path, data, words):
    path = tmp_path / "list.txt"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(BrokenFile, match=words) as caught:
        read_list(path)
    assert caught.value.hint


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_list_is_read_as_its_editor_has_saved_it(tmp_path, encoding):
    (tmp_path / "list.txt").write_bytes("naïve\r\nhat\r\n".encode(encoding))
    assert [word.text for word in read_list(tmp_path / "list.txt")] == ["naïve", "hat"]


def test_a_list_of_millions_is_read_as_far_as_it_is_used():
    assert len(parse_list("w\n" * (TERMS_LIMIT + 5))) == TERMS_LIMIT


def test_a_users_list_is_copied_and_counted(tmp_path):
    listed, empty = tmp_path / "ships.txt", tmp_path / "empty.txt"
    listed.write_text("sloop\nbrig\n# a remark\n")
    empty.write_text("\n# nothing\n")
    kept, count = keep_list(listed, tmp_path / "lists", Path.write_bytes)
    assert (kept, count) == (tmp_path / "lists" / "ships.txt", 2)
    assert kept.read_text() == listed.read_text()
    with pytest.raises(BrokenFile, match="no words"):
        keep_list(empty, tmp_path / "lists", Path.write_bytes)

    def refuse(path, data):
        raise OSError(28, "No space left on device")

    with pytest.raises(BrokenFile, match="No space left"):
        keep_list(listed, tmp_path / "lists", refuse)
