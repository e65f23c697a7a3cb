"""The library: saved, found, forked, deleted, brought back, and made again from the files."""

from __future__ import annotations

import dataclasses
import json
import shutil

import numpy as np
import pytest

from studio.engine.errors import BrokenFile, SaveFailed
from studio.engine.request import GenerationRequest
from studio.library import database
from studio.library.database import Library
from studio.library.images import read_picture
from studio.library.takes import load_take, take_size
from tests.fakes import make_result, make_take, picture, snapshot


@pytest.fixture
def library(home):
    library = Library(home)
    yield library
    library.close()


def save(library, prompt="a fox", take_id="t", **more):
    request = GenerationRequest(prompt=prompt, width=64, height=64, seed=3)
    parent = more.get("parent")
    return library.save(make_result(request.edit(parent=parent), take_id=take_id, **more))


def files(library):
    return {n: b for n, b in snapshot(library.home.pictures).items() if not n.startswith(".trash")}


def test_building_one_touches_no_disk(home):
    Library(home)
    assert not home.root.exists()


def test_saved_and_found(library):
    saved = save(library)
    (found,) = library.page()
    assert found.id == saved.id
    assert (found.prompt, found.state, found.take_id) == ("a fox", "finished", "t")
    assert found.request == saved.take.request
    assert np.array_equal(read_picture(found.path), saved.picture)
    assert load_take(found.take_path).id == "t"
    assert library.thumbnails.get(found.path).shape == (64, 64, 3)


def test_newest_first_in_pages(library):
    for number in range(5):
        save(library, prompt=str(number), take_id=str(number))
    assert [p.prompt for p in library.page(0, 2)] == ["4", "3"]
    assert [p.prompt for p in library.page(4, 2)] == ["0"]
    assert library.count() == 5


@pytest.mark.parametrize(
    ("text", "number"),
    [("fox", 1), ("RED fox", 1), ("wolf", 1), ("fox wolf", 0), ("100%", 1), ("%", 1), ("_", 0),
     ("'; DROP TABLE pictures; --", 0), ("", 3)],
)  # fmt: skip
def test_searching(library, text, number):
    for prompt in ("a red fox", "a wolf", "100% lynx"):
        save(library, prompt=prompt, take_id=prompt)
    assert library.count(text) == len(library.page(text=text)) == number


def test_favourites(library):
    save(library, take_id="a")
    second = save(library, take_id="b")
    library.set_favourite(second.id, True)
    assert [p.id for p in library.page(favourites=True)] == [second.id]
    assert library.get(second.id).is_favourite


def test_an_unfinished_run(library):
    saved = library.save_unfinished(make_take(state="cancelled", steps=3))
    found = library.get(saved.id)
    assert (found.state, found.label) == ("cancelled", "stopped at step 3 of 3")
    assert library.save_unfinished(dataclasses.replace(make_take(), frames=[])) is None


def test_a_kept_frame(library):
    take = make_take(take_id="t")
    saved = library.save_picture(picture(), take.request, label="x0 of step 2 of 4", take=take,
                                 parent=("t", 2))  # fmt: skip
    found = library.get(saved.id)
    assert (found.label, found.parent, found.take_id) == ("x0 of step 2 of 4", ("t", 2), "")


def test_the_family_of_a_take(library):
    save(library, take_id="root")
    save(library, take_id="a", parent=("root", 2))
    save(library, take_id="b", parent=("root", 1))
    save(library, take_id="aa", parent=("a", 3))
    save(library, take_id="stranger")
    assert [p.take_id for p in library.family("aa")] == ["root", "a", "b", "aa"]
    assert [p.take_id for p in library.children("root")] == ["a", "b"]
    assert library.of_take("aa").parent == ("a", 3)


def test_a_family_without_its_eldest(library):
    eldest = save(library, take_id="root")
    save(library, take_id="a", parent=("root", 2))
    library.trash([eldest.id])
    assert [p.take_id for p in library.family("a")] == ["a"]


def test_a_ring_of_parents_ends(library):
    save(library, take_id="a", parent=("b", 1))
    save(library, take_id="b", parent=("a", 1))
    assert {p.take_id for p in library.family("a")} == {"a", "b"}


def test_a_name_is_kept_in_the_file(library):
    saved = save(library)
    library.rename(saved.id, "the good one")
    assert library.get(saved.id).name == "the good one"
    assert load_take(saved.take_path).name == "the good one"
    assert library.count("good") == 1


def test_deleted_and_brought_back(library):
    saved = save(library)
    before = files(library)
    token = library.trash([saved.id])
    assert files(library) == {}
    assert not list(library.home.thumbnails.rglob("*.webp"))  # what is deleted is seen nowhere
    assert library.count() == 0
    (back,) = library.undo_trash(token)
    assert files(library) == before
    assert library.get(saved.id) == back
    assert back.path == saved.path


def test_a_new_picture_in_the_place_of_a_deleted_one(library):
    first = save(library, prompt="old", take_id="old")
    token = library.trash([first.id])
    second = save(library, prompt="new", take_id="new")
    (back,) = library.undo_trash(token)
    assert back.path != second.path
    assert {p.prompt for p in library.page()} == {"old", "new"}
    assert load_take(back.take_path).id == "old"


def test_a_picture_whose_file_was_gone_already(library):
    saved = save(library)
    saved.path.unlink()
    token = library.trash([saved.id])
    assert (token, library.count()) == ((saved.id,), 0)
    with pytest.raises(SaveFailed, match="gone already"):
        library.undo_trash(token)


def test_deleting_several_is_all_or_nothing(library, monkeypatch):
    saved = [save(library, take_id=f"t{n}") for n in range(3)]
    before, put = files(library), library._trash.put

    def failing(picture_id, paths):
        if picture_id == saved[2].id:
            raise SaveFailed("no", "no")
        put(picture_id, paths)

    monkeypatch.setattr(library._trash, "put", failing)
    with pytest.raises(SaveFailed):
        library.trash([one.id for one in saved])
    assert files(library) == before
    assert library.count() == 3


def test_a_picture_stays_where_it_is_if_the_index_cannot_tell_that_it_went(library, monkeypatch):
    saved = save(library)
    before = files(library)

    def full(*_args, **_more):
        raise SaveFailed("full", "full")

    monkeypatch.setattr(library, "_set", full)
    with pytest.raises(SaveFailed):
        library.trash([saved.id])
    assert files(library) == before


def test_one_that_cannot_be_brought_back_keeps_none_of_the_others(library):
    saved = [save(library, take_id=f"t{n}") for n in range(3)]
    before = files(library)
    token = library.trash([one.id for one in saved])
    shutil.rmtree(library.home.trash / str(saved[0].id))
    with pytest.raises(SaveFailed):
        library.undo_trash(token)
    assert {saved[1].path.name, saved[2].path.name} <= {name.rpartition("/")[2] for name in before}
    assert library.count() == 2
    assert len(files(library)) == len(before) - 2  # a picture and its take


def test_a_trash_that_is_no_longer_known_takes_no_row_along(library):
    """A crash between moving and noting, or another index: the row of that number is another's."""
    saved = save(library)
    library.set_favourite(saved.id, True)
    (library.home.trash / str(saved.id)).mkdir(parents=True)
    library.empty_trash()
    assert library.get(saved.id).is_favourite


def test_pictures_on_a_disk_that_is_not_plugged_in_keep_their_rows(library, tmp_path):
    saved = save(library)
    library.set_favourite(saved.id, True)
    library.home.pictures.rename(tmp_path / "unplugged")
    list(library.refresh())
    (tmp_path / "unplugged").rename(library.home.pictures)
    list(library.refresh())
    assert library.get(saved.id).is_favourite


def test_a_picture_deleted_while_the_disk_is_looked_through_can_come_back(library, monkeypatch):
    saved = save(library)
    token = []

    def walking(_root):
        token.extend(library.trash([saved.id]))
        return iter(())

    monkeypatch.setattr(database, "pictures_below", walking)
    list(library.refresh())
    (back,) = library.undo_trash(token)
    assert back.path == saved.path


def test_one_hostile_picture_does_not_end_the_looking(library, monkeypatch):
    saved = [save(library, take_id=f"t{n}") for n in range(2)]
    described = database.describe

    def lying(path, root):
        row = described(path, root)
        return row | {"seed": 2**70} if path == saved[0].path else row

    monkeypatch.setattr(database, "describe", lying)
    with library._index.writing() as connection:
        connection.execute("DELETE FROM pictures")
    list(library.refresh())
    assert [picture.path for picture in library.page()] == [saved[1].path]


def test_emptying_the_trash(library, monkeypatch):
    from studio.library import trash

    monkeypatch.setattr(trash, "send2trash", lambda file: file.unlink())
    token = library.trash([save(library).id])
    library.empty_trash()
    with pytest.raises(SaveFailed):
        library.undo_trash(token)
    assert library.count() == 0


def test_the_index_is_made_again_from_the_files(library, home):
    save(library, take_id="root")
    child = save(library, take_id="a", parent=("root", 2))
    library.rename(child.id, "good")
    before = [(p.path, p.take_id, p.parent, p.name, p.request) for p in library.page()]
    library.close()
    shutil.rmtree(home.data)
    again = Library(home)
    assert list(again.refresh())[-1] == 1.0
    assert [(p.path, p.take_id, p.parent, p.name, p.request) for p in again.page()] == before
    again.close()


def test_a_broken_index_is_set_aside_and_made_again(library, home):
    save(library)
    library.close()
    home.database_file.write_bytes(b"nonsense" * 1000)
    again = Library(home)
    list(again.refresh())
    assert again.count() == 1
    assert "damaged" in again.problem
    again.close()


def test_refreshing_follows_the_disk(library):
    first, second = save(library, take_id="a"), save(library, take_id="b")
    list(library.refresh())
    assert list(library.refresh()) == []  # nothing to do: nothing is read
    first.path.unlink()
    copy = second.path.with_name("copied.png")
    copy.write_bytes(second.path.read_bytes())
    (second.path.parent / "junk.png").write_bytes(b"junk")
    list(library.refresh())
    assert {p.path.name for p in library.page()} == {"copied.png", second.path.name}


def test_a_linked_picture_is_read_once(library, tmp_path, monkeypatch):
    saved = save(library)
    elsewhere = tmp_path / "elsewhere.png"
    saved.path.rename(elsewhere)
    saved.path.symlink_to(elsewhere)
    list(library.refresh())
    monkeypatch.setattr(library, "add", lambda path: pytest.fail("read again"))
    list(library.refresh())
    assert library.count() == 1


def test_a_picture_is_safe_even_if_the_index_is_not(library, monkeypatch):
    monkeypatch.setattr(database, "describe", lambda *_: (_ for _ in ()).throw(
        SaveFailed("The library's index cannot be used.", "")))  # fmt: skip
    saved = save(library)
    assert saved.id == 0
    assert saved.path.exists()
    monkeypatch.undo()
    list(library.refresh())
    assert library.at(saved.path).prompt == "a fox"


def test_pictures_that_are_not_there(library):
    for ask in (lambda: library.get(99), lambda: library.of_take("x"),
                lambda: library.at(library.home.pictures / "x.png")):  # fmt: skip
        with pytest.raises(BrokenFile, match="not in the library"):
            ask()


@pytest.mark.parametrize(("policy", "left"), [("all", 3), ("last 1", 1), ("previews", 0)])
def test_keeping_takes(library, policy, left):
    takes = [save(library, take_id=str(n)).take_path for n in range(3)]
    freed = library.keep_takes(policy)
    with_steps = [take for take in takes if take_size(take).steps]
    assert len(with_steps) == left
    assert (freed > 0) == (left < 3)
    if left == 1:
        assert with_steps == [takes[2]]  # the newest
    assert all(len(load_take(take).frames) == 5 for take in takes)


def test_keeping_takes_passes_over_broken_ones(library):
    saved = save(library)
    saved.take_path.write_bytes(b"nonsense")
    assert library.keep_takes("previews") == 0


def test_the_request_is_whole_in_the_row(library):
    saved = save(library)
    row = library.get(saved.id)
    assert json.loads(row.request_text)["seed"] == 3


def test_many_pictures_are_listed_quickly(library):
    import time

    with library._index.writing() as connection:
        connection.executemany(
            "INSERT INTO pictures (path, created, prompt) VALUES (?, ?, ?)",
            [(f"{i}.png", i, f"prompt {i}") for i in range(20_000)],
        )
    start = time.perf_counter()
    assert library.page(0, 200)[0].prompt == "prompt 19999"
    assert library.count("prompt 777") == sum("777" in str(i) for i in range(20_000))
    assert time.perf_counter() - start < 0.5
