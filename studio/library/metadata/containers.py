"""Find the texts in a picture file: PNG chunks, EXIF, XMP, comments. Any bytes, linear time.

Bytes are sniffed, names are not trusted: a PNG called .jpeg occurs in the wild.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from itertools import islice
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
from PIL import Image

from studio.library.images import DAMAGE, FORMATS

KEEP_MAX = 4 << 20  # bytes of one text; ComfyUI graphs of a megabyte exist
ALL_MAX = 16 << 20  # bytes of all texts together
WORK_MAX = 64 << 20  # bytes that are unpacked in search of them, also where they are kept once
XMP_MAX = 1 << 20  # bytes of an XMP packet that are parsed
DESCRIPTIONS_MAX = 64  # of a packet that are looked at; real ones have a few
CHUNKS_MAX = 20_000
XMP_PLACE = "XML:com.adobe.xmp"
Texts = dict[str, str]  # "parameters", "UserComment", "xmp:...": the place -> text
_EXIF_NAMES = {0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x0131: "Software"}
_EXIF_IFD = 0x8769
_USER_COMMENT, _MAKER_NOTE = 0x9286, 0x927C
_CODES = (b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b"UNICODE\0", b"\0\0\0\0\0\0\0\0")
_XMP_JPEG = b"http://ns.adobe.com/xap/1.0/\0"


def find_texts(data: bytes) -> Texts:
    """Every text of a picture file by place. Never raises; nothing found is an empty dict."""
    texts: Texts = {}
    room, work = ALL_MAX, WORK_MAX
    for key, text in _walk(data):
        if text and key not in texts:
            texts[key] = text[:room]
            room -= len(text)
        work -= len(text)
        if room <= 0 or work <= 0:
            break
    for key, text in _xmp(texts.get(XMP_PLACE, "")):  # once: a packet takes long to parse
        if text:
            texts.setdefault(key, text)
    return texts


def _walk(data: bytes) -> Iterator[tuple[str, str]]:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from _png(data)
    elif data.startswith(b"\xff\xd8"):
        yield from _jpeg(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        yield from _webp(data)
    elif data[:4] in (b"GIF8",) or data[4:12] in (b"ftypavif", b"ftypavis", b"ftypmif1"):
        yield from _by_pillow(data)
    elif data[:4] in (b"II*\0", b"MM\0*"):
        yield from _exif(data)


def _png(data: bytes) -> Iterator[tuple[str, str]]:
    position = 8
    for _ in range(CHUNKS_MAX):
        if position + 12 > len(data):
            return
        length = int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + min(length, KEEP_MAX)]
        position += 12 + length
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            yield from _png_text(kind, body)
        elif kind == b"eXIf":
            yield from _exif(body)


def _png_text(kind: bytes, body: bytes) -> Iterator[tuple[str, str]]:
    key_bytes, _, rest = body.partition(b"\0")
    key = key_bytes[:79].decode("latin-1")
    if kind == b"zTXt":
        rest = _inflate(rest[1:])
    elif kind == b"iTXt":
        is_packed = rest[:1] == b"\1"
        _language, _, rest = rest[2:].partition(b"\0")
        _translated, _, rest = rest.partition(b"\0")
        rest = _inflate(rest) if is_packed else rest
    yield key, _decode(rest)


def _inflate(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, KEEP_MAX)
    except zlib.error:
        return b""


def _decode(data: bytes) -> str:
    """UTF-8 first: many programs write it into tEXt, against the letter of the standard."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _jpeg(data: bytes) -> Iterator[tuple[str, str]]:
    position = 2
    for _ in range(CHUNKS_MAX):
        if position + 4 > len(data) or data[position] != 0xFF:
            return
        marker = data[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        if marker in (0xD9, 0xDA):  # end, or the pixels begin
            return
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        body = data[position + 4 : position + 2 + max(2, length)]
        position += 2 + max(2, length)
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            yield from _exif(body[6:])
        elif marker == 0xE1 and body.startswith(_XMP_JPEG):
            yield XMP_PLACE, _decode(body[len(_XMP_JPEG) :])
        elif marker == 0xFE:
            yield "comment", _decode(body)


def _webp(data: bytes) -> Iterator[tuple[str, str]]:
    position = 12
    for _ in range(CHUNKS_MAX):
        if position + 8 > len(data):
            return
        kind = data[position : position + 4]
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        body = data[position + 8 : position + 8 + min(length, KEEP_MAX)]
        position += 8 + length + (length & 1)
        if kind == b"EXIF":
            yield from _exif(body)
        elif kind == b"XMP ":
            yield XMP_PLACE, _decode(body)


def _by_pillow(data: bytes) -> Iterator[tuple[str, str]]:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            info = dict(image.info)
    except DAMAGE:
        info = {}
    if "xmp" not in info:  # not every writer registers the packet as Pillow expects it
        start = data.find(b"<x:xmpmeta")
        info["xmp"] = data[start : start + KEEP_MAX] if start >= 0 else None
    if isinstance(info.get("exif"), bytes):
        yield from _exif(info["exif"][:KEEP_MAX])
    if isinstance(info["xmp"], bytes):
        yield XMP_PLACE, _decode(info["xmp"][:KEEP_MAX])
    comment = info.get("comment")
    if isinstance(comment, bytes):
        yield "comment", _decode(comment[:KEEP_MAX])


def _exif(block: bytes) -> Iterator[tuple[str, str]]:
    block = block.removeprefix(b"Exif\0\0")
    try:
        tags = Image.Exif()
        tags.load(block)
        inner = dict(tags.get_ifd(_EXIF_IFD))
        root_comment = tags.get(_USER_COMMENT)
        outer = {number: tags.get(number) for number in _EXIF_NAMES}
    except DAMAGE:
        return
    is_big = block[:2] == b"MM"
    comment = inner.get(_USER_COMMENT, root_comment)  # some write it into the wrong directory
    if isinstance(comment, (bytes, str)):
        yield "UserComment", _user_comment(comment, is_big)
    note = inner.get(_MAKER_NOTE)
    if isinstance(note, bytes):
        yield "MakerNote", _decode(note[:KEEP_MAX]).rstrip("\0")
    for number, name in _EXIF_NAMES.items():
        value = outer[number]
        if isinstance(value, bytes):
            value = _decode(value[:KEEP_MAX])
        if isinstance(value, str):
            yield name, _mend(value).rstrip("\0")
    # WebP of ComfyUI: "workflow:{...}" in Make and the tags below it
    for number in range(0x0100, 0x010E):
        value = tags.get(number)
        if isinstance(value, str) and ":{" in value[:40]:
            yield f"tag {number:#x}", value


def _mend(text: str) -> str:
    """UTF-8 that Pillow read as Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def _user_comment(comment: bytes | str, is_big: bool) -> str:
    if isinstance(comment, str):
        comment = comment.encode("utf-8", "surrogateescape")
    comment = comment[: 2 * KEEP_MAX]
    code = next((c for c in _CODES if comment.startswith(c)), b"")
    body = comment[len(code) :]
    if code == b"UNICODE\0" or (not code and body[:64].count(0) > 16):
        return _utf16(body, is_big)
    return _decode(body).rstrip("\0")


def _utf16(body: bytes, is_big: bool) -> str:
    """Guess the byte order by where the ASCII lies: the standard says one thing, files another."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        is_big, body = body[:2] == b"\xfe\xff", body[2:]
    else:
        even, odd = body[0:4000:2].count(0), body[1:4000:2].count(0)
        if even != odd:
            is_big = even > odd
    return body.decode("utf-16-be" if is_big else "utf-16-le", "replace").rstrip("\0�")


def _xmp(text: str) -> Iterator[tuple[str, str]]:
    """The texts of an XMP packet as "xmp:NAME"; entity bombs are refused by defusedxml."""
    start, end = text.find("<x:xmpmeta"), text.rfind("</x:xmpmeta>")
    if start >= 0 and end > start:
        text = text[start : end + len("</x:xmpmeta>")]
    text = re.sub(r"[\0-\x08\x0b\x0c\x0e-\x1f]", "", text[:XMP_MAX])
    try:
        root = fromstring(text.encode("utf-8", "replace"))
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return
    found = (one for one in root.iter() if str(one.tag).rpartition("}")[2] == "Description")
    for element in islice(found, DESCRIPTIONS_MAX):  # nested ones would cost their square
        for attribute, value in element.attrib.items():
            yield f"xmp:{attribute.rpartition('}')[2]}", value
        for child in element:
            own = str(child.tag).rpartition("}")[2]
            words = "".join(child.itertext()).strip()
            yield f"xmp:{own}", words
