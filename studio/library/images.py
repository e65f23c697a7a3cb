"""Read pictures of strangers: any file gives pixels or one sentence, never a crash or a bomb.

Everybody who opens a picture file uses `read_picture`. Pixels are upright, opaque sRGB.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

from studio.engine.errors import BrokenFile, StudioError, UnsafeFile
from studio.engine.request import Pixels
from studio.library.safefile import read_bounded

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"}
)
PIXELS_MAX = 64_000_000
FILE_MAX = 256 << 20  # bytes
_PROFILE_MAX = 4 << 20  # bytes of an ICC profile
_SRGB = ImageCms.createProfile("sRGB")
# What Pillow and its codecs were seen to raise on 12,000 mutilated files, and their relatives.
DAMAGE = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, AttributeError,
    EOFError, MemoryError, RuntimeError, struct.error, zlib.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip
# Pillow checks the header's size itself, but at this limit it only warns: make that an error.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
# What it grumbles about damaged EXIF is of no use to anybody.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What the header of a picture file says. width, height: pixels, as stored."""

    width: int
    height: int
    format: str


def read_picture(
    path: Path, *, reduce_to: int | None = None, keep_alpha: bool = False
) -> Pixels:
    """The picture as [H, W, 3] uint8 sRGB, upright, transparency on white, first frame.

    reduce_to: shrink so that the longer side is at most this (JPEGs are decoded small already).
    keep_alpha: [H, W, 4] instead, if the file has transparency. Raises BrokenFile or UnsafeFile
    with the file's name and the reason.
    """
    data = read_bounded(path, FILE_MAX)
    return read_picture_bytes(data, path.name, reduce_to=reduce_to, keep_alpha=keep_alpha)


def read_picture_bytes(
    data: bytes, name: str, *, reduce_to: int | None = None, keep_alpha: bool = False
) -> Pixels:
    """`read_picture` for bytes in memory (clipboard, drag and drop). name: for the messages."""
    try:
        with _open(data, name) as image:
            if reduce_to is not None:
                image.draft("RGB", (reduce_to, reduce_to))
            image.load()
            upright = ImageOps.exif_transpose(image)
            if reduce_to is not None and max(upright.size) > reduce_to:
                upright = _in_shades(_to_eight_bits(upright))
                upright.thumbnail((reduce_to, reduce_to), Image.Resampling.BICUBIC)
            upright = _to_eight_bits(upright)
            if keep_alpha and _has_alpha(upright):
                return np.asarray(upright.convert("RGBA")).copy()
            return np.asarray(_flatten(upright)).copy()
    except StudioError:
        raise
    except DAMAGE as error:
        raise _cannot_read(data, name) from error


def picture_facts(path: Path) -> PictureFacts:
    """Size and format from the header, without decoding. Raises BrokenFile or UnsafeFile."""
    data = read_bounded(path, FILE_MAX)
    try:
        with _open(data, path.name) as image:
            return PictureFacts(*image.size, format=image.format or "")
    except StudioError:
        raise
    except DAMAGE as error:
        raise _cannot_read(data, path.name) from error


def is_picture_name(path: Path) -> bool:
    """Whether the file's name looks like a picture that can be read."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _open(data: bytes, name: str) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_large(name) from error
    if image.width * image.height > PIXELS_MAX:
        image.close()
        raise _too_large(name)
    return image


def _too_large(name: str) -> UnsafeFile:
    return UnsafeFile(
        f"{name} has more than {PIXELS_MAX // 1_000_000} million pixels.",
        "Make it smaller in another program first.",
    )


def _cannot_read(data: bytes, name: str) -> BrokenFile:
    if not data:
        return BrokenFile(f"{name} is empty.", "Use a copy of it if you have one.")
    head = data[:512]
    if all(byte >= 32 or byte in b"\t\n\r\f" for byte in head) or head[:2] in (b"\xff\xfe",):
        return BrokenFile(f"{name} holds text, not a picture.", "Choose a PNG, JPEG or WebP file.")
    return BrokenFile(
        f"{name} is damaged, or no picture that this program can read.",
        "Open it in another program and save it as PNG.",
    )


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Bring 16- and 32-bit greys down to 8 bits; Pillow alone would cut them off at 255."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode not in ("I", "F"):
        return image
    values = np.nan_to_num(np.asarray(image, np.float64))
    top = 1.0 if image.mode == "F" and values.max(initial=0) <= 1 else 65535.0
    return Image.fromarray((np.clip(values / top, 0, 1) * 255 + 0.5).astype(np.uint8))


def _in_shades(image: Image.Image) -> Image.Image:
    """Line art and palettes in colours that can be averaged; Pillow would only drop pixels."""
    if image.mode not in ("1", "P", "PA"):
        return image
    shades = image.convert("RGBA" if _has_alpha(image) else "RGB")
    shades.info.pop("icc_profile", None)  # as `_flatten` does
    return shades


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("LA", "PA", "La", "RGBa", "RGBA") or "transparency" in image.info


def _flatten(image: Image.Image) -> Image.Image:
    if _has_alpha(image):
        image = _to_srgb(image.convert("RGBA"), image.info.get("icc_profile"))
        ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, image).convert("RGB")
    if image.mode not in ("RGB", "CMYK"):
        image, profile = image.convert("RGB"), None  # greys and palettes: their profile is unfit
    else:
        profile = image.info.get("icc_profile")
    return _to_srgb(image, profile).convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile or len(profile) > _PROFILE_MAX:
        return image
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, _SRGB, outputMode=target) or image
    except (ImageCms.PyCMSError, *DAMAGE):
        return image  # a bad profile costs exact colours, not the picture
