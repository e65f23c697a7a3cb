"""Opening a stranger's file never hangs and never reads too much."""

import os

import pytest

from studio.engine.errors import BrokenFile, UnsafeFile
from studio.library.safefile import open_regular, read_bounded


def test_reads_a_file(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert read_bounded(tmp_path / "a", 3) == b"abc"


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    with open(tmp_path / "big.png", "wb") as file:
        file.truncate(10**12)  # sparse: a terabyte that takes no room
    with pytest.raises(UnsafeFile, match=r"big\.png is too large: 1,000,000 MB"):
        read_bounded(tmp_path / "big.png", 1000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.timeout(5)
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(UnsafeFile, match="not an ordinary file"):
        open_regular(tmp_path / "a.png")


def test_a_folder_and_nothing(tmp_path):
    with pytest.raises(UnsafeFile):
        open_regular(tmp_path)
    with pytest.raises(BrokenFile, match="is not there"):
        open_regular(tmp_path / "none")
    with pytest.raises(BrokenFile, match="cannot be read"):
        open_regular(tmp_path / "nul\0name")
