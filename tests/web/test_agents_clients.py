"""Both Python clients about jobs of agents, against a real server."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
import trio
from msgspec.structs import replace

from executors.agent.options import Endpoint
from executors.agent.spec import AgentSettings, AgentSpec
from nightdesk import AsyncClient, Client
from nightdesk.client import NotFound, agents
from state.memory import MemoryStore
from tests.support.agent_jobs import MODEL, Workbench, agent_job, begin, call, end, ending, lines
from tests.support.serving import served
from tests.web.conftest import GUEST
from web.app import build_app

JOB = agent_job()
TASKS = [("game", "Write a game"), ("page", "Write a page"), ("poem", "Write a poem")]
DEMO = Endpoint("demo", "http://127.0.0.1:9/v1", (MODEL,))


@pytest.fixture
def deps(deps):
    spec = AgentSpec(AgentSettings((DEMO,)))
    return replace(deps, store=MemoryStore(), executors={**deps.executors, "agent": spec})


@pytest.fixture
async def bench(deps, desk):
    bench = Workbench(deps.store, desk)
    await bench.put(JOB, TASKS, [ending(0), ending(1, cost_usd=None)])
    await bench.transcript(JOB, "game", (begin(), call(1)), (end(),))
    await bench.keep(JOB, "game/files/main.py", b"print()")
    return bench


async def test_the_client_for_trio(deps, bench, monkeypatch):
    monkeypatch.setattr(agents, "PAGE_SIZE", 2)
    async with (
        served(build_app(deps)) as port,
        AsyncClient(f"http://127.0.0.1:{port}", desk=GUEST) as desk,
    ):
        assert (await desk.agents()).endpoints[0].models == (MODEL,)
        told = [task async for task in desk.tasks(JOB.id)]
        assert [task.status for task in told] == ["completed", "completed", "waiting"]
        assert [task.spend.usd for task in told] == [Decimal("0.0007"), None, Decimal(0)]
        costs = await desk.costs(JOB.id)
        assert (costs.total.calls, costs.total.unpriced, costs.cap.usd) == (6, 3, None)
        page = await desk.transcript(JOB.id, 0, after=1)
        assert ([each["type"] for each in page.records], page.next) == (["end"], 2)
        with pytest.raises(NotFound):
            await desk.transcript(JOB.id, 3)


async def test_the_blocking_client_and_files(deps, bench, tmp_path):
    def look(port):
        with Client(f"http://127.0.0.1:{port}", desk=GUEST) as desk:
            assert [task.dir for task in desk.tasks(JOB.id)] == ["game", "page", "poem"]
            assert desk.costs(JOB.id).total.usd == Decimal("0.0007")
            written = BytesIO()
            assert desk.transcript_file(JOB.id, 0, written) == len(written.getvalue())
            assert written.getvalue() == lines(begin(), call(1), end())
            desk.task_files(JOB.id, 0, tmp_path / "game.zip")
            assert ZipFile(tmp_path / "game.zip").read("game/main.py") == b"print()"
            assert desk.agent_results(JOB.id, tmp_path / "results.json") > 100

    async with served(build_app(deps)) as port:
        await trio.to_thread.run_sync(look, port)
