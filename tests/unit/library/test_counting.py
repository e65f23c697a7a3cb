from __future__ import annotations

from studio.library.counting import counted


def test_one_is_one_and_thousands_are_parted():
    assert counted(1) == "1 picture"
    assert (counted(0), counted(1234)) == ("0 pictures", "1,234 pictures")
    assert (counted(1, "file"), counted(2, "file")) == ("1 file", "2 files")
