"""Bodies: JSON, forms and the files in them, whole and spoilt."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import xlsxwriter
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from torture.fuzz.stage import Stage
from torture.fuzz.texts import mutated, numbers, odd_texts

JSON = "application/json"
_JSON_TYPES = (JSON, JSON, JSON, "application/json; charset=utf-16", "text/plain", "*/*", "x")
_ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7")
_FIELDS = ("kind", "items", "name", "spec", "priority", "lane", "start", "allow", "deny", "x")
_NAMES = ("items.txt", "items.csv", "items.xlsx", "items.zip", "items.XLSX", "../x.csv", "x", "",
          "a\u202etxt.csv", "CON.txt", "items.tar.gz", "x" * 300 + ".csv")  # fmt: skip


def bodies(stage: Stage) -> SearchStrategy[tuple[str, bytes]]:
    """(Content-Type, body) pairs."""
    return json_bodies(stage) | forms(stage)


# ------------------------------------------------------------------------------------------- JSON


@st.composite
def json_bodies(draw: st.DrawFn, stage: Stage) -> tuple[str, bytes]:
    """A body that a route takes, with one of JSON's traps in it."""
    text = json.dumps(draw(_values(stage)), ensure_ascii=draw(st.booleans()))
    text = draw(_trapped(text))
    data = text.encode(draw(st.sampled_from(_ENCODINGS)), "surrogatepass")
    return draw(st.sampled_from(_JSON_TYPES)), draw(st.just(data) | mutated(data))


@st.composite
def _values(draw: st.DrawFn, stage: Stage) -> Any:
    """What is asked for; its parts exchanged for parts of other types."""
    url = f"http://{stage.target}/page/9"
    spec = {"concurrency": 2, "timeout_s": 3, "retries": 0, "headers": {"X-A": "b"}, "proxies": []}
    job: dict[str, Any] = {"kind": "fetch", "items": [url, {"url": url}], "spec": spec}
    value = draw(
        st.sampled_from((job, job | {"start": True}, {"allow": [], "deny": ["a.example"]}, {}))
    )
    value = json.loads(json.dumps(value))
    for _ in range(draw(st.integers(0, 2))):
        inner = value["spec"] if "spec" in value and draw(st.booleans()) else value
        names = (*inner, *_FIELDS) if isinstance(inner, dict) else ()
        if names:
            inner[draw(st.sampled_from(names))] = draw(_scalars() | _trees())
    return value


def _scalars() -> SearchStrategy[Any]:
    odd: tuple[Any, ...] = (
        None,
        True,
        False,
        0,
        -1,
        0.1,
        1e308,
        2**63,
        -(2**63) - 1,
        10**40,
        [],
        {},
        [[]],
        [None],
    )
    return st.sampled_from(odd) | odd_texts


def _trees() -> SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | odd_texts,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(odd_texts, inner, max_size=4),
        max_leaves=12,
    )


@st.composite
def _trapped(draw: st.DrawFn, text: str) -> str:
    """The text as it is, or as no encoder would write it."""
    deep = draw(st.sampled_from((10, 65, 1_000, 100_000)))
    wide = draw(st.sampled_from((10, 20_000)))
    traps = (
        "[" * deep + "]" * deep,
        '{"a":' * deep,
        "[" + "1," * wide + "1]",
        "{" + ",".join(f'"{n}":0' for n in range(wide)) + "}",
        text[:-1] + ',"kind":"fetch"}',
        text[:-1] + ',"priority":' + draw(numbers) + "}",
        text[:-1] + ',"name":"\\ud800"}',
        text[:-1] + ',"name":"\\u0000\\u202e"}',
        text + draw(odd_texts),
        text.replace('"', "'"),
        "/*x*/" + text,
        text[:-1] + ",}",
    )
    return draw(st.just(text) | st.just(text) | st.sampled_from(traps))


# ------------------------------------------------------------------------------------------ forms


@st.composite
def forms(draw: st.DrawFn, stage: Stage) -> tuple[str, bytes]:
    """A form with a job and a file, where the boundary, the heads and the file may be odd."""
    boundary = draw(st.sampled_from(("b", "b" * 70, "b" * 5_000, "a b", '"', "", "--", "\xff")))
    job = json.dumps({"kind": "fetch", "name": draw(odd_texts), "start": draw(st.booleans())})
    parts = [("job", "", job.encode("utf-8", "surrogatepass"))]
    name = draw(st.sampled_from(_NAMES))
    parts.append(("items", name, draw(_files(stage, name))))
    parts += draw(st.lists(st.sampled_from((("sheet", "", b"1"), *parts)), max_size=2))
    data = b"".join(_part(boundary, *part) for part in parts)
    data += f"--{boundary}--\r\n".encode("latin-1")
    kind = f"multipart/form-data; boundary={boundary}"
    return kind, draw(st.just(data) | st.just(data) | mutated(data))


def _part(boundary: str, name: str, filename: str, content: bytes) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
    if filename:
        head += f'; filename="{filename}"'
    return head.encode("utf-8") + b"\r\n\r\n" + content + b"\r\n"


@st.composite
def _files(draw: st.DrawFn, stage: Stage, name: str) -> bytes:
    """The content of a file that is called so: mostly its kind, sometimes another's."""
    url = f"http://{stage.target}/page/1"
    known = {
        "txt": f"# list\n{url}\n{url}\n".encode(),
        "csv": f'url,method,headers\n{url},GET,"{{""a"":""b""}}"\n'.encode(),
        "xlsx": _workbook(url),
        "zip": _archive({"a.txt": url, "b/c.csv": f"url\n{url}\n"}),
        "bad": _archive({"../evil.txt": url, "/abs.txt": url, "C:\\x.txt": url, "a\x01.txt": url}),
    }
    ending = name.rpartition(".")[2].lower()
    content = known.get(ending, known["txt"])
    if draw(st.integers(0, 3)) == 0:
        content = draw(st.sampled_from(tuple(known.values())))
    return draw(st.just(content) | mutated(content) | mutated(content, most=12))


def _workbook(url: str) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("url", "method"))
        sheet.write_row(1, 0, (url, "GET"))
    return buffer.getvalue()


def _archive(entries: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()
