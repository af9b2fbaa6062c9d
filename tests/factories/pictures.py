"""Small pictures made by hand: no library that draws is needed."""

import struct
import zlib


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content), kind) + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int = 120, height: int = 48, *, extra: bytes = b"", pixels: bytes | None = None) -> bytes:
    """Return a PNG of one colour; `extra` chunks come before the picture."""
    rows = (b"\0" + b"\x0b\x57\xd0" * width) * height if pixels is None else pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg(width: int = 120, height: int = 48) -> bytes:
    """Return the outline of a JPEG: all that is read of one."""
    comment = b"\xff\xfe" + struct.pack(">H", 6) + b"note"
    frame = b"\xff\xc0" + struct.pack(">HBHH", 8, 8, height, width) + b"\0"
    return b"\xff\xd8" + comment + b"\xff\x01" + frame + b"\xff\xda" + b"\xff\xd9"


def webp(width: int = 120, height: int = 48, *, kind: bytes = b"VP8X", moves: bool = False) -> bytes:
    """Return the outline of a WebP: extended, lossless (VP8L) or lossy."""
    if kind == b"VP8X":
        flags = 0b10 if moves else 0
        body = bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little")
    else:
        body = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
    inner = b"WEBP" + kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inner)) + inner
