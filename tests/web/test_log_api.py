"""The native log: by level without losing a line, and as soon as there is more."""

from __future__ import annotations

import pytest
import trio
from msgspec.structs import replace

from actors.messages import DeleteJob
from state.memory import MemoryStore
from state.model import JobStatus, LogLine
from state.views import desk_key
from tests.support.manager_socket import ME, NOW, Workshop, lines
from web.app import build_app

LOG = "/api/desks/me/jobs/t1/log"


@pytest.fixture
def deps(deps):
    return replace(deps, store=MemoryStore(), now=lambda: NOW)


@pytest.fixture
async def shop(deps):
    return Workshop(await deps.desks.create(desk_key("user:ann"), guest=False), deps.store)


async def read(client, query="", status=200):
    answer = await client.get(f"{LOG}{query}", headers=ME)
    assert answer.status_code == status
    return await answer.get_json()


def said(page):
    return [line["message"] for line in page["lines"]]


MIXED = [LogLine(NOW, level, level) for level in ("info", "warning", "error", "info")]


@pytest.mark.parametrize(
    ("level", "told"),
    [("info", ["info", "warning", "error", "info"]), ("warning", ["warning", "error"]),
     ("error", ["error"])],
)  # fmt: skip
async def test_a_level_shows_what_is_as_grave_or_graver(client, shop, level, told):
    await shop.work()
    await shop.log("t1", MIXED)
    page = await read(client, f"?level={level}")
    assert said(page) == told
    assert page["next"] == page["size"]


async def test_what_is_passed_over_is_behind_next_and_nothing_else_is(client, shop):
    """A grave line far behind many that are not asked for is found, by asking on."""
    await shop.work()
    await shop.log("t1", [*lines(0, 25_000), LogLine(NOW, "error", "there")])
    after, found, asked = 0, [], 0
    while True:
        page = await read(client, f"?level=error&after={after}")
        found += said(page)
        asked += 1
        if page["next"] == page["size"]:
            break
        assert page["next"] > after
        after = page["next"]
    assert (found, asked) == (["there"], 2)


@pytest.mark.parametrize("query", ["?level=debug", "?wait=-1", "?wait=x", "?after=-1"])
async def test_what_it_does_not_know_is_refused(client, shop, query):
    await shop.work()
    await read(client, query, status=400)


class Asked:
    """The answer, once there is one, and when that was."""

    def __init__(self, client, query):
        self._client = client
        self._query = query
        self._got = trio.Event()
        self.page = self.at = None

    async def run(self):
        self.page = await read(self._client, self._query)
        self.at = trio.current_time()
        self._got.set()

    def is_set(self):
        return self._got.is_set()

    async def wait(self):
        with trio.fail_after(100):
            await self._got.wait()


async def answer_to(client, query, nursery):
    """It has been asked for, and waited for by the time that this returns."""
    asked = Asked(client, query)
    nursery.start_soon(asked.run)
    await trio.sleep(5)
    return asked


async def test_who_waits_gets_lines_as_they_come(client, shop, autojump_clock, nursery):
    await shop.work()
    await shop.log("t1", lines(0, 2))
    first = await read(client)
    began = trio.current_time()
    got = await answer_to(client, f"?after={first['next']}&wait=60", nursery)
    assert not got.is_set()
    await shop.log("t1", lines(2, 2))
    await got.wait()
    assert said(got.page) == ["line 2", "line 3"]
    assert got.at - began == 5


async def test_of_a_level_only_such_lines_end_the_wait(client, shop, autojump_clock, nursery):
    await shop.work()
    got = await answer_to(client, "?level=error&wait=60", nursery)
    await shop.log("t1", lines(0, 2))
    await trio.sleep(5)
    assert not got.is_set()
    await shop.log("t1", [LogLine(NOW, "error", "broken")])
    await got.wait()
    assert said(got.page) == ["broken"]


async def test_nothing_new_is_an_answer_when_the_time_is_over(client, shop, autojump_clock):
    await shop.work()
    began = trio.current_time()
    page = await read(client, "?wait=20")
    assert (said(page), page["next"], trio.current_time() - began) == ([], 0, 20)


async def test_the_last_words_end_the_wait_and_nobody_waits_for_more(
    client, shop, autojump_clock, nursery
):
    await shop.work()
    await shop.tell("t1")
    got = await answer_to(client, "?wait=60", nursery)
    await shop.quietly("t1", lines(0, 1))
    shop.end()
    await got.wait()
    assert said(got.page) == ["line 0"]
    began = trio.current_time()
    assert said(await read(client, f"?after={got.page['next']}&wait=60")) == []
    assert trio.current_time() == began


async def test_the_end_of_the_job_ends_the_wait_after_that_of_its_runner(
    client, shop, autojump_clock, nursery
):
    await shop.work()
    await shop.tell("t1")
    got = await answer_to(client, "?level=error&wait=60", nursery)
    shop.wind_up("t1")
    await trio.sleep(5)
    assert not got.is_set()
    over_at = trio.current_time()
    shop.end()
    await got.wait()
    assert (said(got.page), got.at) == ([], over_at)


async def test_a_job_that_has_not_begun_is_waited_for(client, shop, autojump_clock, nursery):
    await shop.make()
    got = await answer_to(client, "?wait=60", nursery)
    shop.begin()
    await shop.log("t1", lines(0, 1))
    await got.wait()
    assert said(got.page) == ["line 0"]


async def test_a_job_that_is_deleted_meanwhile_is_gone(client, shop, autojump_clock, nursery):
    await shop.make(start=False)

    async def ask():
        await read(client, "?wait=60", status=404)

    nursery.start_soon(ask)
    await trio.sleep(5)
    await shop.desk.ask(DeleteJob("t1"))


async def test_a_server_that_stops_answers(client, deps, shop, autojump_clock, nursery):
    await shop.work()
    got = await answer_to(client, "?wait=60", nursery)
    deps.stopping.set()
    await got.wait()
    assert said(got.page) == []


async def test_too_many_do_not_wait(deps, shop, autojump_clock):
    deps = replace(deps, settings=replace(deps.settings, max_sockets_per_desk=1))
    await shop.work()
    with shop.desk.subscribe():
        await read(build_app(deps).test_client(), "?wait=60", status=429)
    assert JobStatus.RUNNING is shop.desk.published.jobs["t1"].job.status
