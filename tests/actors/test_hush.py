"""What a job's workers say of it is kept without the job's secrets."""

from __future__ import annotations

import pytest
import trio
from msgspec import Raw

from actors.ports import (
    ArtifactChunk,
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    ItemsLost,
    JobBroken,
    WorkerLog,
)
from actors.runner.hush import Hush
from state.model import OutcomeStatus
from tests.support.canaries import canary
from tests.support.servers import ALICE, ENDED, Server, create, until

SECRETS = [
    f"Bearer {canary('token')}",
    "Basic bWU6Y2FuYXJ5NWYzZS1iYXNpYw==",  # me:canary5f3e-basic
    f"http://me:{canary('proxy')}%40x@proxy.example:8080",
    f"sid={canary('cookie')}; other={canary('other')}",
    "short",
]
QUOTES = [
    f"Illegal header value b'Bearer {canary('token')}'",
    f"the token {canary('token')} is refused",
    "sent bWU6Y2FuYXJ5NWYzZS1iYXNpYw==",
    "as me:canary5f3e-basic",
    "password canary5f3e-basic",
    f"no route to http://me:{canary('proxy')}%40x@proxy.example:8080",
    f"the password {canary('proxy')}@x is wrong",
    f"cookie {canary('cookie')}",
    f"cookie {canary('other')}",
]


def events(text):
    return [
        ItemEnded(index=0, status=OutcomeStatus.FAILED, attempts=1, duration_ms=1.0, error=text),
        ItemDeferred(index=0, attempts=1, delay_s=1.0, error=text),
        ItemProgress(0, 0.5, text),
        WorkerLog("error", text, 0),
        JobBroken(text),
    ]


@pytest.mark.parametrize("text", QUOTES)
def test_no_event_quotes_a_secret_of_its_job(text):
    hush = Hush(SECRETS)
    for event in events(text):
        said = repr(hush(event))
        assert "canary" not in said
        assert "bWU6" not in said
        assert "***" in said


def test_a_secret_that_was_cut_short_is_none_the_less_one():
    long = canary("x" * 5_000)
    hush = Hush([f"Bearer {long}"])
    said = repr(hush(WorkerLog("error", f"Illegal header value {long[:1_900]}…", 0)))
    assert "canary" not in said
    assert "xxx" not in said


@pytest.mark.parametrize("secrets", [[], ["short"], [f"Bearer {canary('token')}"]])
def test_what_quotes_none_stays_as_it_is(secrets):
    hush = Hush(secrets)
    others = [
        ItemEnded(index=0, status=OutcomeStatus.OK, attempts=1, duration_ms=1.0, result=Raw(b"{}")),
        ItemDeferred(index=0, attempts=1, delay_s=1.0),
        ArtifactChunk(index=0, name="short", data=b"short", last=True),
        ItemsLost((0,), "killed by signal 9"),
    ]
    for event in [*events("a short story of the Bearer"), *others]:
        assert hush(event) == event


async def test_an_executor_that_raises_with_a_secret_leaves_none_of_it(autojump_clock):
    server = Server()
    secret = canary("raised")
    command = create([{"do": "raise", "error": f"bad value {secret}"}])
    command.plan.secrets["header.0"] = secret
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(command)
        await until(desk, "job", *ENDED)
        page = await server.store.read_outcomes(ALICE, "job")
        log = await server.store.read_log(ALICE, "job")
    (record, _) = page.records[0]
    assert "***" in record.error
    assert secret not in f"{record} {log.lines}"


async def test_a_step_that_names_a_secret_is_kept_without_it(autojump_clock):
    server = Server(save_every_s=1.0)
    secret = canary("typed")
    command = create([{"do": "talk", "steps": 60, "every_s": 1.0, "word": f"fill {secret}"}])
    command.plan.secrets["fill.0"] = secret
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(command)
        await trio.sleep(4.5)
        state = (await server.store.load(ALICE)).state
        assert state.jobs["job"].working[0].stage.startswith("fill ***")
        assert secret not in f"{state} {desk.published}"
