"""Logos are looked into: type, size, and nothing hidden behind them."""

import random
import struct
import zlib

import pytest

from app.domain.branding.logos import MOST_BYTES, Logo, LogoInvalidError, read_logo
from tests.factories.pictures import chunk, jpeg, png, webp


@pytest.mark.parametrize(
    ("data", "logo"),
    [
        (png(120, 48), Logo("png", 120, 48)),
        (png(16, 16), Logo("png", 16, 16)),
        (jpeg(200, 50), Logo("jpeg", 200, 50)),
        (webp(64, 32), Logo("webp", 64, 32)),
        (webp(64, 32, kind=b"VP8L"), Logo("webp", 64, 32)),
        (webp(64, 32, kind=b"VP8 "), Logo("webp", 64, 32)),
    ],
)
def test_small_still_pictures_are_taken_for_what_their_bytes_say(data, logo):
    assert read_logo(data) == logo


def chunks_of(data):
    """Return the PNG with its parts, to be put together anew."""
    at, found = 8, []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found.append(data[at : at + 12 + length])
        at += 12 + length
    return found


SIGNATURE = png()[:8]
HEADER, PICTURE, END = chunks_of(png())


def with_header(*values):
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", *values)) + PICTURE + END


REFUSED = {
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "Only PNG"),
    "gif": (b"GIF89a" + bytes(20), "Only PNG"),
    "html": (b"<!doctype html><script>alert(1)</script>", "Only PNG"),
    "nothing": (b"", "Only PNG"),
    "too many bytes": (png(extra=chunk(b"tEXt", random.Random(1).randbytes(MOST_BYTES))), "at most 20000"),
    "too small": (png(8, 8), "8 by 8 pixels"),
    "too large": (png(1025, 200), "1025 by 200 pixels"),
    "a bomb": (with_header(100_000, 100_000, 8, 2, 0, 0, 0), "100000 by 100000 pixels"),
    "too thin": (png(400, 17), "400 by 17 pixels"),
    "a png that moves": (png(extra=chunk(b"acTL", bytes(8))), "moves"),
    "a png without a picture": (SIGNATURE + HEADER + END, "lacks a part"),
    "a png without an end": (SIGNATURE + HEADER + PICTURE, "lacks a part"),
    "a png without a header": (SIGNATURE + PICTURE + END, "lacks a part"),
    "a png with a page behind it": (png() + b"<script>alert(1)</script>", "broken"),
    "a png with a part behind it": (png() + chunk(b"tEXt", b"x"), "lacks a part"),
    "a png with a wrong checksum": (png()[:-1] + b"\0", "checksum"),
    "a png that unpacks to less": (png(pixels=b"\0"), "unpack"),
    "a png that unpacks to more": (png(pixels=bytes(100_000)), "unpack"),
    "a png that does not unpack": (SIGNATURE + HEADER + chunk(b"IDAT", b"none") + END, "broken"),
    "an interlaced png": (with_header(120, 48, 8, 2, 0, 0, 1), "interlaced"),
    "a png of no known kind": (with_header(120, 48, 8, 5, 0, 0, 0), "interlaced"),
    "a jpeg cut short": (jpeg()[:-2], "cut short"),
    "a jpeg without a frame": (b"\xff\xd8\xff\xfe\x00\x04ab\xff\xd9", "cut short"),
    "a jpeg without a marker": (b"\xff\xd8\xff\xfe\x00\x04ab12345\xff\xd9", "no marker"),
    "a webp cut short": (webp()[:-1], "cut short"),
    "a webp with something behind it": (webp() + b"x", "something follows"),
    "a webp that moves": (webp(moves=True), "moves"),
    "a webp of no known kind": (webp(kind=b"VP8 ").replace(b"\x9d\x01\x2a", b"abc"), "not known"),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_anything_else_is_refused_with_its_reason(name):
    data, reason = REFUSED[name]
    with pytest.raises(LogoInvalidError) as refused:
        read_logo(data)
    (error,) = refused.value.errors
    assert (refused.value.code, error.pointer) == ("logo_invalid", "/logo")
    assert reason in error.detail


@pytest.mark.parametrize("good", [png(), jpeg(), webp(), webp(kind=b"VP8L"), webp(kind=b"VP8 ")])
def test_however_bytes_are_broken_the_answer_is_a_refusal_or_a_logo(good):
    dice = random.Random(7)
    for _ in range(300):
        data = bytearray(good)
        for _ in range(dice.randrange(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            logo = read_logo(bytes(data[: dice.randrange(len(data)) + 1]))
        except LogoInvalidError:
            continue
        assert 16 <= min(logo.width, logo.height) <= max(logo.width, logo.height) <= 1024


def test_what_a_png_unpacks_to_is_bounded_by_what_it_says():
    bomb = png(pixels=bytes(5_000_000))
    assert len(bomb) < MOST_BYTES
    assert len(zlib.decompress(PICTURE[8:-4])) == 48 * (1 + 120 * 3)
    with pytest.raises(LogoInvalidError):
        read_logo(bomb)
