"""The page's files on the wire: small, kept by the browser for as long as they hold, and whole."""

from __future__ import annotations

import gzip

import brotli
import pytest

from tests.support.serving import ask, served
from tests.web.conftest import GUEST
from web.app import build_app
from web.page_files import load_page

HTML = {"Accept": "text/html"}
PLAIN = "/page/app/main.js"
SOURCE = "export const answer = 42;\n" * 50


@pytest.fixture
def page_folder(tmp_path):
    folder = tmp_path / "page"
    (folder / "app").mkdir(parents=True)
    (folder / "index.html").write_text(
        '<!doctype html><link rel="icon" href="/page/icon.svg">'
        '<script type="module" src="/page/app/main.js"></script>\n' * 5
    )
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "app" / "main.js").write_text(SOURCE)
    (folder / "app" / "tiny.js").write_text("1")
    (folder / "dot.png").write_bytes(bytes(4000))
    return folder


@pytest.fixture
def build(page_folder):
    return f"/page/build-{load_page(page_folder).build}"


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP;q=0.5, br;q=0", "gzip"),
        ("br;q=0.0,gzip;q=0", None),
        ("br; q=1.0", "br"),
        ("identity", None),
        ("", None),
        ("nonsense;;=,", None),
    ],
)
async def test_a_file_comes_in_the_best_coding_that_is_taken(client, accept, coding):
    answer = await client.get(PLAIN, headers={"Accept-Encoding": accept})
    data = await answer.get_data()
    read = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert answer.headers.get("Content-Encoding") == coding
    assert read(data) == SOURCE.encode()
    assert answer.headers["Content-Length"] == str(len(data))
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.mimetype == "text/javascript"


async def test_each_coding_has_a_tag_of_its_own(client):
    tags = {}
    for accept in ("br", "gzip", ""):
        answer = await client.get(PLAIN, headers={"Accept-Encoding": accept})
        tags[accept] = answer.headers["ETag"]
    assert len(set(tags.values())) == 3
    for accept, tag in tags.items():
        said = {"Accept-Encoding": accept, "If-None-Match": tag}
        again = await client.get(PLAIN, headers=said)
        assert (again.status_code, await again.get_data()) == (304, b"")
        assert again.headers["Vary"] == "Accept-Encoding"
    said = {"Accept-Encoding": "gzip", "If-None-Match": tags["br"]}
    assert (await client.get(PLAIN, headers=said)).status_code == 200


async def test_what_gets_no_smaller_goes_as_it_stands(client):
    for name in ("dot.png", "app/tiny.js"):
        answer = await client.get(f"/page/{name}", headers={"Accept-Encoding": "br, gzip"})
        assert "Content-Encoding" not in answer.headers


async def test_a_head_says_what_a_get_would(deps):
    said = [("Accept-Encoding", "gzip")]
    async with served(build_app(deps)) as port:
        _, whole, data = await ask(port, "GET", PLAIN, said)
        status, head, nothing = await ask(port, "HEAD", PLAIN, said)
    assert (status, nothing) == (200, b"")
    assert gzip.decompress(data) == SOURCE.encode()
    names = ("content-length", "content-encoding", "etag", "vary", "content-type", "cache-control")
    assert [head[name] for name in names] == [whole[name] for name in names]


async def test_the_shell_names_files_of_its_build_which_are_kept(client, desk, build):
    said = {**HTML, "Accept-Encoding": "br"}
    answer = await client.get(f"/s/{GUEST}", headers=said)
    shell = brotli.decompress(await answer.get_data()).decode()
    assert shell.count(f'"{build}/') == shell.count('"/page/') == 10
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    kept = await client.get(f"{build}/app/main.js")
    assert (await kept.get_data()).decode() == SOURCE
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_what_is_no_document_says_nothing_of_windows_frames_and_searches(deps):
    """A hundred such files come with a first visit. What keeps them from harm, each has."""
    async with served(build_app(deps)) as port:
        _, script, _ = await ask(port, path=PLAIN)
        _, picture, _ = await ask(port, path="/page/icon.svg")
    needed = {
        *("content-security-policy", "referrer-policy"),
        *("x-content-type-options", "cross-origin-resource-policy"),
    }
    of_documents = {"x-frame-options", "x-robots-tag", "cross-origin-opener-policy"}
    assert script.keys() & (needed | of_documents) == needed
    assert picture.keys() >= needed | of_documents


async def test_by_its_plain_name_a_file_is_asked_for_again_each_time(client):
    answer = await client.get("/page/app/main.js")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


async def test_a_file_of_another_build_is_not_there(client, build):
    for path in ("/page/build-0000000000000000/app/main.js", "/page/build-/app/main.js",
                 f"{build}/app/other.js", f"{build}", f"{build}/{build}/app/main.js"):  # fmt: skip
        assert (await client.get(path)).status_code == 404


def test_the_build_is_what_the_files_are(page_folder):
    build = load_page(page_folder).build
    assert load_page(page_folder).build == build
    (page_folder / "app" / "tiny.js").write_text("2")
    assert load_page(page_folder).build != build
