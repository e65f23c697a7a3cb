"""Where things are: one root for tests and portable use, the system's places otherwise."""

from pathlib import Path

from studio.library.home import APP_NAME, Home

PLACES = ("pictures", "models", "data", "config", "cache", "settings_file",
          "database_file", "thumbnails", "trash", "recovery", "indexes", "logs")  # fmt: skip


def test_everything_lies_below_a_given_root(tmp_path):
    home = Home(tmp_path / "studio")
    assert all(getattr(home, name).is_relative_to(tmp_path / "studio") for name in PLACES)


def test_nothing_is_made_by_asking(tmp_path):
    home = Home(tmp_path / "studio")
    assert [getattr(home, name) for name in PLACES]
    assert not (tmp_path / "studio").exists()


def test_no_two_places_are_the_same(tmp_path):
    home = Home(tmp_path)
    places = [getattr(home, name) for name in PLACES]
    assert len(set(places)) == len(places)


def test_the_environment_names_the_root(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIO_HOME", str(tmp_path / "x"))
    assert Home.from_environment().pictures == tmp_path / "x" / "Pictures"


def test_the_folder_of_somebody_unknown_is_a_plain_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUDIO_HOME", "~nobody-of-that-name")
    assert Home.from_environment().root == tmp_path / "~nobody-of-that-name"


def test_a_relative_root_does_not_move_with_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = Home(Path("here"))
    monkeypatch.chdir("/")
    assert home.pictures == tmp_path / "here" / "Pictures"


def test_without_a_root_pictures_go_where_pictures_go(monkeypatch):
    monkeypatch.delenv("STUDIO_HOME")
    assert Home.from_environment().pictures.name == APP_NAME
