"""The operator's targets on the virtual clock: of what they are told, how long, and beside whom."""

import pytest
import trio

from actors.house import OperatorTarget
from actors.messages import CancelJob
from actors.notices import SetWebhooks, TestWebhook
from actors.ports.errands import ErrandReply, NoErrands
from actors.rules.operators import Operator, inert
from actors.rules.outbox import KEEP_S, MAX_NOTICES
from state.codec import decode, encode
from state.notices import OPERATOR, Webhook
from tests.support.servers import ALICE, ENDED, FAIL, HOLD, OK, Server, create, settled, until

SECRET = "tk-canary-4711"
FIRST, SECOND = (
    OperatorTarget(f"{OPERATOR}{n}", f"--notify-target ({n})", f"json://u:{SECRET}@{n}.example")
    for n in (1, 2)
)
GIVEN_UP = "the operator will not be told of a job's end"
HOOK = Webhook("h1", "http://hook.example/", ("completed",), "webhook.h1")
SIGNED = {HOOK.secret: "whsec_" + "a" * 40}
USUAL = ("completed", "partially_completed", "failed")


class Services(NoErrands):
    """Errands whose ends are chosen, by the address of the target; else it is taken."""

    def __init__(self):
        self.told = []
        self.at = []
        self.errors = {}
        self.hanging = set()

    async def notify(self, telling):
        self.told.append(telling)
        self.at.append(trio.current_time())
        if telling.target in self.hanging:
            await trio.sleep_forever()
        return self.errors.get(telling.target)

    async def send(self, errand):
        if errand.url in self.hanging:
            await trio.sleep_forever()
        return ErrandReply(None, 204)

    def of(self, target):
        return [telling for telling in self.told if telling.target == target.address]


@pytest.fixture
def services():
    return Services()


def server_with(services, *targets, events=USUAL, before=None):
    server = Server(operator=Operator(tuple(each.id for each in targets), events))
    server.targets = {each.id: each for each in targets}
    server.errands = services
    if before is not None:
        server.store = before.store
    return server


async def wait_for(desk, condition):
    with trio.fail_after(2 * KEEP_S):
        while not condition():
            await desk.wait_newer(desk.published.revision)


async def test_every_target_is_told_of_every_end(autojump_clock, services):
    server = server_with(services, FIRST, SECOND)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, FAIL]))
        await until(desk, "job", *ENDED)
        await wait_for(desk, lambda: not desk.published.outbox)
    assert {telling.target for telling in services.told} == {FIRST.address, SECOND.address}
    for telling in services.told:
        assert telling.title == "Nightdesk: job partially completed"
        assert "2 items: 1 ok, 1 failed, 0 skipped" in telling.body
        assert f"desk {ALICE[:8]}" in telling.body
        assert FAIL["error"] not in telling.body
        assert telling.worrying


async def test_they_are_told_of_no_other_end(autojump_clock, services):
    async with server_with(services, FIRST).running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HOLD]))
        await desk.ask(CancelJob("job"))
        await until(desk, "job", *ENDED)
        assert desk.published.outbox == ()
    async with server_with(services, FIRST, events=("cancelled",)).running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HOLD]))
        await desk.ask(CancelJob("job"))
        await settled()
    assert services.told[0].title == "Nightdesk: job cancelled"


async def test_one_that_hangs_delays_no_other_and_no_webhook(autojump_clock, services):
    services.hanging = {FIRST.address}
    server = server_with(services, FIRST, SECOND)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(SetWebhooks(webhooks=(HOOK,), secrets=SIGNED))
        for name in ("one", "two"):
            await desk.ask(create([OK], job_id=name))
            await until(desk, name, *ENDED)
        await wait_for(desk, lambda: len(desk.published.outbox) == 2)
        assert {notice.webhook for notice in desk.published.outbox} == {FIRST.id}
    assert len(services.of(FIRST)) == 1
    assert len(services.of(SECOND)) == 2


async def test_it_is_tried_for_a_day_and_its_end_logged_without_secrets(autojump_clock, services):
    services.errors = {FIRST.address: "it answered 500"}
    server = server_with(services, FIRST)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        await wait_for(desk, lambda: not desk.published.outbox)
    assert services.at[1] - services.at[0] == pytest.approx(5.0, abs=0.1)
    assert KEEP_S / 2 < services.at[-1] - services.at[0] <= KEEP_S
    assert len({telling.body for telling in services.told}) == 1
    (given_up,) = server.heard.said(GIVEN_UP)
    assert (given_up["target"], given_up["job"]) == (FIRST.place, "job")
    tries = server.heard.said("the operator was not told of a job's end")
    assert {(told["target"], told["error"]) for told in tries} == {(FIRST.place, "it answered 500")}
    assert SECRET not in str(server.heard.lines)


async def test_who_was_not_told_is_told_after_a_restart_if_there_still(autojump_clock, services):
    services.hanging = {FIRST.address, SECOND.address}
    before = server_with(services, FIRST, SECOND)
    async with before.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        await settled()
        assert len(services.told) == 2
    services.hanging = set()
    server = server_with(services, SECOND, before=before)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await wait_for(desk, lambda: not desk.published.outbox)
    assert len(services.of(SECOND)) == 2
    assert len(services.of(FIRST)) == 1
    assert len(server.heard.said(GIVEN_UP)) == 1


async def test_they_crowd_out_no_webhook(autojump_clock, services):
    services.hanging = {FIRST.address, HOOK.url}
    server = server_with(services, FIRST, events=(*USUAL, "cancelled"))
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(SetWebhooks(webhooks=(HOOK,), secrets=SIGNED))
        await desk.ask(TestWebhook(HOOK.id))
        for number in range(MAX_NOTICES + 5):
            await desk.ask(create([OK], job_id=f"j{number}", start=False))
            await desk.ask(CancelJob(f"j{number}"))
        outbox = desk.published.outbox
        assert [notice.webhook for notice in outbox] == [HOOK.id] + [FIRST.id] * MAX_NOTICES
        assert outbox[1].data["job_id"] == "j5"
        file = encode(ALICE, (await server.store.load(ALICE)).state)
        assert decode(ALICE, file).state.outbox == outbox
        assert SECRET.encode() not in file


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Monday's prices, 3/4", "Monday's prices, 3／4"),
        ("@all <!here>", "＠all ＜!here＞"),
        ("[x](https://e.example)", "［x］（https：／／e.example）"),
        ("two\nlines\x00\u202eevil", "two lines evil"),
        ("每夜的价格", "每夜的价格"),
    ],
)
def test_names_are_inert(name, shown):
    assert inert(name) == shown
