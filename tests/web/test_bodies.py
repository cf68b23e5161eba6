"""Bodies in memory: in what pieces they come and go, how many bytes there may be, and whose."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from tests.support.serving import ask, served
from tests.web.conftest import GUEST
from web.app import build_app
from web.bodies import LARGEST_AT_ONCE, PIECE_BYTES, SMALL_BYTES, Body, Budget
from web.errors import WebError

LIMIT = 4 * SMALL_BYTES
JOBS = f"/api/desks/{GUEST}/jobs"
FORM = "multipart/form-data; boundary=cut"


def arriving(*chunks):
    """An ASGI `receive` of those chunks."""
    left = list(chunks)

    async def receive():
        chunk = left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    return receive


async def read(budget, *chunks, client="a", headers=None):
    body = Body(arriving(*chunks), budget, client)
    await body.read(headers or {})
    return body


async def replayed(body):
    pieces = []
    while True:
        event = await body.replay()
        pieces.append(event["body"])
        if not event["more_body"]:
            return pieces


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1])
async def test_a_body_comes_back_whole_in_pieces(size):
    data = bytes(at % 251 for at in range(size))
    pieces = await replayed(await read(Budget(LIMIT), data[: size // 3], data[size // 3 :]))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= PIECE_BYTES
    assert len(pieces) == max(1, -(-size // PIECE_BYTES))


async def test_chunks_of_two_bytes_cost_no_more_than_their_bytes():
    count = 10_000
    chunks = [b"ab"] * count
    budget = Budget(LIMIT)
    tracemalloc.start()
    body = await read(budget, *[bytes(chunk) for chunk in chunks])
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held_bytes < 10 * count
    body.close()


async def hold(budget, client, size):
    """Bodies of that size until there is no room for one more; how many there are."""
    held = []
    while True:
        try:
            held.append(await read(budget, b"x" * size, client=client))
        except WebError as error:
            return held if error.code == "overloaded" else []


async def test_one_client_holds_half_of_what_there_is_and_gives_it_back():
    budget = Budget(LIMIT)
    held = await hold(budget, "a", LIMIT)
    assert len(held) == LARGEST_AT_ONCE // 2
    others = await hold(budget, "b", LIMIT)
    assert len(others) >= LARGEST_AT_ONCE // 2 - 1
    # Small ones find room where large ones find none, of whichever client.
    small = [await read(budget, b"{}", client=client) for client in ("a", "b", "c")]
    for body in held + others + small:
        body.close()
    assert len(await hold(budget, "a", LIMIT)) == LARGEST_AT_ONCE // 2


async def test_all_small_ones_together_have_an_end_too():
    budget = Budget(LIMIT)
    held = await hold(budget, "a", SMALL_BYTES)
    assert len(held) == LARGEST_AT_ONCE * LIMIT // SMALL_BYTES


@pytest.mark.parametrize("headers", [{}, {"content-length": str(LIMIT + 1)}])
async def test_a_body_s_limit_is_exact(headers):
    assert (await read(Budget(LIMIT), b"x" * LIMIT)).complete
    with pytest.raises(WebError, match="at most") as refused:
        await read(Budget(LIMIT), b"x" * LIMIT, b"x", headers=headers)
    assert refused.value.code == "body_too_large"


def part(name, data, *, extra=b"", filename=b"urls.txt"):
    kept = b'; filename="' + filename + b'"' if filename is not None else b""
    disposition = b'Content-Disposition: form-data; name="' + name + b'"' + kept + extra
    return b"--cut\r\n" + disposition + b"\r\n\r\n" + data + b"\r\n"


JOB = part(b"job", b'{"kind": "fetch"}', filename=None)
URL = b"https://example.com/\n"
END = b"--cut--\r\n"

FORMS = {
    "a file of 3 MiB": (JOB + part(b"items", b"# " + b"x" * 3 * 2**20 + b"\n" + URL) + END, 201),
    "100,000 parts": (JOB + part(b"items", URL) * 100_000 + END, 413),
    "nine parts": (JOB + part(b"other", b"") * 7 + part(b"items", URL) + END, 413),
    "a part without end": (JOB + part(b"items", URL), 400),
    "a head without end": (b"--cut\r\nX: " + b"x" * 2**20, 413),
    "a text of 1 MiB": (part(b"job", b" " * 2**20, filename=None) + END, 413),
    "no part": (END, 400),
    "nothing": (b"", 400),
    "another boundary": (JOB.replace(b"cut", b"not") + END, 400),
    "a form in a form": (
        JOB + part(b"items", b"--cut2\r\n" + JOB.replace(b"cut", b"cut2") + b"--cut2--") + END,
        400,
    ),
    "the job twice": (JOB + JOB + part(b"items", URL) + END, 201),
    "a name of 7 kB": (JOB + part(b"items", URL, filename=b"x" * 7_000 + b".txt") + END, 201),
    "a name of 9 kB": (JOB + part(b"items", URL, filename=b"x" * 9_000 + b".txt") + END, 413),
    "a name in Latin 1": (JOB + part(b"items", URL, filename=b"\xe4.txt") + END, 400),
    "a sheet that is no text": (
        JOB + part(b"items", URL) + part(b"sheet", b"\xff", filename=None) + END,
        400,
    ),
    "a job that is a file": (part(b"job", b'{"kind": "fetch"}') + part(b"items", URL) + END, 201),
    "what comes before": (b"hello\r\n" + JOB + part(b"items", URL) + END, 400),
    "a line end before": (b"\r\n" + JOB + part(b"items", URL) + END, 201),
    "what comes after": (JOB + part(b"items", URL) + END + b"x" * 10_000, 201),
    "a million lines before": (b"\r\n" * 10**6 + JOB + part(b"items", URL) + END, 400),
    "almost a boundary": (
        JOB + part(b"items", b"# " + b"\r\n--cu" * 10**6 + b"\n" + URL) + END,
        400,
    ),
    "a head of a million lines": (b"--cut\r\n" + b"a: b\r\n" * 10**6 + b"\r\n\r\n" + END, 413),
    "lines by LF": ((JOB + part(b"items", URL) + END).replace(b"\r\n", b"\n"), 400),
    "lines by CR": ((JOB + part(b"items", URL) + END).replace(b"\r\n", b"\r"), 400),
    "two dispositions": (
        JOB + part(b"items", URL, extra=b'\r\nContent-Disposition: form-data; name="sheet"') + END,
        400,
    ),
    "an attachment": (JOB + part(b"items", URL).replace(b"form-data", b"attachment") + END, 400),
    "a name with NUL": (JOB + part(b"items", URL, filename=b"a\0.txt") + END, 201),
    "a name with a path": (JOB + part(b"items", URL, filename=b"../../etc/a.txt") + END, 201),
    "a name with line ends": (JOB + part(b"items", URL, filename=b"a%0d%0a.txt") + END, 201),
    "a name in no charset": (
        JOB + part(b"items", URL, filename=None, extra=b"; filename*=no-such'x'%ff.txt") + END,
        (201, 400, 415),
    ),
    "a name in two ways": (
        JOB + part(b"items", URL, extra=b"; filename*=UTF-8''%e2%82%ac.csv") + END,
        (201, 400),
    ),
    "a name in 20,000 parts": (
        JOB + part(b"items", URL, filename=None, extra=b'; filename*0="a"' * 20_000) + END,
        (400, 413, 415),
    ),
    "20,000 semicolons": (JOB + part(b"items", URL, extra=b";" * 20_000) + END, 413),
    "parts without a name": (b"--cut\r\n\r\nx\r\n" * 3 + END, 400),
}


@pytest.mark.parametrize("name", FORMS)
async def test_a_form_is_read_or_refused_plainly(deps, desk, captured, name):
    data, statuses = FORMS[name]
    async with served(build_app(deps)) as port:
        status, _, answer = await ask(port, "POST", JOBS, [("Content-Type", FORM)], data)
        assert (await ask(port, path="/healthz"))[0] == 200
    assert status in (statuses if isinstance(statuses, tuple) else (statuses,)), answer[:500]
    assert status == 201 or json.loads(answer)["error"]["code"]
    assert [call for call in captured.calls if call.method_name == "error"] == []


@pytest.mark.parametrize(
    "type_",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "x" * 10_000,
        "multipart/form-data; boundary*=utf-8''%c3%a4",
        'multipart/form-data; boundary="cut',
        "multipart/form-data; boundary=a; boundary=cut",
        "multipart/form-data; charset=utf-7; boundary=cut",
        "multipart/form-data; boundary*=utf-8''cut",
    ],
)
async def test_a_form_s_type_may_be_anything(deps, desk, captured, type_):
    data = JOB + part(b"items", URL) + END
    async with served(build_app(deps)) as port:
        status, _, answer = await ask(port, "POST", JOBS, [("Content-Type", type_)], data)
    assert status in (201, 400, 413, 415), answer
    assert [call for call in captured.calls if call.method_name == "error"] == []
