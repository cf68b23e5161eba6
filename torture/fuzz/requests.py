"""REST requests of our own: routes that exist, with whatever may stand in their places.

Their framing is whole, so each has to be answered. What a schema says is in `described`, what is no
HTTP in `streams`.
"""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from torture.fuzz.bodies import bodies
from torture.fuzz.inputs import Input, Sent
from torture.fuzz.stage import Stage
from torture.fuzz.texts import in_pieces, numbers, odd_texts
from torture.fuzz.tokens import tokens
from web.dialects.background import paths
from web.dialects.documents import paths as documents

METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "get")
# Below a desk, and below a job.
OF_DESK = ("", "/jobs", "/ledger", "/audit", "/egress", "/journeys", "/journeys/start", "/stream",
           "/acknowledge", "/rotate-link")  # fmt: skip
OF_JOB = ("", "/start", "/pause", "/resume", "/cancel", "/retry", "/items", "/log", "/export",
          "/artifacts", "/artifacts.zip", "/artifacts/0.html")  # fmt: skip
HOUSE = ("/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/api/sample",
         "/api/desks", "/page/app/main.js", "/favicon.ico", "/robots.txt")  # fmt: skip
# What pages of the background tasks ask for, below a desk's page or at the root.
OF_OLD_PAGE = (paths.TASKS, paths.START, paths.STATUS, paths.STOP, paths.GUEST_LOGIN,
               paths.CHECK_UUID_TYPE, paths.INITIAL_DATA, paths.LOAD_TASKS, paths.TASK_DETAILS,
               paths.PAUSE_RUN, paths.RESUME_RUN)  # fmt: skip
# What clients of the documents API ask for, at the root.
OF_DOCUMENTS = (*documents.tasks_of("A"), *documents.tasks_of("B"), *documents.HEALTH,
                *documents.generation("batch"), *documents.generation("history"),
                *documents.TEMPLATES, *documents.TEMPLATES_C, *documents.DATA_SOURCES)  # fmt: skip
PARAMETERS = ("after", "wait", "status", "kind", "page", "size", "offset", "limit", "format",
              "token", "access_token", "x")  # fmt: skip
_HOSTS = ("localhost", "evil.example", "127.1", "", "[::1]:80", "a b", "x" * 300)
_RANGES = ("bytes=0-1", "bytes=-1", "bytes=9-1,0-0", "x", "bytes=" + "0-0," * 900)
VALUES = ("ok", "failed", "pending", "completed", "csv", "xlsx", "jsonl", "json", "fetch", "1")


def requests(stage: Stage) -> SearchStrategy[Input]:
    """All of it, on the desks of this stage."""
    return _requests(stage)


@st.composite
def _requests(draw: st.DrawFn, stage: Stage) -> Input:
    target = draw(targets(stage)) + draw(queries())
    content_type, body = draw(st.just(("", b"")) | bodies(stage))
    method = draw(st.sampled_from(METHODS) if not body else st.sampled_from(("POST", "PUT", "GET")))
    lines = [f"{method} {target} HTTP/1.1", *draw(heads(stage))]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    if body or method not in ("GET", "HEAD"):
        lines.append(f"Content-Length: {len(body)}")
    data = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
    return Input("request", Sent.REQUEST, draw(in_pieces(data)), method)


@st.composite
def targets(draw: st.DrawFn, stage: Stage) -> str:
    """A path that is often right, in one of its many spellings."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.sampled_from(HOUSE)) + draw(_tails())
    desk = draw(_spelt(stage.desks) | st.sampled_from((*stage.desks, "me", "local", "me", "local")))
    if kind == 1:
        page = draw(st.sampled_from((f"/s/{desk}", f"/uuid={desk}", "")))
        return page + draw(_tails() | st.sampled_from((*OF_OLD_PAGE, *OF_DOCUMENTS)))
    if kind == 2:
        key: str = draw(st.sampled_from(stage.keys) | odd_texts.map(_quoted))
        return f"/api/operator/desks/{key}/audit"
    path: str = f"/api/desks/{desk}"
    if kind <= 4:
        below = st.sampled_from(OF_DESK[:-1])
    else:
        path += "/jobs/" + draw(st.sampled_from(stage.jobs) | _spelt(stage.jobs))
        below = st.sampled_from(OF_JOB)
    path += draw(below)
    return path + str(draw(st.just("") | st.just("") | _tails()))


def _spelt(ids: tuple[str, ...]) -> SearchStrategy[str]:
    """An id as other parsers of UUIDs would take it, or not at all."""
    spellings = (
        str.upper,
        lambda text: text.replace("-", ""),
        lambda text: f"%7B{text}%7D",
        lambda text: f"urn:uuid:{text}",
        lambda text: text[:-1],
        lambda text: text + "%00",
        lambda text: quote(text.translate({ord("0") + n: 0xFF10 + n for n in range(10)})),
        lambda text: "".join(f"%{ord(letter):02x}" for letter in text),
        lambda text: f"%20{text}",
        lambda text: f".%2f{text}",
    )
    spelt = st.tuples(st.sampled_from(ids), st.sampled_from(spellings)).map(lambda x: x[1](x[0]))
    return spelt | odd_texts.map(_quoted)


def _tails() -> SearchStrategy[str]:
    known = ("/", "//", "/.", "/..", "/%2e%2e/", ";x=1", "%00", "%ff", "%c0%ae", "/%2f", "%", "%zz",
             "/../../metrics", "%0d%0aX:1", "#x", "\\", "/" + "a" * 3_000, "/" * 500)  # fmt: skip
    return st.sampled_from(known) | odd_texts.map(_quoted)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Parameters that exist, with values that do not."""
    if draw(st.booleans()):
        return ""
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(PARAMETERS), st.sampled_from(VALUES) | numbers | odd_texts),
            max_size=4,
        )
    )
    text = "&".join(f"{name}={_quoted(value)}" for name, value in pairs)
    return "?" + text + draw(st.sampled_from(("", "", "&", "&&=", "=", "?", "%", "&%ff=%ff", "+")))


@st.composite
def heads(draw: st.DrawFn, stage: Stage) -> list[str]:
    """Header lines: Host first, then any of those that the server looks at."""
    lines = [f"Host: {draw(st.sampled_from((*[stage.host] * 60, *_HOSTS)))}"]
    for name, values in draw(st.lists(st.sampled_from(_known_headers(stage)), max_size=4)):
        lines.append(f"{name}: {_legal(draw(values))}")
    return lines


def _known_headers(stage: Stage) -> list[tuple[str, SearchStrategy[str]]]:
    own = f"http://{stage.host}"
    origins = st.sampled_from((own, own, "null", "http://evil.example", "", "http://", own + "@x"))
    addresses = ("127.0.0.1", "::1", "1.2.3.4, 5.6.7.8", "unknown", "_x", "1.2.3.4:5", "[::1]:5")
    return [
        ("Authorization", tokens(stage).map(lambda token: f"Bearer {token}")),
        ("Authorization", odd_texts),
        ("X-Session-ID", st.sampled_from(stage.desks) | odd_texts),
        ("Cookie", st.sampled_from((stage.cookie, stage.cookie[:-3], "a=b; " + stage.cookie))),
        ("Cookie", odd_texts.map(lambda text: f"nightdesk={text}")),
        ("Origin", origins),
        ("Sec-Fetch-Site", st.sampled_from(("same-origin", "none", "cross-site", "x"))),
        ("If-None-Match", st.sampled_from(("*", '"1"', 'W/"3", "4"', '"', "1,2,,", '"' * 99))),
        ("Idempotency-Key", st.sampled_from(("a", "b" * 200, "c" * 201)) | odd_texts),
        ("Range", st.sampled_from(_RANGES)),
        ("X-Forwarded-For", st.sampled_from(addresses)),
        ("X-Forwarded-Proto", st.sampled_from(("https", "http, https", "ftp"))),
        ("X-Forwarded-Host", st.just("evil.example")),
        ("X-HTTP-Method-Override", st.just("DELETE")),
        ("Accept", odd_texts),
        ("Accept-Language", odd_texts),
        ("Accept-Encoding", odd_texts),
        ("Access-Control-Request-Method", odd_texts),
        ("Content-Encoding", st.sampled_from(("gzip", "identity", "br", "x"))),
        ("Expect", st.sampled_from(("100-continue", "x"))),
        ("If-Modified-Since", odd_texts),
        ("Referer", odd_texts),
        ("X-Odd", odd_texts),
    ]


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _legal(text: str) -> str:
    """The text as a header's value may be: whatever else is sent is a matter of `streams`."""
    kept = (c if c in "\t " or (0x21 <= ord(c) <= 0xFF and ord(c) != 0x7F) else "?" for c in text)
    return "".join(kept).strip()
