"""Rates: how many at once, how many in the long run, whose, and what the refused are told."""

from __future__ import annotations

import uuid
from ipaddress import ip_address

import pytest

from state.views import desk_key
from tests.web.conftest import GUEST, OTHER_GUEST, make_rates
from tests.web.test_desk_routes import make_job
from web.app import build_app
from web.errors import WebError
from web.rates import KEYS_KEPT, Bucket, Buckets, Rate, network_of

HTML = {"Accept": "text/html"}


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize("rate", [Rate(5.0, 1), Rate(0.1, 7), Rate(1_000.0, 30)])
def test_a_burst_then_so_many_a_second(rate):
    bucket, now = Bucket(rate), 50.0
    for _ in range(2):
        assert [bucket.take(now) for _ in range(rate.burst)] == [0.0] * rate.burst
        wait_s = bucket.take(now)
        assert wait_s == pytest.approx(1 / rate.per_s)
        assert bucket.take(now + wait_s * 0.99) > 0
        assert bucket.take(now + wait_s) == 0.0
        assert bucket.take(now + wait_s) > 0
        now += 100 * rate.burst / rate.per_s


def test_who_keeps_asking_is_not_kept_out_for_longer():
    bucket = Bucket(Rate(10.0, 3))
    served = sum(bucket.take(step / 1_000) == 0.0 for step in range(10_000))
    assert served == 3 + 99


def test_no_rate_is_no_limit():
    bucket = Bucket(Rate(0.0, 1))
    assert {bucket.take(0.0) for _ in range(1_000)} == {0.0}


def test_so_many_are_remembered_and_the_one_unused_longest_is_forgotten():
    buckets = Buckets(Rate(0.001, 1), Clock())
    for number in range(KEYS_KEPT):
        assert buckets.take(str(number)) == 0.0
    assert buckets.take("0") > 0
    assert buckets.take("one more") == 0.0
    assert buckets.take("0") > 0  # was used since
    assert buckets.take("1") == 0.0


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1:2:3", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_whose_budget_it_is(client, network):
    assert network_of(client) == network


def test_ten_thousand_guesses_find_an_end_and_only_the_guesser_s():
    clock = Clock()
    rates = make_rates(clock=clock, misses=Rate(10.0, 100))
    base, refused = int(ip_address("2001:db8::")), []
    for number in range(10_000):
        try:
            rates.missed(str(ip_address(base + number)))
        except WebError as error:
            refused.append((error.code, error.retry_after_s))
    assert refused == [("too_many_requests", 1)] * 9_900
    rates.missed("2001:db8:0:1::1")
    clock.now += 1.0
    rates.missed("2001:db8::1")


async def test_guesses_become_429_and_real_desks_are_not_delayed(with_settings, desk):
    client = build_app(with_settings(miss_burst=20)).test_client()
    statuses = []
    for _ in range(30):
        answer = await client.get(f"/api/desks/{uuid.uuid4()}")
        statuses.append(answer.status_code)
    assert statuses == [404] * 20 + [429] * 10
    assert answer.headers["Retry-After"] == "1"
    assert (await client.get(f"/api/desks/{GUEST}")).status_code == 200


async def test_guesses_count_whichever_way_they_are_made(with_settings, desk):
    client = build_app(with_settings(miss_burst=4, miss_rate_per_s=0.001)).test_client()
    unknown = str(uuid.uuid4())
    job = f"/api/desks/{unknown}/jobs"
    assert (await client.get(f"/api/desks/{unknown}")).status_code == 404
    assert (await client.post(f"{job}/x/start")).status_code == 404
    assert (await client.get("/api/desks/me", headers={"X-Session-ID": unknown})).status_code == 404
    assert (await client.get(f"/s/{unknown}", headers=HTML)).status_code == 404
    assert (await client.delete(f"{job}/x")).status_code == 429


async def test_commands_of_a_desk_have_a_rate_and_looking_has_none(with_settings, desk, deps):
    client = build_app(with_settings(desk_burst=3, desk_rate_per_s=0.5)).test_client()
    job = (await make_job(client))["job"]["id"]
    base = f"/api/desks/{GUEST}/jobs/{job}"
    assert (await client.post(f"{base}/start")).status_code == 200
    assert (await client.post(f"{base}/start")).status_code == 409  # it was asked all the same
    asked = len(desk.asked)
    for method in (client.post, client.delete):
        answer = await method(f"{base}/cancel" if method == client.post else base)
        assert answer.status_code == 429
        assert (await answer.get_json())["error"]["code"] == "too_many_requests"
        assert answer.headers["Retry-After"] == "2"
    assert len(desk.asked) == asked
    for _ in range(10):
        assert (await client.get(f"/api/desks/{GUEST}")).status_code == 200
    other = await deps.desks.create(desk_key(OTHER_GUEST))
    answer = await client.post(f"/api/desks/{OTHER_GUEST}/jobs/x/start")
    assert (answer.status_code, len(other.asked)) == (404, 1)


@pytest.mark.parametrize("rate_per_s", [0.25, 0.0])
async def test_a_network_makes_so_many_desks_and_then_waits(with_settings, deps, rate_per_s):
    settings = {"new_desk_burst": 2, "new_desk_rate_per_s": rate_per_s}
    client = build_app(with_settings(**settings)).test_client()
    for _ in range(2):
        assert (await client.post("/api/desks")).status_code == 201
    answer, page = await client.post("/api/desks"), await client.get("/", headers=HTML)
    if rate_per_s == 0.0:
        assert (answer.status_code, page.status_code) == (201, 303)
        return
    assert (answer.status_code, page.status_code) == (429, 429)
    assert answer.headers["Retry-After"] == page.headers["Retry-After"] == "4"
    words = (await page.get_data()).decode()
    assert "Try again in 4 s." in words
    assert "4 秒" in words
    assert len(deps.desks.desks) == 2


async def test_a_browser_that_has_a_desk_needs_no_new_one(with_settings, desk):
    client = build_app(with_settings(new_desk_burst=1, new_desk_rate_per_s=0.001)).test_client()
    await client.get(f"/s/{GUEST}", headers=HTML)  # takes the cookie
    for _ in range(3):
        answer = await client.get("/", headers=HTML)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/s/{GUEST}")


@pytest.mark.parametrize("destination", ["image", "iframe", "script", "empty"])
async def test_what_another_page_loads_makes_no_desk(client, deps, destination):
    answer = await client.get("/", headers={**HTML, "Sec-Fetch-Dest": destination})
    assert answer.status_code == 200
    assert deps.desks.desks == {}
