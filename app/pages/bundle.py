"""Files of the console's bundle: which there are, in which packing, and how they travel."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Final

from fastapi.responses import FileResponse, Response
from starlette.datastructures import Headers
from starlette.staticfiles import NotModifiedResponse, StaticFiles

# Of our own: what Python guesses comes from the machine's files, and differs between machines.
TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_PACKED: Final = (("br", ".br"), ("gzip", ".gz"))
_ACCEPTED: Final = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")
_OURS: Final = Path(__file__).parents[1]


def find_bundle(configured: str) -> Path | None:
    """Return the folder of the built console; None where there is none.

    The configured one (a path; "" where none is), else that of the project's tree or image, else that of an
    installed package.
    """
    places = (Path(configured),) if configured else (_OURS.parent / "tinko-console" / "dist", _OURS / "console")
    return next((place for place in places if (place / "index.html").is_file()), None)


def has_type(path: str) -> bool:
    """Tell whether a path names a file of a kind that bundles hold, rather than a page."""
    return PurePosixPath(path).suffix in TYPES


def file_answer(bundle: Path, path: str, request: Headers, headers: Mapping[str, str]) -> Response | None:
    """Return a file of the bundle, packed as the browser likes it; None if there is no such file."""
    media_type = TYPES.get(PurePosixPath(path).suffix)
    if media_type is None or any(part.startswith(".") for part in path.split("/")):
        return None
    accepted = accepted_codings(request.get("accept-encoding", ""))
    packings = [(coding, end) for coding, end in _PACKED if coding in accepted]
    files = StaticFiles(directory=bundle, check_dir=False)
    for coding, end in (*packings, ("", "")):
        answer = _answer(files, path + end, media_type)
        if answer is None:
            continue
        answer.headers.update({"Vary": "Accept-Encoding", **headers})
        if coding:
            answer.headers["Content-Encoding"] = coding
        return NotModifiedResponse(answer.headers) if files.is_not_modified(answer.headers, request) else answer
    return None


def _answer(files: StaticFiles, path: str, media_type: str) -> FileResponse | None:
    try:
        # Never leads out of the folder, also not over a link.
        found, stat = files.lookup_path(path)
    except (OSError, ValueError):  # a name that no file can have
        return None
    if stat is None or not S_ISREG(stat.st_mode):
        return None
    return FileResponse(found, stat_result=stat, media_type=media_type)


def accepted_codings(header: str) -> set[str]:
    """Return the content codings of an Accept-Encoding header that are not refused by `q=0` (RFC 9110, 12.5.3)."""
    named: dict[str, bool] = {}
    for part in header.lower().split(","):
        match = _ACCEPTED.fullmatch(part)
        if match:
            named[match[1]] = match[2] is None or float(match[2]) > 0
    others = named.get("*", False)
    return {coding for coding, _ in _PACKED if named.get(coding, others)}
