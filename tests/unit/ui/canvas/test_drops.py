"""What can be dropped and pasted."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from studio.ui.canvas.drop_zones import Use
from studio.ui.canvas.drops import dropped_image, dropped_path, on_white, uses_of, with_alpha


def test_the_first_file_that_can_be_opened(qapp) -> None:
    mime = QMimeData()
    files = [QUrl.fromLocalFile(f"/x/{name}") for name in ("notes.txt", "Work.STUDIO", "b.png")]
    mime.setUrls([QUrl("https://example.org/a.png"), *files])
    assert str(dropped_path(mime)).endswith("Work.STUDIO")
    mime.setUrls([QUrl.fromLocalFile("/x/a.svg")])
    assert dropped_path(mime) is None


def test_pictures_in_memory_and_none(qapp) -> None:
    mime = QMimeData()
    assert dropped_image(mime) is None
    mime.setImageData(QImage(3, 2, QImage.Format.Format_RGB32))
    assert dropped_image(mime).width() == 3
    mime.setImageData(QImage())
    assert dropped_image(mime) is None


def test_transparency_is_laid_on_white(qapp) -> None:
    image = QImage(2, 2, QImage.Format.Format_RGBA8888)
    image.fill(QColor(0, 0, 0, 0))
    assert on_white(image).pixelColor(0, 0) == QColor(255, 255, 255)
    solid = QImage(2, 2, QImage.Format.Format_RGB32)
    assert on_white(solid) is solid


def test_transparency_is_kept_for_a_mask(qapp) -> None:
    image = QImage(3, 2, QImage.Format.Format_ARGB32)
    image.fill(QColor(200, 100, 50, 60))
    assert with_alpha(image).tolist() == [[[200, 100, 50, 60]] * 3] * 2


def test_what_can_be_done_depends_on_what_it_is(qapp) -> None:
    mime = QMimeData()
    assert uses_of(mime) == ()
    mime.setImageData(QImage(3, 2, QImage.Format.Format_RGB32))
    assert Use.SETTINGS not in uses_of(mime)
    assert uses_of(mime)[0] is Use.OPEN
    mime.setUrls([QUrl.fromLocalFile("/x/a.png")])
    assert set(uses_of(mime)) == set(Use) - {Use.PROJECT}
    mime.setUrls([QUrl.fromLocalFile("/x/a.studio")])
    assert uses_of(mime) == (Use.PROJECT,)
