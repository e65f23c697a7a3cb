"""Texts are found wherever programs put them, in any bytes, quickly."""

from __future__ import annotations

import gzip
import io
import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.library.metadata.containers import ALL_MAX, KEEP_MAX, find_texts
from tests.fakes import picture

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def saved(kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture(16, 16)).save(buffer, kind, **options)
    return buffer.getvalue()


def with_comment(kind: str, comment: bytes) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    return saved(kind, exif=exif.tobytes())


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG", "AVIF"])
@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + "ein Fuchs 狐".encode("utf-16-be"),
        b"UNICODE\0" + "ein Fuchs 狐".encode("utf-16-le"),
        b"UNICODE\0" + "ein Fuchs 狐".encode("utf-16"),  # with a byte order mark
        b"\0\0\0\0\0\0\0\0" + "ein Fuchs 狐".encode(),
        b"ASCII\0\0\0" + "ein Fuchs 狐".encode(),
        "ein Fuchs 狐".encode(),
    ],
)
def test_user_comments_in_every_dress(kind, comment):
    assert find_texts(with_comment(kind, comment))["UserComment"] == "ein Fuchs 狐"


def test_every_text_chunk_of_png():
    data = SIGNATURE + b"".join([
        chunk(b"tEXt", b"Title\0caf\xe9"),
        chunk(b"tEXt", b"raw\0" + "狐".encode()),  # against the letter of the standard
        chunk(b"zTXt", b"packed\0\0" + zlib.compress(b"hello")),
        chunk(b"iTXt", b"wide\0\0\0en\0\0" + "狐".encode()),
        chunk(b"iTXt", b"widepacked\0\1\0\0\0" + zlib.compress("狐".encode())),
        chunk(b"IDAT", b"pixels"),
        chunk(b"tEXt", b"late\0after the pixels"),
        chunk(b"IEND", b""),
    ])  # fmt: skip
    assert find_texts(data) == {
        "Title": "café", "raw": "狐", "packed": "hello", "wide": "狐", "widepacked": "狐",
        "late": "after the pixels",
    }  # fmt: skip


def test_the_first_chunk_of_a_name_wins():
    data = SIGNATURE + chunk(b"tEXt", b"parameters\0one") + chunk(b"tEXt", b"parameters\0two")
    assert find_texts(data)["parameters"] == "one"


def test_comments():
    assert find_texts(saved("JPEG", comment="hello"))["comment"] == "hello"
    assert find_texts(saved("GIF", comment="hello"))["comment"] == "hello"


def test_xmp_in_png_and_webp():
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-'
        'rdf-syntax-ns#"><rdf:Description xmlns:a="b" a:Tool="t"><a:Note>n &amp; m</a:Note>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet)
    for data in (saved("PNG", pnginfo=info), saved("WEBP", xmp=packet.encode())):
        got = find_texts(data)
        assert got["xmp:Tool"] == "t"
        assert got["xmp:Note"] == "n & m"


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY b{i} "' + f"&b{i - 1};" * 10 + '">' for i in range(1, 9))
    + "]><x>&b8;</x>"
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG",
        SIGNATURE,
        SIGNATURE + b"\xff" * 100,
        SIGNATURE + chunk(b"zTXt", b"a\0\0not packed"),
        SIGNATURE + chunk(b"iTXt", b"a"),
        SIGNATURE + chunk(b"tEXt", b"\0" * 100),
        SIGNATURE + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + BOMB.encode()),
        b"\xff\xd8" + b"\xff" * 1000,
        b"\xff\xd8\xff\xe1\x00\x00",
        b"\xff\xd8\xff\xe1\xff\xffExif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x92\x86" * 50,
        b"RIFF\xff\xff\xff\xffWEBPEXIF\xff\xff\xff\x7f" + b"II*\0" * 10,
        b"RIFF\0\0\0\0WEBP" + b"\0" * 100,
        b"GIF89a" + b"\xff" * 50,
        b"\0\0\0\x20ftypavif" + b"\xff" * 90,
        b"II*\0\x08\0\0\0" + b"\xff" * 90,
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_hostile_headers(data):
    start = time.perf_counter()
    assert isinstance(find_texts(data), dict)
    assert time.perf_counter() - start < 1


def test_a_text_bomb_is_cut():
    """500 MB of zeros in half a megabyte."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"\0" * 10**6) for _ in range(100)) + packer.flush()
    data = SIGNATURE + chunk(b"zTXt", b"parameters\0\0" + packed)
    start = time.perf_counter()
    assert len(find_texts(data)["parameters"]) <= KEEP_MAX
    assert time.perf_counter() - start < 1


def test_three_hundred_thousand_chunks():
    data = SIGNATURE + chunk(b"tEXt", b"a\0b") * 300_000
    start = time.perf_counter()
    assert find_texts(data) == {"a": "b"}
    assert time.perf_counter() - start < 1


SEEDS = [
    saved("PNG"),
    with_comment("JPEG", b"UNICODE\0" + "fox".encode("utf-16-be")),
    with_comment("WEBP", b"fox"),
    saved("GIF", comment="hello"),
    saved("WEBP", xmp=b"<x:xmpmeta xmlns:x='y'><x:Description a='b'/></x:xmpmeta>"),
]


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=200, deadline=None)
@given(st.sampled_from(range(len(SEEDS))), st.integers(0, 2**32), st.booleans())
def test_mutilated_files(which, seed, is_cut):
    chance = np.random.default_rng(seed)
    data = bytearray(SEEDS[which])
    for _ in range(int(chance.integers(1, 9))):
        data[int(chance.integers(0, len(data)))] = int(chance.integers(0, 256))
    texts = find_texts(bytes(data[: int(chance.integers(0, len(data)))] if is_cut else data))
    assert all(isinstance(k, str) and isinstance(v, str) for k, v in texts.items())


@given(st.binary(max_size=400))
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_any_bytes(data):
    for start in (b"", SIGNATURE, b"\xff\xd8", b"RIFF\0\0\0\0WEBP", gzip.compress(b"")[:4]):
        assert isinstance(find_texts(start + data), dict)


def timed(data):
    start = time.perf_counter()
    texts = find_texts(data)
    assert time.perf_counter() - start < 2
    return texts


@pytest.mark.parametrize("name", ["parameters", "n%d"])
def test_a_thousand_text_bombs(name):
    """4 kB each; unpacked they are 4 GB. Also where the name repeats and only the first is kept."""
    bomb = zlib.compress(b"a" * KEEP_MAX, 9)
    names = [(name % i if "%" in name else name).encode() for i in range(1000)]
    texts = timed(SIGNATURE + b"".join(chunk(b"zTXt", n + b"\0\0" + bomb) for n in names))
    assert 0 < sum(map(len, texts.values())) <= ALL_MAX


def xmp(inner: str) -> bytes:
    packet = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{inner}</x:xmpmeta>'
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet.encode())


@pytest.mark.parametrize(
    "inner",
    ["<Description>" * 30_000 + "</Description>" * 30_000, '<Description a="1"/>' * 200_000,
     "<Description>" + "<a>" * 100_000 + "</a>" * 100_000 + "</Description>",
     "<Description " + " ".join(f'a{i}="1"' for i in range(50_000)) + "/>"],
    ids=["nested", "many", "deep", "wide"],
)  # fmt: skip
def test_xmp_that_would_cost_its_square(inner):
    timed(SIGNATURE + xmp(inner) * 12)


def test_a_hundred_megabytes_of_text():
    texts = timed(SIGNATURE + chunk(b"tEXt", b"parameters\0" + b"a" * (100 << 20)))
    assert len(texts["parameters"]) <= KEEP_MAX
