"""Share links of a desk, over its whole life: looked through, ended, and over a restart."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from actors.caller import Caller
from actors.errors import LimitReached, NotFound
from actors.messages import DeleteJob, PauseJob, StartJob
from actors.rules.shares import MAX_SHARES, SHOWN
from actors.shares import EndShare, MakeShare
from state.model import Job, JobStatus
from state.shares import DAY_S, Share, day_of
from state.views import link_of
from tests.support.servers import ALICE, OK, Server, create

TOKEN, OTHER = f"ndv_{'a' * 32}", f"ndv_{'b' * 32}"
BO = Caller("bo", "share")


def share(server, token=TOKEN, *, job=None, left_s=3_600.0, share_id="s1"):
    now = server.now()
    return Share(
        id=share_id,
        name="for Bo",
        link=link_of(token),
        job=job,
        files=False,
        made_at=now,
        expires_at=now + left_s,
    )


async def test_who_has_the_link_looks_and_changes_nothing_over_a_restart(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        made = (await desk.ask(create([OK]))).job.job.id
        await desk.ask(create([OK], job_id="other"))
        await desk.ask(MakeShare(share(server, job=made, left_s=1e9)))
        looking = await directory.find_shared(link_of(TOKEN))
        assert list(looking.published.jobs) == [made]
        assert looking.published.shares == ()
        assert looking.published.link is None
        with pytest.raises(NotFound):
            await looking.ask(PauseJob(made))
        with pytest.raises(NotFound):
            await directory.find_shared(link_of(OTHER))
    async with server.running() as directory:
        looking = await directory.find_shared(link_of(TOKEN))
        assert list(looking.published.jobs) == [made]


async def test_an_ended_link_shuts_out_who_waits_and_its_file_goes(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(MakeShare(share(server, left_s=1e9)))
        looking = await directory.find_shared(link_of(TOKEN))
        waited = []

        async def wait():
            try:
                while True:
                    await looking.wait_newer(looking.published.revision)
            except NotFound:
                waited.append("shut out")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            await desk.ask(EndShare("s1"))
        assert waited == ["shut out"]
        with pytest.raises(NotFound):
            await directory.find_shared(link_of(TOKEN))

        await trio.sleep(60)  # of the virtual clock: what has to follow has followed
        assert await server.store.find_link(link_of(TOKEN)) is None
        # No generation lets it in again: the one before was saved without it, too.
        assert (await server.store.load(ALICE)).state.shares == ()


async def test_the_day_of_its_use_is_kept_and_told_once_a_day(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(MakeShare(share(server, left_s=1e9)))
        looking = await directory.find_shared(link_of(TOKEN))
        day = day_of(1_700_000_000.0)
        before = desk.published.revision
        for _ in range(3):
            await looking.use(day, BO)
        assert desk.published.shares[0].used_at == day
        used = desk.published.revision
        assert used > before
        await looking.use(day, BO)
        assert desk.published.revision == used
        await looking.use(day + DAY_S, BO)
        assert desk.published.shares[0].used_at == day + DAY_S


async def test_a_link_of_a_job_that_is_deleted_shows_nothing_and_makes_room(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        made = (await desk.ask(create([OK]))).job.job.id
        await desk.ask(MakeShare(share(server, job=made, left_s=1e9)))
        for at in range(1, MAX_SHARES):
            await desk.ask(
                MakeShare(share(server, f"ndv_{at:0>32}", left_s=1e9, share_id=f"s{at}x"))
            )
        with pytest.raises(LimitReached):
            await desk.ask(MakeShare(share(server, OTHER, left_s=1e9, share_id="more")))
        await desk.ask(DeleteJob(made))
        with pytest.raises(NotFound):
            await directory.find_shared(link_of(TOKEN))
        await desk.ask(MakeShare(share(server, OTHER, left_s=1e9, share_id="more")))
        assert len(desk.published.shares) == MAX_SHARES


def test_a_field_of_a_job_is_hidden_until_somebody_decides_to_show_it():
    hidden = {"retries", "spec", "price_tokens", "of_journeys", "retention_s", "feature"}
    hidden |= {"spent_tokens", "parent", "memo", "assets", "notify", "given", "product", "taken"}
    hidden |= {"cap", "counts", "origin", "paces"}
    assert set(Job.__struct_fields__) - set(SHOWN) <= hidden


async def test_a_link_whose_time_is_over_makes_room(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(MakeShare(share(server, left_s=60.0)))
        for at in range(1, MAX_SHARES):
            await desk.ask(
                MakeShare(share(server, f"ndv_{at:0>32}", left_s=1e9, share_id=f"s{at}x"))
            )
        await trio.sleep(61)
        await desk.ask(MakeShare(share(server, OTHER, left_s=1e9, share_id="more")))
        assert len(desk.published.shares) == MAX_SHARES


async def test_of_one_job_what_became_of_it_is_seen_as_it_goes_on(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        made = (await desk.ask(create([OK], start=False))).job.job.id
        await desk.ask(MakeShare(share(server, job=made, left_s=1e9)))
        looking = await directory.find_shared(link_of(TOKEN))
        before = looking.published.jobs[made]
        await desk.ask(create([OK], job_id="other"))
        # What has not changed is not made anew for each who looks.
        assert looking.published.jobs[made] is before
        await desk.ask(StartJob(made))
        while desk.published.jobs[made].job.ended_at is None:
            await desk.wait_newer(desk.published.revision)
        assert looking.published.jobs[made].job.status is JobStatus.COMPLETED
        assert {step.job_id for step in desk.published.transitions} == {made, "other"}
        assert {step.job_id for step in looking.published.transitions} == {made}
        with looking.subscribe():
            # Half of a desk's sockets stay its owner's.
            assert (desk.subscribers, looking.subscribers) == (1, 2)
