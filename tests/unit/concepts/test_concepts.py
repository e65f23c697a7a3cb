"""The door: everything through real files and a tiny random CLIP."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from studio.concepts.algebra import NothingLeft
from studio.concepts.concepts import Concepts, Places
from studio.concepts.encoder import Encoder
from studio.concepts.expression import ExpressionError, parse
from studio.engine.errors import BrokenFile, Cancelled, ModelNotFound, StudioError
from tests.unit.concepts.conftest import WORDS, picture


@pytest.fixture(scope="module")
def home(tmp_path_factory, clip_folder):
    root = tmp_path_factory.mktemp("home")
    (root / "vocabulary").mkdir()
    (root / "vocabulary" / "art.tsv").write_text("\n".join(WORDS))
    (root / "vocabulary" / "english.tsv").write_text("ship\nhat\n")
    shutil.copytree(clip_folder, root / "models" / "tiny")
    (root / "pictures").mkdir()
    for i in range(6):
        picture(seed=i).save(root / "pictures" / f"{i}.png")
    return root


@pytest.fixture
def concepts(home, tmp_path):
    places = Places(models=(home / "models",), indexes=tmp_path / "indexes",
                    thumbnails=tmp_path / "thumbs", vocabulary=home / "vocabulary")  # fmt: skip
    frames = {i: np.asarray(picture(seed=40 + i)) for i in range(3)}
    door = Concepts(places, write=lambda path, data: path.write_bytes(data),
                    read_frames=lambda path: frames)  # fmt: skip
    door.choose("tiny")
    yield door
    door.close()


def finish(generator):
    while True:
        try:
            next(generator)
        except StopIteration as done:
            return done.value


def index(concepts, home):
    return finish(concepts.index([home / "pictures"], threading.Event()))


def test_words_come_with_numbers_and_verdicts(concepts, home):
    a, b = home / "pictures" / "0.png", home / "pictures" / "1.png"
    naming = concepts.words(f'"{a}" - "{b}"')
    backward = concepts.words(f'"{b}" - "{a}"')
    assert [w.word for w in naming.added] == [w.word for w in backward.removed]
    assert {w.word for w in naming.added} <= {*WORDS, "ship"}
    assert all(-1 <= w.cosine <= 1 for w in naming.added)
    assert [w.z for w in naming.added] == sorted((w.z for w in naming.added), reverse=True)


def test_others_can_see_that_it_is_being_opened(concepts, monkeypatch):
    """A picture with a concept waits for it, and says what for."""
    entered, gate, real = threading.Event(), threading.Event(), Concepts._open

    def slow(self):
        entered.set()
        assert gate.wait(20)
        return real(self)

    monkeypatch.setattr(Concepts, "_open", slow)
    assert not concepts.is_opening(0.0)
    opener = threading.Thread(target=concepts.space)
    opener.start()
    assert entered.wait(20)
    assert concepts.is_opening(0.01)
    gate.set()
    opener.join()
    assert not concepts.is_opening(0.0)


def test_only_what_is_asked_for_is_named(concepts):
    """A plain word has no opposite: "hat" removes nothing, "- hat" adds nothing."""
    for text, sides in (("hat", (1, 0)), ("hat + dog", (1, 0)), ("- hat", (0, 1)),
                        ("hat - dog", (1, 1))):  # fmt: skip
        naming = concepts.words(text)
        assert (bool(naming.added), bool(naming.removed)) == sides


def test_a_word_list_that_cannot_be_read_is_left_out_and_told(concepts, tmp_path):
    long = tmp_path / "long.txt"
    long.write_text("word\n" * 2_000_000)
    concepts.set_user_lists([long, tmp_path / "gone.txt"])
    assert concepts.words("hat").added
    assert [note.split(" is ")[0] for note in concepts.notes] == [
        "The word list long.txt", "The word list gone.txt"]  # fmt: skip
    assert all(note.endswith("It is left out.") for note in concepts.notes)


def test_the_prepared_vocabulary_is_kept_and_a_torn_one_is_made_anew(concepts, home, tmp_path):
    first = concepts.words("hat")
    [path] = (tmp_path / "indexes").glob("*/words-*.f16")
    before = path.stat().st_mtime_ns
    concepts.close()
    assert concepts.words("hat") == first
    assert path.stat().st_mtime_ns == before
    path.write_bytes(path.read_bytes()[:-7])
    concepts.close()
    assert concepts.words("hat") == first


@pytest.fixture
def read(concepts, monkeypatch):
    """The words that the encoder was given, four at a time kept."""
    monkeypatch.setattr("studio.concepts.space._CHUNK", 4)
    seen, encode = [], Encoder.texts

    def texts(self, texts, **options):
        seen.extend(text for text in texts if text in WORDS or text == "ship")
        return encode(self, texts, **options)

    monkeypatch.setattr(Encoder, "texts", texts)
    monkeypatch.setattr("studio.concepts.space.TEMPLATES", ("{}",))
    return seen


def stop_at(share, stop):
    return lambda done: stop.set() if done >= share else None


def test_a_stopped_reading_of_the_words_goes_on_where_it_was(concepts, read, tmp_path):
    stop, shares, space = threading.Event(), [], concepts.space()
    with pytest.raises(Cancelled):
        space.word_space(stop, stop_at(8 / 12, stop))
    concepts.close()  # the program ends
    space = concepts.space()
    read.clear()
    prepared = space.word_space(None, shares.append)
    assert len(read) == 4
    assert shares == [1.0]
    assert not list((tmp_path / "indexes").glob("*/*.part"))
    [kept] = (tmp_path / "indexes").glob("*/words-*.f16")
    kept.unlink()
    concepts.close()
    np.testing.assert_allclose(concepts.space().word_space().rows, prepared.rows, atol=1e-3)


def test_a_torn_part_of_the_words_is_read_again(concepts, read, tmp_path):
    stop = threading.Event()
    with pytest.raises(Cancelled):
        concepts.space().word_space(stop, stop_at(4 / 12, stop))
    [part] = (tmp_path / "indexes").glob("*/*.part")
    part.write_bytes(part.read_bytes()[:-3])
    concepts.close()
    read.clear()
    assert concepts.words("hat").added
    assert set(read) == {*WORDS, "ship"}


def test_who_reads_the_words_of_a_model_that_is_left_is_stopped(concepts, read):
    """A search has no stop of its own; it would read on for minutes, for nobody."""
    space, raised = concepts.space(), []

    def look():
        try:
            space.word_space(None, lambda _share: concepts.close())
        except Cancelled as error:
            raised.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(10)
    assert raised


def test_pictures_are_measured_while_the_words_are_read(concepts, home):
    space = concepts.space()
    with space._words_lock:  # as the reader has it, for minutes
        found = []
        thread = threading.Thread(target=lambda: found.extend(
            concepts.classify(str(home / "pictures" / "0.png"), ["hat", "dog"])))  # fmt: skip
        thread.start()
        thread.join(10)
        assert len(found) == 2


def test_a_replaced_tokenizer_has_the_vocabulary_read_anew(concepts, home, tmp_path):
    """Else what a wrong one has made of the words would outlive it."""
    shutil.copytree(home / "models" / "tiny", tmp_path / "models" / "mine")
    path = tmp_path / "models" / "mine" / "tokenizer.json"
    own = path.read_text()
    path.write_text(own.replace('"hat"', '"?"').replace('"dog"', '"hat"').replace('"?"', '"dog"'))
    concepts._places = replace(concepts._places, models=(tmp_path / "models",))
    concepts.choose("mine")
    wrong = concepts.space().word_space().rows
    path.write_text(own)
    concepts.close()
    assert not np.array_equal(concepts.space().word_space().rows, wrong)
    assert len(list((tmp_path / "indexes").glob("*/words-*.f16"))) == 2


def test_words_that_another_thread_forgets_are_read_again(concepts):
    space = concepts.space()
    first = space.term_vectors(parse("hat - dog").terms)

    class Lock:
        """Somebody else had it, and has cleared what was remembered."""

        def __enter__(self):
            space._known_texts.clear()

        def __exit__(self, *_):
            pass

    space._lock = Lock()
    np.testing.assert_array_equal(space.term_vectors(parse("hat - dog").terms), first)


def test_search_by_words_picture_and_step(concepts, home):
    report = index(concepts, home)
    assert report.embedded == 6
    assert concepts.indexed_count() == 6
    path = home / "pictures" / "3.png"
    found = concepts.search(f'"{path}"')
    assert found.hits[0].item.file == str(path)
    assert len(concepts.search("hat - dog").hits) <= 6
    assert len(concepts.search("hat - dog", minus="steer").hits) == 6
    strip = home / "pictures" / "run.take"
    strip.write_bytes(b"x")
    try:
        index(concepts, home)
        found = concepts.search(f'"{strip}#2"')
        assert found.hits[0].item.reference == f"{strip}#2"
        with pytest.raises(BrokenFile, match="no step 9"):
            concepts.search(f'"{strip}#9"')
    finally:
        strip.unlink()


def test_a_vector_from_the_index_is_that_of_the_picture(concepts, home):
    path = str(home / "pictures" / "2.png")
    fresh = concepts.space().picture_vector(path)
    index(concepts, home)
    concepts.close()
    stored = concepts.space().picture_vector(path)
    np.testing.assert_allclose(fresh, stored, atol=1e-2)


@pytest.mark.parametrize(("text", "kind", "words"), [
    ("hat +", ExpressionError, "Nothing follows"),
    ("./gone.png + hat", BrokenFile, "not there"),
    ("hat - hat", NothingLeft, "cancel"),
    ("", NothingLeft, "empty"),
])  # fmt: skip
def test_bad_expressions_are_one_sentence(concepts, text, kind, words):
    steered = partial(concepts.search, minus="steer")
    for ask in (concepts.words, steered):
        with pytest.raises(kind, match=words) as caught:
            ask(text)
        assert caught.value.hint


def test_classification_over_typed_labels(concepts, home):
    rows = concepts.classify(str(home / "pictures" / "0.png"), [" hat ", "dog", ""])
    assert {row.label for row in rows} == {"hat", "dog"}
    assert sum(row.share for row in rows) == pytest.approx(1, abs=1e-3)
    with pytest.raises(StudioError, match="no labels"):
        concepts.classify(str(home / "pictures" / "0.png"), [" "])


def test_an_unknown_or_broken_model(concepts, home, tmp_path):
    concepts.choose("nothing")
    with pytest.raises(ModelNotFound, match="nothing"):
        concepts.space()
    broken = home / "models" / "torn"
    shutil.copytree(home / "models" / "tiny", broken)
    (broken / "open_clip_model.safetensors").write_bytes(b"torn")
    try:
        concepts.choose("torn")
        with pytest.raises(StudioError, match="empty or cut off"):
            concepts.space()
    finally:
        shutil.rmtree(broken)


def test_each_model_has_its_own_index(concepts, home, tmp_path):
    index(concepts, home)
    [_first] = (tmp_path / "indexes").iterdir()
    shutil.copytree(home / "models" / "tiny", home / "models" / "second")
    try:
        concepts.choose("second")
        assert concepts.indexed_count() == 0
        concepts.choose("tiny")
        assert concepts.indexed_count() == 6
    finally:
        shutil.rmtree(home / "models" / "second")


def test_a_folder_that_is_searched_no_more_is_forgotten(concepts, home):
    assert concepts.forget(home / "pictures", []) is None  # no index is open, nor made for it
    index(concepts, home)
    assert concepts.forget(home / "pictures", [home]) == 6
    assert concepts.forget(home / "pictures", [home / "other"]) == 0
    assert concepts.search("hat").hits == ()
    concepts._milvus = "http://somewhere"  # a shared index is others', too
    index(concepts, home)
    assert concepts.forget(home / "pictures", []) == 6


def test_a_damaged_index_is_put_aside_and_said(concepts, home, tmp_path):
    index(concepts, home)
    concepts.close()
    [folder] = (tmp_path / "indexes").iterdir()
    for path in folder.glob("index.db*"):
        path.write_bytes(b"damaged" * 1000)
    assert concepts.indexed_count() == 0
    assert "damaged" in concepts.notes[0]
    assert folder.with_name(f"{folder.name}.damaged-1").is_dir()


def test_the_meter_follows_a_strip(concepts):
    pictures = [np.asarray(picture(seed=i)) for i in range(4)]
    curve = concepts.meter("hat", [0, 5, 10, 15], pictures)
    assert curve.steps == (0, 5, 10, 15)
    direction = concepts.space().evaluate(parse("hat")).vector
    expected = concepts.space().encode_pixels(pictures) @ direction
    np.testing.assert_allclose(curve.scores, expected, atol=1e-6)


def test_the_map_places_every_picture(concepts, home):
    index(concepts, home)
    points = concepts.map("hat", "dog - cat")
    assert len({point.item.file for point in points}) == 6
    best = max(points, key=lambda point: point.x).item.file
    assert best == concepts.search("hat").hits[0].item.file


def test_drawing_by_embedding_direction_and_guidance(concepts, home):
    text = f'"{home / "pictures" / "0.png"}" + hat'
    half, full = (concepts.concept(text, "embedding", amount) for amount in (0.0, 1.0))
    assert half.amount == 1
    np.testing.assert_allclose(half.embedding, concepts.space().picture_vector(
        str(home / "pictures" / "0.png")), atol=1e-5)  # fmt: skip
    assert not np.allclose(half.embedding, full.embedding)
    again = concepts.completed(type(full)(expression=full.expression))
    np.testing.assert_array_equal(again.embedding, full.embedding)
    along = concepts.concept("hat - dog", "direction", 0.7)
    assert along.direction == (("a hat", 1), ("a dog", -1))
    assert concepts.concept("hat", "guidance", 2.0).amount == 2


def test_guidance_keeps_its_direction_and_the_clip_of_it(concepts, tmp_path):
    photo = tmp_path / "photo.png"
    picture(seed=9).save(photo)
    asked = concepts.concept(f'"{photo}" - hat', "guidance", 2.0)
    kept = concepts.completed(asked)
    assert (kept.clip, kept.amount) == (concepts.model, 2.0)
    assert kept.embedding.shape == (concepts.space().encoder.dimensions,)
    assert ("a hat", -1.0) in kept.direction
    photo.unlink()
    assert concepts.completed(kept) is kept
    assert concepts.steer(kept, None).model == concepts.space().encoder.model


def test_a_vector_of_another_length_is_worked_out_again(concepts):
    lying = replace(concepts.concept("hat", "guidance"), embedding=np.ones(3, np.float32))
    assert concepts.steer(lying, None)._goal.shape == (concepts.space().encoder.dimensions + 1,)


def test_the_clip_that_guided_a_take_is_used_whichever_is_chosen(concepts):
    kept = concepts.completed(concepts.concept("hat", "guidance"))
    concepts.choose("absent")
    assert concepts.steer(kept, None).model.startswith(f"{kept.clip}@")
    with pytest.raises(ModelNotFound, match="guided by the CLIP model gone"):
        concepts.steer(replace(kept, clip="gone"), None)


def test_the_check_after_drawing_has_a_sign(concepts):
    one, other = (np.asarray(picture(seed=i)) for i in range(2))
    there, back = concepts.check("hat", one, other).z, concepts.check("hat", other, one).z
    assert there == pytest.approx(-back)
    assert concepts.check("an unknown thing", one, one).z == 0


def test_the_door_imports_no_torch():
    code = (
        "import sys, studio.concepts.concepts\n"
        "print([m for m in ('torch', 'open_clip', 'PySide6') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
