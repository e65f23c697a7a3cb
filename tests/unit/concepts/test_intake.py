"""From files to the model's input: small copies that stand in, digests, thumbnails."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from studio.concepts import decode
from studio.concepts.decode import Thumbnails, look, thumbnail
from studio.concepts.intake import Intake
from studio.library.thumbnails import Thumbnails as Gallery
from tests.unit.concepts.conftest import picture


class Eye:
    """Shows what the model would get, instead of a model."""

    def prepare(self, image):
        return np.asarray(image.resize((32, 32)), np.uint8).transpose(2, 0, 1)[None]

    def pictures(self, prepared):
        raise AssertionError("no model here")


@pytest.fixture
def opened(monkeypatch):
    """The names of the files that were decoded."""
    names, real = [], decode.open_picture

    def noting(path, side):
        names.append(path.name)
        return real(path, side)

    monkeypatch.setattr(decode, "open_picture", noting)
    return names


def save(path, image=None, **options):
    (image or picture(seed=1, size=(1200, 800))).save(path, **options)
    return look(path)


def seen(decoded):
    return decoded.prepared[0].astype(np.int16)


def test_the_thumbnail_that_another_model_left_stands_in_for_the_picture(tmp_path, opened):
    source = save(tmp_path / "a.png")
    thumbnails = Thumbnails(tmp_path / "small")
    first = Intake(Eye(), thumbnails=thumbnails, side=256, input_px=32).decode(source)
    second = Intake(Eye(), thumbnails=thumbnails, side=256, input_px=32).decode(source)
    small = thumbnails.path(source.file, source.mtime_ns).name
    assert opened == ["a.png", small]
    assert second.entries == first.entries
    assert (second.entries[0].width, second.entries[0].height) == (1200, 800)
    assert np.abs(seen(first) - seen(second)).mean() < 3  # of 255


def test_the_gallery_s_copy_stands_in_and_is_not_kept_twice(tmp_path, opened):
    source = save(tmp_path / "a.png")
    gallery = Gallery(tmp_path / "gallery")
    gallery.put(tmp_path / "a.png", np.asarray(picture(seed=1, size=(1200, 800))))
    thumbnails = Thumbnails(tmp_path / "small", gallery.place)
    decoded = Intake(Eye(), thumbnails=thumbnails, side=256, input_px=32).decode(source)
    assert (decoded.entries[0].width, decoded.entries[0].height) == (1200, 800)
    assert opened == [gallery.place(tmp_path / "a.png").name]
    assert not (tmp_path / "small").exists()


@pytest.mark.parametrize("wanted", [0, 200])
def test_a_copy_too_small_for_the_model_is_not_used(tmp_path, opened, wanted):
    source = save(tmp_path / "a.png")  # its thumbnail is 256 x 171
    thumbnails = Thumbnails(tmp_path / "small")
    for _ in range(2):
        Intake(Eye(), thumbnails=thumbnails, side=256, input_px=wanted).decode(source)
    assert opened.count("a.png") == 2


def test_another_picture_s_or_a_broken_copy_is_not_used(tmp_path):
    source = save(tmp_path / "a.png")
    thumbnails = Thumbnails(tmp_path / "small")
    place = thumbnails.path(source.file, source.mtime_ns)
    intake = Intake(Eye(), thumbnails=thumbnails, side=256, input_px=32)
    truth = seen(intake.decode(source))
    thumbnails.save(place, picture(size=(400, 400)))  # of another shape
    np.testing.assert_array_equal(seen(intake.decode(source)), truth)
    place.write_bytes(b"torn")
    np.testing.assert_array_equal(seen(intake.decode(source)), truth)


def test_pictures_on_their_side_keep_their_true_size(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    source = save(tmp_path / "a.webp", exif=exif)
    intake = Intake(Eye(), thumbnails=Thumbnails(tmp_path / "small"), side=256, input_px=32)
    sizes = [(e.width, e.height) for _ in range(2) for e in intake.decode(source).entries]
    assert sizes == [(800, 1200)] * 2


def test_transparent_pictures_are_always_laid_on_our_own_ground(tmp_path, opened):
    image = picture(seed=1, size=(512, 512)).convert("RGBA")
    image.putalpha(128)
    source = save(tmp_path / "a.png", image)
    gallery = Gallery(tmp_path / "gallery")
    gallery.get(tmp_path / "a.png")
    thumbnails = Thumbnails(tmp_path / "small", gallery.place)
    Intake(Eye(), thumbnails=thumbnails, side=256, input_px=32).decode(source)
    assert opened[-1] == "a.png"


def test_only_what_is_slow_to_open_gets_a_thumbnail_beforehand(tmp_path):
    thumbnails = Thumbnails(tmp_path / "small")
    intake = Intake(Eye(), thumbnails=thumbnails, side=256)
    has_one = {}
    for name, size in (("a.png", (512, 512)), ("b.png", (1024, 1024)), ("c.jpg", (1024, 1024)),
                       ("d.JPG", (3600, 2400)), ("e.webp", (1024, 768))):  # fmt: skip
        source = save(tmp_path / name, picture(size=size))
        intake.decode(source)
        has_one[name] = thumbnails.find(source.file, source.mtime_ns) is not None
    assert has_one == {"a.png": False, "b.png": True, "c.jpg": False, "d.JPG": True,
                       "e.webp": True}  # fmt: skip


def test_a_file_that_changes_meanwhile_is_no_copy_of_anything(tmp_path):
    source = save(tmp_path / "a.png")
    intake = Intake(Eye())
    known = replace(source, digest=b"known")
    assert intake.decode(source).source.digest == decode.digest(tmp_path / "a.png")
    assert intake.decode(known).source == known  # not read a second time
    os.utime(tmp_path / "a.png", ns=(1, 1))
    late = intake.decode(known).source
    assert late == replace(known, digest=b"")


def test_what_cannot_be_read_says_why(tmp_path):
    source = save(tmp_path / "a.png")
    (tmp_path / "a.png").unlink()
    assert "not there any more" in Intake(Eye()).decode(source).reason
    (tmp_path / "r.take").write_bytes(b"strip")
    strip = Intake(Eye(), read_frames=lambda _path: {}).decode(look(tmp_path / "r.take"))
    assert strip.reason == "The strip has no previews."


def test_a_thumbnail_is_as_sharp_as_bicubic_makes_it():
    image = picture(seed=3, size=(512, 512))
    bicubic = np.asarray(image.resize((256, 256), Image.Resampling.BICUBIC), np.int16)
    assert np.abs(np.asarray(thumbnail(image), np.int16) - bicubic).mean() < 2
