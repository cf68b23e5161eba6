"""A desk's webhooks on the virtual clock: what is told, when, how often, and what is kept where."""

import json
from datetime import UTC, datetime

import pytest
import trio
from msgspec.structs import replace
from standardwebhooks import Webhook as Verifier
from standardwebhooks import webhooks as library

from actors.errors import InvalidSpec, LimitReached, NotFound
from actors.messages import (
    CancelJob,
    DeleteJob,
)
from actors.notices import SetWebhooks, TestWebhook
from actors.ports.errands import ErrandReply, ErrandsBusy, NoErrands
from actors.rules.outbox import KEEP_S, MAX_NOTICES, MAX_WEBHOOKS, PAUSES_S
from state.codec import encode
from state.desks import WEBHOOKS
from state.errors import StorageFull
from state.notices import WEBHOOK_EVENTS, Webhook
from state.schedules import Schedule
from tests.support.servers import ALICE, ENDED, EPOCH, FAIL, HOLD, OK, Server, create, until

SECRET = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5"
HOOK = Webhook("h1", "http://hook.example/told", WEBHOOK_EVENTS, "webhook.h1")
TAKEN = ErrandReply(None, 204)


class Receiver(NoErrands):
    """Errands whose ends are chosen: the next of `replies`, then TAKEN."""

    def __init__(self):
        self.replies = []
        self.sent = []
        self.at = []
        self.hangs = False
        # Called with each errand before it is answered.
        self.meanwhile = lambda: None

    async def send(self, errand):
        self.sent.append(errand)
        self.at.append(trio.current_time())
        self.meanwhile()
        if self.hangs:
            await trio.sleep_forever()
        reply = self.replies.pop(0) if self.replies else TAKEN
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def bodies(self):
        return [json.loads(errand.body) for errand in self.sent]

    @property
    def ids(self):
        return [errand.headers["webhook-id"] for errand in self.sent]


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def server(receiver):
    server = Server()
    server.errands = receiver
    return server


async def hooked(directory, *hooks):
    desk = await directory.create(ALICE)
    hooks = hooks or (HOOK,)
    new = {hook.secret: SECRET for hook in hooks}
    await desk.ask(SetWebhooks(webhooks=hooks, secrets=new))
    return desk


async def until_told(desk):
    """The desk as soon as nothing waits to be told."""
    with trio.fail_after(7 * 24 * 3600):
        while desk.published.outbox:
            await desk.wait_newer(desk.published.revision)
    return desk.published


@pytest.mark.parametrize(
    ("items", "how"),
    [([OK], "completed"), ([OK, FAIL], "partially_completed"), ([FAIL], "failed")],
)
async def test_the_end_of_a_job_is_told_once(autojump_clock, server, receiver, items, how):
    async with server.running() as directory:
        desk = await hooked(directory)
        await desk.ask(create(items))
        await until(desk, "job", *ENDED)
        await until_told(desk)
        (body,) = receiver.bodies
        assert body["type"] == f"job.{how}"
        assert body["data"]["job_id"] == "job"
        assert body["data"]["status"] == how
        assert body["data"]["counts"]["total"] == len(items)
        assert desk.published.webhooks[0].last_error is None
        assert desk.published.webhooks[0].last_at is not None


async def test_only_what_was_asked_for_is_told(autojump_clock, server, receiver):
    async with server.running() as directory:
        failures = Webhook("h2", "http://other.example/", ("failed",), "webhook.h2")
        desk = await hooked(directory, HOOK, failures)
        await desk.ask(create([OK], job_id="good"))
        await until(desk, "good", *ENDED)
        await desk.ask(create([FAIL], job_id="bad"))
        await until(desk, "bad", *ENDED)
        await until_told(desk)
        told = sorted((errand.url, json.loads(errand.body)["type"]) for errand in receiver.sent)
        assert told == [
            (HOOK.url, "job.completed"),
            (HOOK.url, "job.failed"),
            (failures.url, "job.failed"),
        ]


async def test_a_job_that_is_deleted_while_it_runs_is_told_as_cancelled(
    autojump_clock, server, receiver
):
    async with server.running() as directory:
        desk = await hooked(directory)
        await desk.ask(create([HOLD]))
        await desk.ask(DeleteJob("job"))
        await until_told(desk)
        assert [body["type"] for body in receiver.bodies] == ["job.cancelled"]


async def test_a_request_is_signed_as_the_library_reads_it(
    autojump_clock, server, receiver, monkeypatch
):
    class Then(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromtimestamp(EPOCH, tz)

    monkeypatch.setattr(library, "datetime", Then)
    async with server.running() as directory:
        desk = await hooked(directory)
        await desk.ask(TestWebhook(HOOK.id))
        await until_told(desk)
    (errand,) = receiver.sent
    assert (errand.method, errand.follow_redirects) == ("POST", False)
    said = Verifier(SECRET).verify(errand.body, dict(errand.headers))
    assert said["type"] == "webhook.test"
    assert datetime.fromisoformat(said["timestamp"]).astimezone(UTC).timestamp() >= EPOCH
    with pytest.raises(library.WebhookVerificationError):
        Verifier(SECRET).verify(errand.body + " ", dict(errand.headers))


async def test_who_fails_is_tried_again_more_and_more_seldom_with_one_id(
    autojump_clock, server, receiver
):
    receiver.replies = [
        ErrandReply("the server answered 500", 500),
        ErrandReply(None, 302),
        ErrandsBusy(),
        InvalidSpec("no"),
    ]
    async with server.running() as directory:
        desk = await hooked(directory)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        await until_told(desk)
    assert len(set(receiver.ids)) == 1
    assert len({errand.body for errand in receiver.sent}) == 1
    pauses = [later - at for at, later in zip(receiver.at, receiver.at[1:], strict=False)]
    assert pauses == pytest.approx(PAUSES_S[:4], abs=0.01)


async def test_after_a_day_it_is_given_up_and_the_audit_log_says_so(
    autojump_clock, server, receiver
):
    receiver.replies = [ErrandReply("refused", None)] * 100
    async with server.running() as directory:
        desk = await hooked(directory)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        published = await until_told(desk)
        assert published.webhooks[0].last_error == "refused"
        assert receiver.at[-1] - receiver.at[0] <= KEEP_S
        assert len(receiver.sent) == 9
        page = await server.store.read_audit(ALICE)
        assert "give_up_notice" in [line.what for line in page.lines]


async def test_nothing_is_told_before_it_is_on_disk(autojump_clock, server, receiver):
    async with server.running() as directory:
        desk = await hooked(directory)
        await desk.ask(create([HOLD]))
        server.store.faults.fail("save", StorageFull("full"))
        with pytest.raises(Exception, match="not done"):
            await desk.ask(CancelJob("job"))
        assert receiver.sent == []
        await desk.ask(CancelJob("job"))
        await until_told(desk)
        assert len(receiver.sent) == 1


async def test_what_was_not_told_is_when_the_server_is_there_again(
    autojump_clock, server, receiver
):
    receiver.hangs = True
    async with server.running() as directory:
        desk = await hooked(directory)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        await trio.testing.wait_all_tasks_blocked()
        assert len(receiver.sent) == 1
    assert await server.store.unfinished() == [ALICE]
    receiver.hangs = False
    async with server.running() as directory:
        # Nobody asks for the desk: it is opened because something is to be told.
        await trio.sleep(60)
        assert len(set(receiver.ids)) == 1
        assert len(receiver.sent) == 2
        assert (await directory.find(ALICE)).published.outbox == ()
    assert await server.store.unfinished() == []


async def test_a_try_whose_end_was_not_saved_is_told_under_the_same_id(
    autojump_clock, server, receiver
):
    async with server.running() as directory:
        desk = await hooked(directory)
        receiver.meanwhile = lambda: server.store.faults.fail("save", StorageFull("full"))
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        receiver.meanwhile = lambda: None
        await until_told(desk)
        assert len(set(receiver.ids)) == 1


async def test_the_secret_is_among_the_secrets_and_nowhere_else(autojump_clock, server, receiver):
    receiver.replies = [ErrandReply("refused", None)]
    async with server.running() as directory:
        desk = await hooked(directory)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        state = (await server.store.load(ALICE)).state
        assert SECRET not in encode(ALICE, state).decode()
        assert SECRET not in repr(desk.published)
        assert await server.store.load_secrets(ALICE, WEBHOOKS) == {HOOK.secret: SECRET}
        await desk.ask(SetWebhooks(webhooks=()))
        assert desk.published.outbox == ()
        await desk.ask(create([OK], job_id="another", start=False))
        await trio.sleep(1)
        assert await server.store.load_secrets(ALICE, WEBHOOKS) == {}
    assert SECRET not in repr(server.heard)


async def test_a_desk_has_so_many_webhooks_and_so_many_notices(autojump_clock, server, receiver):
    receiver.hangs = True
    async with server.running() as directory:
        desk = await hooked(directory)
        many = [Webhook(f"h{n}", HOOK.url, ("failed",), "webhook.h1") for n in range(99)]
        with pytest.raises(LimitReached):
            await desk.ask(SetWebhooks(webhooks=tuple(many[: MAX_WEBHOOKS + 1])))
        with pytest.raises(InvalidSpec, match="secret"):
            await desk.ask(SetWebhooks(webhooks=(Webhook("x", HOOK.url, (), "webhook.x"),)))
        with pytest.raises(NotFound):
            await desk.ask(TestWebhook("x"))
        for _ in range(MAX_NOTICES):
            await desk.ask(TestWebhook(HOOK.id))
        with pytest.raises(LimitReached):
            await desk.ask(TestWebhook(HOOK.id))
        oldest = desk.published.outbox[0]
        await desk.ask(create([HOLD]))
        await desk.ask(CancelJob("job"))
        assert len(desk.published.outbox) == MAX_NOTICES
        assert oldest not in desk.published.outbox
        assert desk.published.outbox[-1].type == "job.cancelled"
        # One at a time for each receiver.
        assert len(receiver.sent) == 1


async def test_a_pass_that_is_left_out_is_told_with_its_reason(autojump_clock, server, receiver):
    hourly = Schedule(
        start="00:00", end="24:00", interval_min=60, work_days=tuple(range(7)), timezone="UTC"
    )
    async with server.running() as directory:
        desk = await hooked(directory)
        await desk.ask(replace(create([HOLD]), schedule=hourly))
        with trio.fail_after(3 * 3600):
            while not receiver.sent:
                await desk.wait_newer(desk.published.revision)
        await until_told(desk)
        (body,) = receiver.bodies
        assert body["type"] == "schedule.pass_skipped"
        assert (body["data"]["job_id"], body["data"]["skipped"]) == ("job", "busy")


async def test_the_address_that_a_job_brought_along_is_told_of_that_job(
    autojump_clock, server, receiver
):
    receiver.replies = [ErrandReply("no answer")]
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], job_id="other"))
        await desk.ask(replace(create([OK]), notify="http://once.example/told"))
        await until(desk, "job", *ENDED)
        # Who is told by the desk's own webhooks is another matter.
        await desk.ask(SetWebhooks(webhooks=()))
        await until_told(desk)
    assert [errand.url for errand in receiver.sent] == ["http://once.example/told"] * 2
    assert [body["data"]["job_id"] for body in receiver.bodies] == ["job", "job"]
    assert receiver.ids[0] == receiver.ids[1]
    assert not any("webhook-signature" in errand.headers for errand in receiver.sent)


async def test_and_outlives_the_server(autojump_clock, server, receiver):
    receiver.hangs = True
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(replace(create([FAIL]), notify="http://once.example/told"))
        await until(desk, "job", *ENDED)
    receiver.hangs = False
    async with server.running() as directory:
        await until_told(await directory.find(ALICE))
    assert receiver.bodies[-1]["type"] == "job.failed"
