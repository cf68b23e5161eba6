"""When old jobs are swept, and what a sweep must leave alone."""

import trio

from tests.support.servers import ALICE, ENDED, EPOCH, HOLD, OK, Server, create, statuses, until


async def test_a_desk_at_work_is_not_put_to_rest_for_its_old_file(autojump_clock):
    server = Server(retention_s=1_000.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HOLD]))
    async with server.running() as directory:
        await trio.sleep(10_000)
        assert server.supervisor.stats.desks_live == 1
        desk = await directory.find(ALICE)
        assert statuses(desk.published) == ["running"]


async def test_a_sweep_comes_again_where_the_wall_clock_is_behind(autojump_clock):
    server = Server(retention_s=100.0)
    server.now = lambda: EPOCH + trio.current_time() * 0.9
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        await trio.sleep(120)
        assert desk.published.jobs == {}
