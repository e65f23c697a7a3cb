"""What the Concepts workspace remembers survives a restart, whatever was in the file."""

from pathlib import Path

import pytest

from studio.state.concepts.kept import SEARCHES_MAX, Kept


@pytest.fixture
def kept(studio):
    return Kept(studio.settings, Path("/own"))


def test_our_own_pictures_are_always_searched(kept, qtbot):
    with qtbot.waitSignal(kept.folders_changed):
        kept.add_folder(Path("/photos"))
    kept.add_folder(Path("/photos"))
    assert kept.folders == [Path("/own"), Path("/photos")]
    kept.remove_folder(Path("/photos"))
    assert kept.folders == [Path("/own")]


def test_searches_newest_first_and_once(kept, qtbot):
    with qtbot.waitSignal(kept.searches_changed):
        kept.save_search(" hat ")
    kept.save_search("dog")
    kept.save_search("hat")
    kept.save_search("  ")
    assert kept.searches == ["hat", "dog"]
    kept.forget_search("hat")
    assert kept.searches == ["dog"]


def test_not_without_end(kept):
    for number in range(SEARCHES_MAX + 5):
        kept.save_search(str(number))
    assert len(kept.searches) == SEARCHES_MAX


def test_another_start_remembers(kept, studio):
    kept.save_search("hat")
    kept.set_model("big")
    again = Kept(studio.settings, Path("/own"))
    assert again.searches == ["hat"]
    assert again.model == "big"


@pytest.mark.parametrize("nonsense", [None, 5, "text", {"a": 1}, [1, None, "ok"]])
def test_nonsense_in_the_settings(kept, studio, nonsense):
    studio.settings.set("concept_searches", nonsense)
    assert kept.searches in ([], ["ok"])
