"""Open pictures for indexing: fast, and safe with whatever lies in a folder. Torch-free."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import stat
import struct
import warnings
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote

from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from studio.concepts.store import Source
from studio.engine.errors import BrokenFile
from studio.engine.request import Pixels

ReadFrames = Callable[[Path], Mapping[int, Pixels]]  # by step, from 0; decoded when looked up
Gallery = Callable[[Path], Path]  # where the small copy of a picture lies, or would lie

FORMATS = ("PNG", "JPEG", "WEBP")
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
TAKE_SUFFIX = ".take"
_STEP = re.compile(r"\.take#([0-9]{1,6})\Z", re.IGNORECASE)
BYTES_LIMIT = 256 * 2**20
PIXELS_LIMIT = 64 * 10**6
_PIXELS_HINT = f"Up to {PIXELS_LIMIT // 10**6} million can be read."
THUMBNAIL_PX = 256
GREY = (128, 128, 128)  # behind transparent pictures
_OPAQUE = ("1", "L", "RGB", "CMYK", "YCbCr")
_TURNED = (5, 6, 7, 8)  # EXIF orientations that swap width and height
_UPRIGHT = {  # EXIF orientation -> how the picture is put upright
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
}  # fmt: skip
# What Pillow and its codecs raise on mutilated files. The warning is an error where
# library.images is at work, which sets the limit of pixels.
_BOMBS = (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning)
DAMAGE = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, AttributeError,
    EOFError, RuntimeError, struct.error, zlib.error, *_BOMBS,
)  # fmt: skip
# What it grumbles about damaged EXIF is of no use to anybody. Once for the whole program: Python's
# catch_warnings is no matter for several threads, they put each other's filters back.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
_PROFILE_LIMIT = 4 * 2**20  # bytes of an ICC profile
_DIGEST_PART = 16 * 1024  # bytes of head and of tail; the tail holds the checksum of the rest
_OPENING_NS = {".jpg": 1.6, ".jpeg": 1.6}  # per pixel and core; JPEGs are decoded small
_OPENING_NS_ELSE = 18.0
_SLOW_NS = 12e6  # from which a thumbnail is worth its making before it is looked at


def look(path: Path) -> Source:
    """Size and time of a regular file. Raises BrokenFile for anything else, without opening it."""
    if (plain := str(path).encode(errors="replace").decode()) != str(path):
        raise BrokenFile(f"The name of {Path(plain).name}, or of a folder above it, is no text.",
                         "Rename it.")  # fmt: skip
    try:
        facts = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise BrokenFile(f"{path.name} is not there any more.",
                         "Choose the picture again.") from error  # fmt: skip
    if not stat.S_ISREG(facts.st_mode):
        raise BrokenFile(f"{path.name} is no picture file.", "Choose a PNG, JPEG or WebP file.")
    return Source(file=str(path), size=facts.st_size, mtime_ns=facts.st_mtime_ns)


def digest(path: Path) -> bytes:
    """A short hash of a file's start and end: equal for copies. Raises BrokenFile."""
    try:
        with open(path, "rb") as file:
            total = hashlib.blake2b(file.read(_DIGEST_PART), digest_size=16)
            size = os.fstat(file.fileno()).st_size
            file.seek(max(size - _DIGEST_PART, 0))
            total.update(file.read(_DIGEST_PART))
            total.update(size.to_bytes(8, "little"))
    except OSError as error:
        raise BrokenFile(f"{path.name} cannot be read: {error.strerror}.",
                         "Check that it is yours to read.") from error  # fmt: skip
    return total.digest()


def open_picture(path: Path, side: int) -> tuple[Image.Image, tuple[int, int]]:
    """The picture as RGB, shorter side at least `side` where it was, and its true size.

    JPEGs are decoded at a fraction of their size where that is enough, others are reduced at once
    after it. Upright by EXIF, colours by ICC profile, transparency on grey, first frame only.
    Raises BrokenFile with the reason.
    """
    source = look(path)
    if source.size == 0:
        raise BrokenFile(f"{path.name} is empty.", "Save or copy the picture again.")
    if source.size > BYTES_LIMIT:
        raise BrokenFile(f"{path.name} is larger than {BYTES_LIMIT // 2**20} MB.",
                         "Make it smaller.")  # fmt: skip
    try:
        with Image.open(path, formats=FORMATS) as image:
            return _read(image, path.name, side)
    except BrokenFile:
        raise
    except UnidentifiedImageError as error:
        raise BrokenFile(f"{path.name} is no PNG, JPEG or WebP picture.",
                         "Save it in one of these formats.") from error  # fmt: skip
    except _BOMBS as error:
        raise BrokenFile(f"{path.name} has too many pixels.", _PIXELS_HINT) from error
    except DAMAGE as error:
        raise _cut_off(path) from error


def look_into(path: Path) -> tuple[tuple[int, int], bool]:
    """A picture's size as stored, before EXIF turns it, and whether it is opaque; from the header.

    Raises BrokenFile.
    """
    try:
        with Image.open(path, formats=FORMATS) as image:
            return image.size, image.mode in _OPAQUE and "transparency" not in image.info
    except DAMAGE as error:
        raise _cut_off(path) from error


def _cut_off(path: Path) -> BrokenFile:
    return BrokenFile(f"{path.name} is damaged or cut off.", "Save or copy the picture again.")


def _read(image: Image.Image, name: str, side: int) -> tuple[Image.Image, tuple[int, int]]:
    width, height = image.size
    if width * height > PIXELS_LIMIT:
        raise BrokenFile(f"{name} has {width * height / 1e6:.0f} million pixels.",
                         _PIXELS_HINT)  # fmt: skip
    if image.format == "JPEG":
        scale = min(1.0, side / max(min(width, height), 1))
        image.draft("RGB", (max(1, int(width * scale)), max(1, int(height * scale))))
    image.load()
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    small = _flat(_in_srgb(_reduced(image, side)))
    # By what the file said: a picture in other colours, or without transparency, has no EXIF left.
    how = _UPRIGHT.get(orientation)
    upright = small if how is None else small.transpose(how)
    return upright, ((height, width) if orientation in _TURNED else (width, height))


def _reduced(image: Image.Image, side: int) -> Image.Image:
    """Averaged over whole squares of pixels while the shorter side stays `side` or more.

    Everything after it is done on few pixels: upright, colours, thumbnail and the model's view.
    """
    factor = min(image.size) // max(side, 1)
    if factor < 2:
        return image
    flat = image if image.mode in ("RGB", "L", "CMYK") else _flat(image)
    return flat.reduce(factor)


def _in_srgb(image: Image.Image) -> Image.Image:
    """The colours that the picture's profile means; as they are where the profile is no use."""
    profile = image.info.get("icc_profile")
    if image.mode not in ("RGB", "CMYK") or not profile or len(profile) > _PROFILE_LIMIT:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        seen = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"),
                                         outputMode="RGB")  # fmt: skip
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return seen or image


def _flat(image: Image.Image) -> Image.Image:
    """RGB, with what is transparent laid on grey."""
    if image.mode == "RGB":
        return image
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        whole = image.convert("RGBA")
        ground = Image.new("RGBA", whole.size, (*GREY, 255))
        ground.alpha_composite(whole)
        return ground.convert("RGB")
    if image.mode.startswith("I"):  # 16-bit grey
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    return image.convert("RGB")


def split_reference(name: str) -> tuple[Path, int | None]:
    """A picture's path, and the step if the name is strip.take#step."""
    plain = unquote(name.removeprefix("file://")) if name.startswith("file://") else name
    step = _STEP.search(plain)
    if step is not None:
        return _place(plain[: step.start() + len(TAKE_SUFFIX)]), int(step[1])
    return _place(plain), None


def _place(path: str) -> Path:
    """The whole path; "~" is the user's own folder, another's is taken for a plain name."""
    is_home = path == "~" or path.startswith(("~/", "~\\"))
    return (Path(path).expanduser() if is_home else Path(path)).absolute()


def open_named(name: str, side: int, read_frames: ReadFrames | None = None) -> Image.Image:
    """The RGB picture that a name of an expression means: a file, or a step of a strip.

    Raises BrokenFile with the reason.
    """
    path, step = split_reference(name)
    if step is None:
        return open_picture(path, side)[0]
    look(path)
    frames: Mapping[int, Pixels] = read_frames(path) if read_frames else {}
    if step not in frames:
        raise BrokenFile(f"{path.name} has no step {step}.", "Choose another step.")
    return Image.fromarray(frames[step])


def thumbnail(image: Image.Image) -> Image.Image:
    """A copy that fits a square of THUMBNAIL_PX; Hamming's window halves bicubic's time."""
    small = image.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.HAMMING, reducing_gap=2.0)
    return small


def is_slow_to_open(name: str, width: int, height: int) -> bool:
    """Whether a picture file of that size, in pixels, should have a thumbnail beforehand."""
    each = _OPENING_NS.get(os.path.splitext(name)[1].lower(), _OPENING_NS_ELSE)
    return width * height * each > _SLOW_NS


class Thumbnails:
    """A folder of small JPEGs, named after what they show; may be deleted at any time.

    Made when pictures are indexed that are slow to open, of the others when they are shown.
    gallery: where the gallery keeps its own small copy of a picture file, there or not.
    """

    def __init__(self, folder: Path, gallery: Gallery | None = None) -> None:
        self._folder = folder
        self._gallery = gallery

    def path(self, reference: str, mtime_ns: int) -> Path:
        """Where the thumbnail of a picture of that time is, or will be."""
        name = hashlib.blake2b(f"{reference}\n{mtime_ns}".encode(errors="surrogateescape"),
                               digest_size=16).hexdigest()  # fmt: skip
        return self._folder / name[:2] / f"{name}.jpg"

    def find(self, reference: str, mtime_ns: int) -> Path | None:
        """A small copy that is there: our own, or the gallery's."""
        own = self.path(reference, mtime_ns)
        if own.is_file():
            return own
        other = self._gallery(Path(reference)) if self._gallery is not None else own
        return other if other.is_file() else None

    def get(self, reference: str, own: Path, read: Callable[[], Image.Image]) -> Image.Image:
        """The small copy of a picture. own: from `path`. read: opens the picture if there is none.

        Raises what `read` raises.
        """
        for place in (own, *([self._gallery(Path(reference))] if self._gallery else [])):
            try:
                if place.is_file():
                    return open_picture(place, THUMBNAIL_PX)[0]
            except BrokenFile:
                continue  # made anew
        image = read()
        if max(image.size) > THUMBNAIL_PX:
            image = thumbnail(image)
            self.save(own, image)
        return image

    def save(self, path: Path, image: Image.Image) -> None:
        """Write a thumbnail; a full disk is no reason to stop indexing."""
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            thumbnail(image).save(part, "JPEG", quality=85)
            os.replace(part, path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()
