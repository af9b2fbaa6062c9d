"""The console's bundle over HTTP: one document for every page, files packed and kept, nothing from outside."""

import gzip
import re
from pathlib import Path

import httpx
import pytest

from app.bootstrap import build_container
from app.main import create_app
from app.pages.bundle import accepted_codings, find_bundle
from tests.fakes.caller import ask
from tests.fakes.server import served

SCRIPT = b"export const greeting = 'hello';\n" * 40
DOCUMENT = (
    '<!doctype html><link rel="stylesheet" nonce="__CSP_NONCE__" href="/console/assets/a-1b2c.css">'
    '<meta property="csp-nonce" nonce="__CSP_NONCE__"><div id="root"></div>'
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("console")
    dist = root / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / ".vite").mkdir()
    (dist / ".vite" / "manifest.json").write_text("{}")
    (dist / "index.html").write_text(DOCUMENT)
    (dist / "theme.js").write_text("document.documentElement.dataset.theme = 'dark';")
    (dist / "assets" / "a-1b2c.js").write_bytes(SCRIPT)
    (dist / "assets" / "a-1b2c.js.gz").write_bytes(gzip.compress(SCRIPT))
    (dist / "assets" / "a-1b2c.js.br").write_bytes(b"as small as brotli makes it")
    (dist / "assets" / "plain.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (root / "secret.js").write_text("not for you")
    (dist / "assets" / "link.js").symlink_to(root / "secret.js")
    return dist


@pytest.fixture(scope="module")
def console(settings, bundle):
    own = settings.model_copy(update={"console_dir": str(bundle)})
    with (
        served(create_app(build_container(own))) as url,
        httpx.Client(base_url=url, timeout=30, headers={"accept-encoding": "identity"}) as client,
    ):
        yield client


@pytest.mark.parametrize("path", ["", "/", "/recoveries/rec_1", "/settings/team", "/index.html", "/reset"])
def test_every_page_is_the_same_document(console, path):
    reply = console.get(f"/console{path}")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert re.sub(r'nonce="[^"]*"', 'nonce="__CSP_NONCE__"', reply.text) == DOCUMENT


def test_each_answer_has_a_nonce_of_its_own_and_the_policy_names_it(console):
    seen = set()
    for _ in range(2):
        reply = console.get("/console")
        nonces = set(re.findall(r'nonce="([^"]+)"', reply.text))
        (nonce,) = nonces
        assert len(nonce) >= 20
        assert reply.headers["content-security-policy"] == (
            f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
            "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        seen |= nonces
    assert len(seen) == 2


def test_the_document_is_asked_for_again_each_time_and_shut_off_from_others(console):
    headers = console.get("/console").headers
    assert headers["cache-control"] == "no-cache"
    assert "etag" not in headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["permissions-policy"] == "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("accepted", "coding", "size"),
    [
        ("gzip, deflate, br, zstd", "br", len(b"as small as brotli makes it")),
        ("gzip, br;q=0", "gzip", len(gzip.compress(SCRIPT))),
        ("identity", None, len(SCRIPT)),
        ("*;q=0", None, len(SCRIPT)),
    ],
)
def test_a_script_comes_as_the_browser_can_unpack_it(console, accepted, coding, size):
    reply = console.head("/console/assets/a-1b2c.js", headers={"accept-encoding": accepted})
    assert reply.status_code == 200
    assert reply.headers.get("content-encoding") == coding
    assert int(reply.headers["content-length"]) == size
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reply.headers["vary"] == "Accept-Encoding"
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_what_is_packed_unpacks_to_what_it_was(console):
    assert console.get("/console/assets/a-1b2c.js", headers={"accept-encoding": "gzip"}).content == SCRIPT
    assert console.get("/console/assets/a-1b2c.js").content == SCRIPT


def test_what_is_not_packed_comes_as_it_is(console):
    reply = console.get("/console/assets/plain.svg", headers={"accept-encoding": "br, gzip"})
    assert reply.headers["content-type"] == "image/svg+xml"
    assert "content-encoding" not in reply.headers


def test_a_file_without_a_hash_in_its_name_is_asked_for_again_and_not_sent_twice(console):
    first = console.get("/console/theme.js")
    assert first.headers["cache-control"] == "no-cache"
    again = console.get("/console/theme.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"
    assert again.headers["vary"] == "Accept-Encoding"


def test_packed_and_unpacked_files_have_different_tags(console):
    tags = {
        console.head("/console/assets/a-1b2c.js", headers={"accept-encoding": coding}).headers["etag"]
        for coding in ("br", "gzip", "identity")
    }
    assert len(tags) == 3


@pytest.mark.parametrize(
    "path",
    [
        "assets/gone-1234.js",
        "assets/deep/route",
        "assets/",
        "favicon.ico",
        ".vite/manifest.json",
        "assets/..%2f..%2fsecret.js",
        "..%2fsecret.js",
        "%2e%2e/secret.js",
        "assets/link.js",
        "assets/" + "x" * 300 + ".js",
        "assets/a-1b2c.js.br",
    ],
)
def test_what_the_bundle_has_not_is_missing_and_no_page(console, path):
    reply = console.send(console.build_request("GET", httpx.URL(f"{console.base_url}/console/{path}")))
    assert (reply.status_code, reply.content) == (404, b"")


def test_a_page_answers_head_without_a_body(console):
    reply = console.head("/console/recoveries")
    assert (reply.status_code, reply.content) == (200, b"")


def test_the_front_door_leads_to_the_console(console):
    reply = console.get("/")
    assert (reply.status_code, reply.headers["location"]) == (307, "/console")


def test_the_document_of_the_api_does_not_name_the_console(console):
    paths = console.get("/openapi.json").json()["paths"]
    assert [path for path in paths if path == "/" or path.startswith("/console")] == []


def test_without_a_bundle_a_page_says_how_to_make_one(settings, tmp_path):
    own = settings.model_copy(update={"console_dir": str(tmp_path)})
    with served(create_app(build_container(own))) as url:
        reply = ask("GET", f"{url}/console/recoveries")
        asset = ask("GET", f"{url}/console/assets/a-1b2c.js")
    assert reply.status_code == 503
    assert "<code>make console</code>" in reply.text
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-security-policy"] == "default-src 'none'"
    assert asset.status_code == 404


def test_a_configured_folder_goes_before_all_others(tmp_path, bundle):
    assert find_bundle(str(bundle)) == bundle
    assert find_bundle(str(tmp_path)) is None


@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("", set()),
        ("br", {"br"}),
        ("GZIP;q=0.5", {"gzip"}),
        ("*", {"br", "gzip"}),
        ("*;q=0, gzip", {"gzip"}),
        ("gzip;q=0.000", set()),
        ("br;q=high, ;;, gzip", {"gzip"}),
    ],
)
def test_accept_encoding_is_read_as_it_is_meant(header, codings):
    assert accepted_codings(header) == codings
