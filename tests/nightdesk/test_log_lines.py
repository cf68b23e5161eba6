"""What the server's log shows of hostile texts and of secrets: nothing that acts, nothing known."""

from __future__ import annotations

import hashlib
import io

import pytest

from nightdesk.logs import build_log
from state.text import holds_token, redacted
from tests.support.hostile import STEERING, TEXTS

DESK = "0f8fad5b-d9cb-469f-a165-70867728950e"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
SECRETS = [
    (f"GET /s/{DESK}", DESK),
    (f"no route to http://127.0.0.1:8400/{DESK}", DESK),
    (f"the old address /uuid={DESK}", DESK),
    (f"Authorization: Bearer {JWT}", JWT),
    (f"a token {JWT} has ended", JWT),
    (f"a token-{JWT} has ended", JWT),
    ("http://me:hunter22@proxy.example:1 is away", "hunter22"),
    ("http://me:at@hunter22@proxy.example:1 is away", "hunter22"),
    ("socks5://hunter22@proxy.example", "hunter22"),
    ("headers [('proxy-authorization', 'Basic bWU6aHVudGVyMjI=')]", "bWU6aHVudGVyMjI="),
    ("{'cookie': 'sid=hunter22; a=b'}", "hunter22"),
    ("Set-Cookie: nightdesk=hunter22", "hunter22"),
    ('{"Idempotency-Key": "hunter22"}', "hunter22"),
    ("x-session-id=hunter22", "hunter22"),
    ("Bearer hunter2222", "hunter2222"),
]


def logged(form, **values):
    out = io.StringIO()
    build_log(form, "debug", out).warning("something", **values)
    return out.getvalue()


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_hostile_text_in_the_log_steers_nothing(form, text):
    for values in ({"why": text}, {"nested": [{text: text}]}):
        line = logged(form, **values)
        assert STEERING.search(line.rstrip("\n")) is None
        assert line.count("\n") == 1


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_what_looks_like_a_secret_is_not_logged(form, text, secret):
    assert secret not in logged(form, error=text)
    assert secret not in logged(form, error=ValueError(text), several=[text])
    assert secret not in logged(form, exc_info=ValueError(text))


def test_a_desk_in_the_log_is_the_beginning_of_its_hash_and_a_job_stays_a_job():
    key = hashlib.sha256(DESK.encode()).hexdigest()
    assert key[:8] in logged("console", error=f"/s/{DESK}")
    assert DESK in logged("console", job=DESK)
    assert DESK in logged("console", error=f"files/{key}/{DESK}/log.jsonl: no space")


def test_words_that_hide_nothing_stay():
    said = "the proxy wants another user name or password (status 407); ask http://ex.com/a?b=c@d"
    assert said in logged("console", error=said)


def test_a_message_of_an_exception_cannot_pass_for_a_line_of_the_log():
    forged = "2026-01-01T00:00:00Z [info     ] all is well"
    lines = logged("console", exc_info=ValueError(f"broken\n{forged}")).splitlines()
    assert len(lines) > 1
    assert all(line.startswith("    ") or line == "" for line in lines[2:])
    assert not any(line.startswith(forged) for line in lines)


@pytest.mark.parametrize("unit", ["eyJaaaa", "-eyJaaaa", "eyJ.", "eyJaaaa.", "a.", "eyJaaaa.-"])
def test_a_token_is_looked_for_once(unit):
    """Each beginning of one was followed to the end of its run: this took minutes."""
    assert redacted(unit * 100_000 + " end").endswith(" end")
    holds_token(unit * 100_000)
