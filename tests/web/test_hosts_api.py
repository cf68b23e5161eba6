"""The hosts of a job, and how its user slows them, over REST."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from executors.urls import parse_url
from state.causes import host_of
from state.paces import HostPace
from tests.support.batchgo import playing
from tests.web.conftest import GUEST
from tests.web.test_repeat_changes import DESK, made, spec_of, until_over

ME = {"X-Session-ID": GUEST}
URLS = [f"https://{host}/{name}" for host in ("a.example", "b.example:8443")
        for name in ("broken", "ok")]  # fmt: skip


@pytest.fixture
def house(deps):
    slow = [("https://a.example:443", 0.25, 3.04), ("http://other.example:80", 9.0, 9.0)]
    return lambda: playing(replace(deps, slowed=lambda: slow))


async def hosts_of(client, job):
    status, told = await client.get(f"{DESK}/jobs/{job}/hosts")
    assert (status, told["most_slowed"]) == (200, 50)
    return told["hosts"]


async def put(client, job, host, body, status=200):
    path = f"{DESK}/jobs/{job}/hosts/{host}"
    answer = await client.client.put(path, json=body, headers=client.headers)
    told = await answer.get_json()
    assert answer.status_code == status, told
    return told


async def test_they_are_listed_slowed_and_let_go(house, autojump_clock):
    async with house() as (client, _):
        job = await made(client, items=URLS)
        first, second = await hosts_of(client, job)
        assert first == {
            "host": "a.example", "n": 2, "failed_n": 1, "busy_n": 0, "pace": None,
            "interval_s": 0.25, "wait_s": 3.0,
        }  # fmt: skip
        assert (second["host"], second["interval_s"]) == ("b.example:8443", 0.0)
        told = await put(client, job, "B.example:8443", {"max_in_flight": 1, "delay_s": 2.5})
        assert told["durable"]
        await put(client, job, "not.yet.asked", {"delay_s": 3600})
        names = [each["host"] for each in await hosts_of(client, job)]
        assert names == ["b.example:8443", "not.yet.asked", "a.example"]
        slowed = (await hosts_of(client, job))[0]
        assert slowed["pace"] == {"max_in_flight": 1, "delay_s": 2.5}
        _, shown = await client.get(f"{DESK}/jobs/{job}")
        assert shown["job"]["paces"] == {
            "b.example:8443": {"max_in_flight": 1, "delay_s": 2.5},
            "not.yet.asked": {"max_in_flight": 0, "delay_s": 3600.0},
        }
        # What is made of it once more keeps to it too, and a retry of it anyway.
        _, again = await client.post(f"{DESK}/jobs/{job}/repeat")
        assert again["job"]["paces"] == shown["job"]["paces"]
        await until_over(client, again["job"]["id"])
        await put(client, job, "not.yet.asked", None)
        await put(client, job, "not.yet.asked", None)
        assert len(await hosts_of(client, job)) == 2
        assert (await spec_of(client, job))["concurrency"] == 2


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://site.example/ok", "site.example"),
        ("http://SITE.example./ok", "site.example"),
        ("http://site.example:80/ok", "site.example"),
        ("https://münchen.example/ok", "xn--mnchen-3ya.example"),
        ("http://93.184.216.34:8080/ok", "93.184.216.34:8080"),
        ("http://1572395042/ok", "93.184.216.34"),
        ("http://[2606:2800:220:1::]/ok", "[2606:2800:220:1::]"),
    ],
)
async def test_a_host_is_slowed_by_the_name_under_which_it_is_listed(
    house, autojump_clock, address, host
):
    """However its addresses spell it, the pace is kept by what the keys of items are."""
    async with house() as (client, _):
        job = await made(client, items=[address])
        (listed,) = await hosts_of(client, job)
        shown = await put(client, job, listed["host"], {"max_in_flight": 1})
        assert list(shown["job"]["paces"]) == [host]
        (slowed,) = await hosts_of(client, job)
        assert (slowed["host"], slowed["n"]) == (listed["host"], 1)
        assert slowed["pace"]["max_in_flight"] == 1
        assert host_of(parse_url(address).origin) == host
        assert (await put(client, job, listed["host"], None))["job"].get("paces") is None


@pytest.mark.parametrize(
    ("host", "body", "field"),
    [
        ("a.example", {}, "max_in_flight"),
        ("a.example", {"max_in_flight": -1}, "max_in_flight"),
        ("a.example", {"max_in_flight": 10_001}, "max_in_flight"),
        ("a.example", {"max_in_flight": 1.5}, "max_in_flight"),
        ("a.example", {"delay_s": 3600.1}, "delay_s"),
        ("a.example", {"delay_s": "2"}, "delay_s"),
        ("a.example", {"max_in_flight": 1, "colour": "red"}, "colour"),
        ("a%20b", {"max_in_flight": 1}, "host"),
        ("h" * 301, {"max_in_flight": 1}, "host"),
        ("me@a.example", {"max_in_flight": 1}, "host"),
    ],
)
async def test_what_is_wrong_is_told(client, desk, host, body, field):
    answer = await client.put(f"{DESK}/jobs/x/hosts/{host}", json=body, headers=ME)
    told = await answer.get_json()
    assert (answer.status_code, told["error"]["code"]) == (400, "invalid_request")
    assert told["error"]["details"]["errors"][0]["field"] == field


async def test_an_edge_is_taken_and_no_job_is_none(client, desk):
    for body in ({"max_in_flight": 10_000}, {"delay_s": 3600}):
        answer = await client.put(f"{DESK}/jobs/x/hosts/a.example", json=body, headers=ME)
        assert answer.status_code == 404
    assert [each.pace for each in desk.asked] == [HostPace(10_000), HostPace(0, 3600.0)]
