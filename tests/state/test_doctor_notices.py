"""What the doctor knows of webhooks, and of what waits in an outbox."""

from __future__ import annotations

import pytest
import trio
from msgspec.structs import replace

from state.desks import WEBHOOKS
from state.notices import OPERATOR, Notice, Webhook
from tests.support.data_folders import codes, copy_of, examined, make_healthy, open_store
from tests.support.states import ALICE, BOB

HOOK = Webhook("h1", "http://hook.example/told", ("failed",), "webhook.h1")
NOTICE = Notice("msg_1", "h1", "webhook.test", 7.0, {}, 7.0)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    data = tmp_path_factory.mktemp("healthy") / "data"
    make_healthy(data)
    return data


@pytest.fixture
def data(healthy, tmp_path):
    return copy_of(healthy, tmp_path / "data")


def keep(data, desk, secrets=None, **fields):
    """The desk's next state, and what its webhooks are signed with."""

    async def save():
        async with open_store(data) as store:
            state = (await store.load(desk)).state
            if secrets is not None:
                await store.save_secrets(desk, WEBHOOKS, secrets)
            await store.save(desk, replace(state, revision=state.revision + 1, **fields))

    trio.run(save)


def test_a_webhooks_secret_outlives_a_load_and_is_missed_where_it_is_lost(data):
    keep(data, ALICE, {HOOK.secret: "hush"}, webhooks=(HOOK,))
    assert codes(examined(data)) == []

    async def read():
        async with open_store(data) as store:
            await store.load(ALICE)
            return await store.load_secrets(ALICE, WEBHOOKS)

    assert trio.run(read) == {HOOK.secret: "hush"}
    keep(data, ALICE, {})
    report = examined(data)
    assert codes(report) == ["secret-missing"]
    assert "the list of webhooks names 1" in report.findings[0].what


@pytest.mark.parametrize("receiver", [HOOK.id, f"{OPERATOR}0011223344556677"])
def test_a_desk_that_only_has_somebody_to_tell_is_marked(data, receiver):
    notice = replace(NOTICE, webhook=receiver)
    secrets = {HOOK.secret: "hush"}
    keep(data, BOB, secrets, webhooks=(HOOK,), outbox=(notice,))
    marker = data / "active" / BOB
    assert marker.exists()
    assert codes(examined(data)) == []
    marker.unlink()
    report = examined(data, repair=True)
    assert [(each.code, each.repaired) for each in report.findings] == [("marker-missing", True)]
    assert report.findings[0].what == "1 notices wait and the desk is not marked"
    assert marker.exists()
    keep(data, BOB, outbox=())
    assert not marker.exists()
