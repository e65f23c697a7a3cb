"""Pictures for indexing: upright, opaque, small enough, and never a crash."""

import os
import sys
import warnings

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from studio.concepts import decode
from studio.concepts.decode import (
    THUMBNAIL_PX,
    Thumbnails,
    digest,
    look,
    look_into,
    open_named,
    open_picture,
    split_reference,
    thumbnail,
)
from studio.engine.errors import BrokenFile
from studio.library.images import read_picture
from tests.fakes import picture


def save(path, image=None, **options):
    (image or Image.fromarray(picture(400, 200))).save(path, **options)
    return path


def swapped_profile():
    """sRGB with the primaries red and green exchanged, under another name."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {}
    for tag in range(int.from_bytes(profile[128:132], "big")):
        entry = 132 + 12 * tag
        at[bytes(profile[entry : entry + 4])] = entry
    red, green = at[b"rXYZ"] + 4, at[b"gXYZ"] + 4
    profile[red : red + 8], profile[green : green + 8] = (
        profile[green : green + 8],
        profile[red : red + 8],
    )
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "wide".encode("utf-16-be"))


def test_a_jpeg_is_decoded_small_and_its_true_size_told(tmp_path):
    image, size = open_picture(save(tmp_path / "a.jpg"), 50)
    assert size == (400, 200)
    assert image.mode == "RGB"
    assert 50 <= min(image.size) < 200


def test_the_camera_was_held_sideways(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    for suffix in ("png", "jpg"):
        image, size = open_picture(save(tmp_path / f"a.{suffix}", exif=exif), 50)
        assert size == (200, 400)
        assert image.size == (50, 100)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_camera_with_colours_of_its_own_was_held_sideways(tmp_path, suffix):
    """Phones write Display P3, and the change of colours leaves no EXIF behind."""
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / f"a.{suffix}", exif=exif, icc_profile=swapped_profile())
    image, size = open_picture(path, 200)
    assert (image.size, size) == ((200, 400), (200, 400))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_is_what_pillow_calls_upright(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / "a.png", exif=exif)
    with Image.open(path) as plain:
        wanted = ImageOps.exif_transpose(plain)
    image, size = open_picture(path, 200)
    assert size == wanted.size
    np.testing.assert_array_equal(np.asarray(image), np.asarray(wanted.convert("RGB")))


def test_a_reduced_transparent_picture_is_put_upright_too(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / "a.png", Image.new("RGBA", (400, 200), (9, 9, 9, 99)), exif=exif)
    image, size = open_picture(path, 50)
    assert (image.size, size) == ((50, 100), (200, 400))


def test_a_bomb_is_refused_where_pillow_only_warns(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50 * 50)  # warns up to twice as many pixels
    path = save(tmp_path / "a.png", Image.new("RGB", (60, 60)))
    with pytest.raises(BrokenFile, match="too many pixels"):
        open_picture(path, 16)
    with pytest.raises(BrokenFile):
        look_into(path)


def test_the_filters_of_warnings_are_left_alone(tmp_path, monkeypatch):
    """They are the program's, and several threads decode: one would put another's back."""
    inside = []
    read = decode._read

    def watched(*given):
        inside.append(list(warnings.filters))
        return read(*given)

    monkeypatch.setattr(decode, "_read", watched)
    open_picture(save(tmp_path / "a.png"), 16)
    assert inside == [list(warnings.filters)]


def test_what_cannot_be_decoded_small_is_reduced_to_the_same_means(tmp_path):
    source = Image.fromarray(picture(400, 200))
    image, size = open_picture(save(tmp_path / "a.png", source), 50)
    assert (image.size, size) == ((100, 50), (400, 200))
    means = np.asarray(source, np.float32).reshape(50, 4, 100, 4, 3).mean((1, 3))
    np.testing.assert_allclose(np.asarray(image, np.float32), means, atol=1.0)
    near = open_picture(tmp_path / "a.png", 150)[0]
    assert near.size == (400, 200)  # 1.3 times as large: nothing is averaged, nothing falls short


def test_what_is_transparent_does_not_bleed_into_a_reduced_picture(tmp_path):
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, 1::2] = 255  # white beside columns of transparent black
    image, _ = open_picture(save(tmp_path / "a.png", Image.fromarray(pixels)), 16)
    assert image.size == (16, 16)
    assert abs(int(np.asarray(image).mean()) - (255 + 128) // 2) <= 2


def test_colours_are_those_of_the_profile(tmp_path):
    wide = swapped_profile()
    image, _ = open_picture(save(tmp_path / "a.png", Image.new("RGB", (64, 64), "red"),
                                 icc_profile=wide), 16)  # fmt: skip
    red, green, blue = np.asarray(image)[0, 0]
    assert green > 200 > 60 > max(red, blue)  # its profile calls green what sRGB calls red
    broken, _ = open_picture(save(tmp_path / "b.png", Image.new("RGB", (64, 64), "red"),
                                  icc_profile=b"no profile"), 16)  # fmt: skip
    assert broken.getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    source = Image.fromarray(picture(32, 32))
    if mode == "I;16":
        image = Image.fromarray(picture(32, 32)[..., 0].astype(np.uint16) * 256)
    else:
        image = source.convert("L").convert(mode) if mode == "LA" else source.convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    opened, _ = open_picture(save(tmp_path / f"a.{kind.lower()}", image, format=kind), 16)
    assert opened.mode == "RGB"
    assert np.asarray(opened).std() > 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"a poem", "no PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, ""),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, data, words):
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(BrokenFile, match=r"a\.png.*" + words):
        open_picture(tmp_path / "a.png", 50)


def test_half_a_picture(tmp_path):
    whole = save(tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BrokenFile, match="damaged or cut off"):
        open_picture(tmp_path / "a.jpg", 50)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.timeout(20)
def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(BrokenFile, match="no picture file"):
        look(tmp_path / "a.png")


def test_copies_have_the_same_digest(tmp_path):
    first = save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(first.read_bytes())
    assert digest(first) == digest(tmp_path / "b.png")
    (tmp_path / "b.png").write_bytes(first.read_bytes() + b"x")
    assert digest(first) != digest(tmp_path / "b.png")


def test_names_of_steps(tmp_path):
    assert split_reference("/p/r.take#12")[1] == 12
    assert split_reference("/p/odd#12.png")[1] is None
    frames = {3: picture(8, 8)}
    (tmp_path / "r.take").write_bytes(b"x")
    step = open_named(str(tmp_path / "r.take#3"), 8, lambda _path: frames)
    assert np.array_equal(np.asarray(step), picture(8, 8))
    with pytest.raises(BrokenFile, match="no step 4"):
        open_named(str(tmp_path / "r.take#4"), 8, lambda _path: frames)


@pytest.mark.parametrize("name", [
    "~nobody-of-that-name/a.png",
    "a\0.png",
    "/p/a.take#²",
    "/p/a.take#" + "9" * 5000,
])  # fmt: skip
def test_a_name_that_means_no_file_is_told_as_missing(name):
    with pytest.raises(BrokenFile, match="not there"):
        open_named(name, 8)


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux alone")
def test_a_name_that_is_no_text_is_one_sentence(tmp_path):
    path = save(tmp_path / os.fsdecode(b"a\xff.png"))
    with pytest.raises(BrokenFile, match="no text") as caught:
        look(path)
    caught.value.message.encode()


def test_a_file_address_as_file_managers_write_it(tmp_path):
    path = save(tmp_path / "a hat é.png")
    assert split_reference(path.as_uri())[0] == path
    assert split_reference(str(tmp_path / "100%20.png"))[0].name == "100%20.png"


def test_thumbnails_fit_and_are_kept(tmp_path):
    image = Image.fromarray(picture(400, 200))
    assert thumbnail(image).size == (THUMBNAIL_PX, THUMBNAIL_PX // 2)
    kept = Thumbnails(tmp_path / "cache")
    place = kept.path("/p/a.png", 5)
    kept.save(place, image)
    assert read_picture(place).shape == (THUMBNAIL_PX // 2, THUMBNAIL_PX, 3)
    assert place != kept.path("/p/a.png", 6)


def test_a_small_copy_is_kept_when_it_is_first_shown(tmp_path):
    kept = Thumbnails(tmp_path / "cache", lambda path: tmp_path / "gallery" / path.name)
    own, opened = kept.path("/p/a.png", 5), []

    def read():
        opened.append(1)
        return Image.fromarray(picture(400, 200))

    for _ in range(2):
        assert kept.get("/p/a.png", own, read).size == (THUMBNAIL_PX, THUMBNAIL_PX // 2)
    assert len(opened) == 1
    own.write_bytes(b"torn")
    assert kept.get("/p/a.png", own, read).size == (THUMBNAIL_PX, THUMBNAIL_PX // 2)
    assert len(opened) == 2
    (tmp_path / "gallery").mkdir()
    save(tmp_path / "gallery" / "b.png", Image.new("RGB", (90, 60), "red"))
    assert kept.get("/p/b.png", kept.path("/p/b.png", 5), read).getpixel((5, 5)) == (255, 0, 0)
    assert len(opened) == 2  # the gallery has one already
    small = kept.get("/p/c.png", kept.path("/p/c.png", 5), lambda: Image.new("RGB", (20, 20)))
    assert small.size == (20, 20)
    assert not kept.path("/p/c.png", 5).exists()  # no smaller than the picture itself


def test_a_thumbnail_that_cannot_be_kept_is_shown_all_the_same(tmp_path):
    (tmp_path / "cache").write_bytes(b"a file where the folder should be")
    kept = Thumbnails(tmp_path / "cache")
    image = kept.get("/p/a.png", kept.path("/p/a.png", 5),
                     lambda: Image.fromarray(picture(400, 200)))  # fmt: skip
    assert image.size == (THUMBNAIL_PX, THUMBNAIL_PX // 2)
