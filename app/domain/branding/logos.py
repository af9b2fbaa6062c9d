"""What may be shown as a merchant's logo: a small still picture whose bytes are what they say.

The type is read from the bytes, never from a name or header. SVG is refused: it can carry scripts and
load things from elsewhere. A file with anything after its picture is refused too, whoever wrote it there.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from app.domain.errors import FieldError, InvalidError

MOST_BYTES: Final = 20_000
"""The page weighs at most 30 kB over the wire, its logo included."""
MOST_PIXELS_A_SIDE: Final = 1024
"""A phone on a slow network holds this decoded in 4 MB."""
LEAST_PIXELS_A_SIDE: Final = 16
WIDEST: Final = 8
"""How many times wider than high, or higher than wide."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_DEPTH_OF_PNG: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_START_OF_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LONE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xD8)})


class LogoInvalidError(InvalidError):
    """A logo that is no small still PNG, JPEG or WebP."""

    default_code = "logo_invalid"


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that was looked into; `type` is `png`, `jpeg` or `webp`."""

    type: str
    width: int
    height: int


class _BrokenError(Exception):
    """The bytes are not what they say; its text says how."""


def read_logo(data: bytes) -> Logo:
    """Return what a logo is; raises `LogoInvalidError` with the reason."""
    if len(data) > MOST_BYTES:
        raise _refusal(f"{len(data)} bytes; at most {MOST_BYTES} are taken, so that the page stays light.")
    read = next((reader for fits, reader in _READERS if fits(data)), None)
    if read is None:
        raise _refusal("Only PNG, JPEG and WebP are taken; SVG is not, since it can carry scripts.")
    try:
        logo = read(data)
    except _BrokenError as broken:
        raise _refusal(str(broken)) from None
    except (struct.error, IndexError, zlib.error):
        raise _refusal("The picture is cut short or broken.") from None
    _check_size(logo)
    return logo


def _check_size(logo: Logo) -> None:
    short, long = sorted((logo.width, logo.height))
    if short < LEAST_PIXELS_A_SIDE or long > MOST_PIXELS_A_SIDE:
        limits = f"each side has {LEAST_PIXELS_A_SIDE} to {MOST_PIXELS_A_SIDE}"
        raise _refusal(f"{logo.width} by {logo.height} pixels; {limits}.")
    if long > WIDEST * short:
        raise _refusal(f"{logo.width} by {logo.height} pixels; one side is at most {WIDEST} times the other.")


def _refusal(detail: str) -> LogoInvalidError:
    return LogoInvalidError("The logo cannot be used.", errors=(FieldError("/logo", detail),))


def _png(data: bytes) -> Logo:
    chunks = list(_png_chunks(data))
    kinds = [kind for kind, _ in chunks]
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or b"IDAT" not in kinds:
        raise _BrokenError("The PNG lacks a part that every one has.")
    if b"acTL" in kinds:
        raise _BrokenError("The picture moves; a logo stands still.")
    width, height, bits, color, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    logo = Logo("png", width, height)
    _check_size(logo)
    if color not in _DEPTH_OF_PNG or interlaced:
        raise _BrokenError("The PNG is interlaced, or of a kind that is not known; save it plainly.")
    expected = height * (1 + (width * _DEPTH_OF_PNG[color] * bits + 7) // 8)
    packed = b"".join(content for kind, content in chunks if kind == b"IDAT")
    if len(zlib.decompressobj().decompress(packed, expected + 1)) != expected:
        raise _BrokenError("The PNG does not unpack to the size that it says.")
    return logo


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(kind + content) != checksum:
            raise _BrokenError("A checksum in the PNG is wrong.")
        yield kind, content
        at += 12 + length


def _jpeg(data: bytes) -> Logo:
    if not data.endswith(b"\xff\xd9"):
        raise _BrokenError("The JPEG is cut short, or something follows it.")
    at = 2
    while True:
        if data[at] != 0xFF:  # noqa: PLR2004  (the byte before each marker)
            raise _BrokenError("The JPEG has no marker where one belongs.")
        marker = data[at + 1]
        if marker in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Logo("jpeg", width, height)
        at += 2 if marker in _LONE_MARKERS else 2 + struct.unpack_from(">H", data, at + 2)[0]


def _webp(data: bytes) -> Logo:
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 != len(data):
        raise _BrokenError("The WebP is cut short, or something follows it.")
    kind, body = data[12:16], data[20:]
    if kind == b"VP8X":
        if body[0] & 0b10:
            raise _BrokenError("The picture moves; a logo stands still.")
        return Logo("webp", 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little"))
    if kind == b"VP8L" and body[0] == 0x2F:  # noqa: PLR2004  (its signature)
        (packed,) = struct.unpack_from("<I", body, 1)
        return Logo("webp", 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF))
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return Logo("webp", width & 0x3FFF, height & 0x3FFF)
    raise _BrokenError("The WebP is of a kind that is not known.")


_READERS: Final[tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Logo]], ...]] = (
    (lambda data: data.startswith(_PNG), _png),
    (lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp),
)
