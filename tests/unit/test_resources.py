"""The shipped files are found from wherever the program is started."""

from studio.resources import resource, resource_root


def test_the_resource_folder_exists():
    assert resource_root().is_dir()


def test_a_resource_lies_below_the_root():
    assert resource("models/starter").is_relative_to(resource_root())
