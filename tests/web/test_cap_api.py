"""How much the calls of a job may cost is said after it was made, and shown with what they did."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.caps import CapJob
from actors.messages import JobView
from actors.rules.spending import Purse, Wanted
from state.model import Counts
from state.spending import NO_CAP, NO_DAY, NO_SPEND, PICO, Spend, SpendCap
from tests.support.states import a_job
from tests.web.conftest import GUEST
from web.reasons import in_chinese
from web.views import wire_job

ME = {"X-Session-ID": GUEST}
PATH = "/api/desks/me/jobs/{job}/cap"


@pytest.fixture
async def job(client, desk):
    body = {"kind": "fetch", "items": ["https://example.com/"]}
    answer = await client.post("/api/desks/me/jobs", json=body, headers=ME)
    return (await answer.get_json())["job"]["id"]


@pytest.mark.parametrize(
    ("body", "cap"),
    [
        ({}, NO_CAP),
        ({"usd": None, "tokens": None}, NO_CAP),
        ({"usd": "0.50"}, SpendCap(picousd=PICO // 2)),
        ({"usd": "0"}, SpendCap(picousd=0)),
        ({"usd": "1000000"}, SpendCap(picousd=10**6 * PICO)),
        ({"usd": "0.000000000001"}, SpendCap(picousd=1)),
        ({"tokens": 10**15}, SpendCap(tokens=10**15)),
        ({"usd": "3", "tokens": 0}, SpendCap(0, 3 * PICO)),
    ],
)
async def test_the_desk_is_asked_for_exactly_that(client, desk, job, body, cap):
    answer = await client.put(PATH.format(job=job), json=body, headers=ME)
    assert answer.status_code == 200
    assert desk.asked[-1] == CapJob(job, cap)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"usd": 0.5}, "usd"),
        ({"usd": "-1"}, "usd"),
        ({"usd": "1e3"}, "usd"),
        ({"usd": "NaN"}, "usd"),
        ({"usd": "0.0000000000001"}, "usd"),
        ({"usd": "1000000.01"}, "usd"),
        ({"tokens": -1}, "tokens"),
        ({"tokens": 10**15 + 1}, "tokens"),
        ({"tokens": True}, "tokens"),
        ({"eur": "1"}, "eur"),
    ],
)
async def test_what_is_wrong_is_said(client, desk, job, body, field):
    before = len(desk.asked)
    answer = await client.put(PATH.format(job=job), json=body, headers=ME)
    said = (await answer.get_json())["error"]
    assert (answer.status_code, said["code"]) == (400, "invalid_request")
    assert said["details"]["errors"][0]["field"] == field
    assert len(desk.asked) == before


async def test_a_job_that_there_is_not_is_a_404(client, desk):
    answer = await client.put(PATH.format(job="none"), json={}, headers=ME)
    assert answer.status_code == 404


def test_a_job_shows_exactly_what_was_spent_and_may_be():
    from msgspec import to_builtins

    job = a_job()
    plain = to_builtins(wire_job(JobView(job)))
    assert not {"spend", "cap"} & plain.keys()
    spend = Spend(7, 5_210, 1_834, 2_228_000_001, 1, 2)
    counts = replace(job.counts, spend=spend)
    shown = to_builtins(wire_job(JobView(replace(job, counts=counts, cap=SpendCap(None, PICO)))))
    assert shown["spend"] == {
        "calls": 7,
        "prompt_tokens": 5_210,
        "completion_tokens": 1_834,
        "usd": "0.002228000001",
        "unpriced": 1,
        "counted": 2,
    }
    assert shown["cap"] == {"usd": "1"}
    assert counts.tally == Counts(1).tally


@pytest.mark.parametrize("money", [True, False])
@pytest.mark.parametrize("of_desk", [True, False])
@pytest.mark.parametrize("unpriced", [0, 1])
def test_every_refusal_has_words_in_chinese(money, of_desk, unpriced):
    cap = SpendCap(picousd=3) if money else SpendCap(tokens=3)
    purse = Purse(cap if of_desk else NO_CAP, NO_DAY)
    purse.open("job", NO_CAP if of_desk else cap, NO_SPEND)
    purse.want(Wanted("job", 0, Spend(1, 4, 4, 4 * (1 - unpriced), unpriced)))
    (verdict,) = purse.decide()
    chinese = in_chinese(verdict.refused)
    assert chinese is not None
    assert "{" not in chinese
