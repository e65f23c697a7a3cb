"""Any picture file gives upright, opaque sRGB pixels, or one sentence."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from studio.engine.errors import BrokenFile, StudioError, UnsafeFile
from studio.library.images import (
    is_picture_name,
    picture_facts,
    read_picture,
    read_picture_bytes,
)
from tests.fakes import picture


def save(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header claims a size; its pixels are missing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "JPEG"])
def test_reads_the_formats(tmp_path, kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    (tmp_path / "a").write_bytes(save(Image.fromarray(picture(40, 24)), kind, **options))
    pixels = read_picture(tmp_path / "a")
    assert pixels.shape == (24, 40, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - picture(40, 24)).mean() < 12
    facts = picture_facts(tmp_path / "a")
    assert (facts.width, facts.height, facts.format) == (40, 24, kind)


def test_a_png_comes_back_exactly():
    assert np.array_equal(read_picture_bytes(save(Image.fromarray(picture())), "a"), picture())


def test_the_camera_was_held_sideways():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise to see it upright
    data = save(Image.fromarray(picture(40, 24)), "PNG", exif=exif)
    assert np.array_equal(read_picture_bytes(data, "a"), np.rot90(picture(40, 24), -1))


def test_transparency_is_kept_where_it_is_wanted(tmp_path):
    clear = Image.new("RGBA", (3, 2), (10, 20, 30, 40))
    palette = Image.new("P", (3, 2), 1)
    palette.putpalette([9, 9, 9, 70, 80, 90])
    palette.info["transparency"] = 1
    for image, expected in ((clear, [10, 20, 30, 40]), (palette, [70, 80, 90, 0])):
        image.save(tmp_path / "a.png", **dict(image.info.items()))
        assert read_picture(tmp_path / "a.png", keep_alpha=True)[0, 0].tolist() == expected
    Image.new("RGB", (3, 2)).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png", keep_alpha=True).shape == (2, 3, 3)


def test_transparency_lies_on_white():
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[0, 0] = (255, 0, 0, 255)
    pixels[1, 1] = (255, 0, 0, 128)
    got = read_picture_bytes(save(Image.fromarray(pixels)), "a")
    assert got[0, 0].tolist() == [255, 0, 0]
    assert got[3, 3].tolist() == [255, 255, 255]
    assert got[1, 1].tolist() == [255, 127, 127]


def test_sixteen_bits_keep_their_middle():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    got = read_picture_bytes(save(Image.fromarray(ramp)), "a")
    assert np.abs(got[..., 0].reshape(-1).astype(int) - np.arange(256)).max() <= 1


def in_mode(mode: str) -> Image.Image:
    source = Image.fromarray(picture(16, 16))
    if mode == "I;16":
        return Image.fromarray(picture(16, 16)[..., 0].astype(np.uint16) * 257)
    if mode == "LAB":
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(source, *profiles, outputMode="LAB")
    return source.convert("L").convert(mode) if mode in ("F", "LA") else source.convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "YCbCr", "LAB", "F", "I;16"])
def test_every_mode_becomes_rgb(mode):
    got = read_picture_bytes(save(in_mode(mode), "TIFF"), "a")
    assert got.shape == (16, 16, 3)
    assert got.std() > 0


def test_a_colour_profile_is_applied():
    """A profile with red and blue exchanged in its matrix: the colours must move."""
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red, blue = linear.index(b"rXYZ"), linear.index(b"bXYZ")
    swapped = bytearray(linear)
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    image = Image.new("RGB", (4, 4), (255, 0, 0))
    got = read_picture_bytes(save(image, icc_profile=bytes(swapped)), "a")
    assert got[0, 0, 2] > got[0, 0, 0]


def test_a_broken_profile_costs_the_colours_only():
    image = Image.new("RGB", (4, 4), (10, 20, 30))
    got = read_picture_bytes(save(image, icc_profile=b"nonsense" * 20), "a")
    assert got[0, 0].tolist() == [10, 20, 30]


def test_the_first_frame_of_an_animation():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = save(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read_picture_bytes(data, "a")[0, 0].tolist() == [255, 0, 0]


def test_reduced_reading():
    data = save(Image.fromarray(picture(400, 200)), "JPEG")
    assert read_picture_bytes(data, "a", reduce_to=100).shape == (50, 100, 3)


@pytest.mark.parametrize("size", [(13_000, 13_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
@pytest.mark.timeout(5)
def test_a_bomb_is_refused_by_its_header(size):
    with pytest.raises(UnsafeFile, match=r"bomb\.png has more than 64 million pixels"):
        read_picture_bytes(bomb(*size), "bomb.png")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"Dear diary, today I trained a model.", "holds text"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n(run this) print", "holds text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>", "text"),
        (b"\x7fELF" + b"\0" * 200, "no picture"),
        (save(Image.fromarray(picture(200, 200)))[:3000], "damaged"),
        (save(Image.fromarray(picture(200, 200)), "JPEG")[:1500], "damaged"),
        (save(Image.fromarray(picture(200, 200)), "WEBP")[:500], "damaged"),
    ],
)
def test_what_is_no_picture_is_named(data, words):
    with pytest.raises(BrokenFile, match=words) as failed:
        read_picture_bytes(data, "holiday.png")
    assert "holiday.png" in failed.value.message
    assert failed.value.hint


def test_half_a_picture_is_never_passed_off_as_whole(tmp_path):
    data = save(Image.fromarray(picture(300, 300)), "JPEG")
    for length in range(700, len(data) - 2, len(data) // 9):
        with pytest.raises(BrokenFile):
            read_picture_bytes(data[:length], "a.jpg")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"]))
def test_mutilated_pictures_raise_words_or_open(seed, kind):
    chance = np.random.default_rng(seed)
    data = bytearray(save(Image.fromarray(picture(24, 16)), kind))
    for _ in range(int(chance.integers(1, 12))):
        data[int(chance.integers(0, len(data)))] = int(chance.integers(0, 256))
    with contextlib.suppress(StudioError):
        got = read_picture_bytes(bytes(data), "a.png")
        assert got.ndim == 3
        assert got.dtype == np.uint8


def test_names_of_pictures(tmp_path):
    assert is_picture_name(tmp_path / "A.JPEG")
    assert not is_picture_name(tmp_path / ".0001.png")
    assert not is_picture_name(tmp_path / "0001.take")
    assert not is_picture_name(tmp_path / "drawing.svg")


@pytest.mark.parametrize("mode", ["1", "P", "L", "RGB"])
def test_line_art_is_averaged_when_it_is_reduced(mode):
    """Of a fine pattern every second line would else be left out, or all of them."""
    fine = Image.fromarray(np.uint8(np.indices((200, 200)).sum(0) % 2 * 255)).convert(mode)
    buffer = io.BytesIO()
    fine.save(buffer, "PNG")
    small = read_picture_bytes(buffer.getvalue(), "a", reduce_to=50)
    assert abs(int(small.mean()) - 128) <= 2
    assert small.std() < 10
