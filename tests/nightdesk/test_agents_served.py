"""A real server and an endpoint that is scripted: tasks from prompt to files and a bill, what is in
flight when the server or its worker is killed, keys, caps and commands."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from pathlib import Path

import httpx
import msgspec
import pytest
import trio

from nightdesk import AsyncClient
from nightdesk.client import Invalid
from nightdesk.demo_model.endpoint import Endpoint, Manner
from nightdesk.demo_model.script import (
    Round,
    Say,
    Script,
    Scripts,
    Trouble,
    Use,
    settled,
    verdict,
    writes,
)
from tests.support.doomed import Doomed
from tests.support.processes import command_line

MODEL = "demo-model"
HANGS = Trouble(hang_s=3_600.0)


@pytest.fixture
async def endpoint(nursery):
    """Its manner may be changed by the test until it asks for something."""
    served = Endpoint()
    await nursery.start(served.serve)
    return served


@pytest.fixture
def serve(start_server, endpoint):
    async def served(*arguments):
        opened = ["--agent-endpoint", f"demo={endpoint.base_url}", "--agent-model", f"demo={MODEL}"]
        return await trio.to_thread.run_sync(lambda: start_server(*opened, *arguments))

    return served


def scripted(**by_text):
    return Manner(scripts=Scripts(by_text=by_text))


async def file_of(desk, job, name):
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "file"
        await desk.download(job.id, name, place)
        return place.read_bytes()


def asked(server, path):
    return httpx.get(f"{server.url}api/desks/local/{path}", trust_env=False).json()


def transcript(server, job):
    """Of the first task."""
    return asked(server, f"jobs/{job.id}/items/0/transcript")["records"]


def rows(server, job):
    return asked(server, f"jobs/{job.id}/items")["items"]


async def test_from_prompts_to_folders_and_a_bill(serve, endpoint):
    endpoint.manner = scripted(alpha=settled(2, "a.txt"), beta=settled(1, "b/b.txt"))
    server = await serve()
    async with AsyncClient(server.url) as desk:
        items = [{"dir": "one", "first_prompt": "do alpha"}, "do beta"]
        made = await desk.submit(items, kind="agent", start=True)
        job = await desk.wait(made.id)
        assert (job.status, job.counts.ok) == ("completed", 2)
        assert await file_of(desk, job, "one/files/a.txt") == b"round 2\n"
        assert await file_of(desk, job, "task-0002/files/b/b.txt") == b"round 1\n"
        told = {each.what: each.result async for each in desk.items(made.id)}
        kinds = [each["type"] for each in transcript(server, job)]
        found = {row["dir"]: row for row in rows(server, job)}
    assert (kinds[0], kinds[-1]) == ("begin", "end")
    assert told == {"one": "completed", "task-0002": "completed"}
    assert kinds.count("call") == len(endpoint.course.answered()) - 3
    assert found["one"]["ended_as"] == "completed"
    assert (found["one"]["iterations"], found["one"]["files"]) == (2, 1)
    # Nobody knows what the demonstration's model costs, and what is not known is not 0.
    assert found["one"]["cost_usd"] is None
    assert job.spend.calls == len(endpoint.course.answered()) == 9
    assert job.spend.unpriced == 9
    assert endpoint.course.twice() == ()


def workers_of(server):
    return [pid for pid in server.children() if b"workers.host" in command_line(pid)]


def hanging_in(*roles):
    """The second round's calls of those roles get no answer at first."""
    first = Round(
        coder=(writes("a.txt", "one"), Say(text="So far.")), judge=(verdict(False, 40, "more"),)
    )
    coder, judge = writes("a.txt", "two"), verdict(True, 90)
    if "coder" in roles:
        coder = msgspec.structs.replace(coder, before=(HANGS,))
    if "judge" in roles:
        judge = msgspec.structs.replace(judge, before=(HANGS,))
    return Script(rounds=(first, Round(coder=(coder, Say(text="Done.")), judge=(judge,))))


async def until_asked(endpoint, times):
    while endpoint.requests < times:  # noqa: ASYNC110 - the endpoint has no event for it
        await trio.sleep(0.01)


async def until_kept(server, job, calls):
    """So many are on disk: nothing else is shown."""
    while sum(each["type"] == "call" for each in transcript(server, job)) < calls:  # noqa: ASYNC110
        await trio.sleep(0.01)


@pytest.mark.parametrize("role", ["coder", "judge"])
@pytest.mark.parametrize("who", ["server", "worker"])
async def test_no_finished_call_is_made_again(serve, endpoint, who, role):
    endpoint.manner = scripted(alpha=hanging_in(role))
    server = await serve()
    before = 3 if role == "coder" else 5
    async with AsyncClient(server.url) as desk:
        made = await desk.submit(["do alpha"], kind="agent", start=True)
    await until_asked(endpoint, before + 1)
    doomed = Doomed(workers_of(server))
    if who == "server":
        # The record of the call before was on its way when the next was made.
        await until_kept(server, made, before)
        server.kill()
        await doomed.wait_gone()
        server = await serve()
    else:
        os.kill(doomed.pids[0], signal.SIGKILL)
    async with AsyncClient(server.url) as desk:
        job = await desk.wait(made.id)
        assert await file_of(desk, job, "task-0001/files/a.txt") == b"two"
    assert (job.status, job.counts.ok) == ("completed", 1)
    assert len(endpoint.course.answered()) == 6
    assert endpoint.course.twice() == ()
    assert job.spend.calls == 6


async def test_a_worker_that_dies_twice_ends_no_task_that_went_on_between(serve, endpoint):
    names = ("alpha", "beta", "gamma")
    endpoint.manner = scripted(**dict.fromkeys(names, hanging_in("coder", "judge")))
    server = await serve()
    async with AsyncClient(server.url) as desk:
        made = await desk.submit([f"do {name}" for name in names], kind="agent", start=True)
        # In the second round each task has had three of its six calls, and waits for the fourth; it
        # is asked for once more, and then each waits for the sixth.
        for asked_for in (3 * 4, 3 * 7):
            await until_asked(endpoint, asked_for)
            doomed = Doomed(workers_of(server))
            os.kill(doomed.pids[0], signal.SIGKILL)
            await doomed.wait_gone()
        job = await desk.wait(made.id)
        died = [line for line in (await desk.log(job.id)).lines if "lost at work" in line.message]
    assert (job.status, job.counts.ok, len(died)) == ("completed", 3, 2)
    assert len(endpoint.course.answered()) == job.spend.calls == 18
    assert endpoint.course.twice() == ()


async def test_a_refused_key_stops_the_job_and_not_ten_times(serve, endpoint, tmp_path):
    endpoint.manner = Manner(keys=("right",))
    key = tmp_path / "key"
    key.write_text("wrong-and-secret\n")
    server = await serve("--agent-key-file", f"demo={key}")
    async with AsyncClient(server.url) as desk:
        made = await desk.submit(
            [f"task {number}" for number in range(10)],
            kind="agent",
            spec={"concurrency": 1},
            start=True,
        )
        job = await desk.wait(made.id)
        lines = [line.message for line in (await desk.log(job.id)).lines]
    assert job.status == "failed"
    assert job.counts.done == 0
    assert endpoint.requests == 1
    assert "key" in job.error
    told = json.dumps([job.error, *lines])
    assert "wrong-and-secret" not in told


async def test_a_key_of_the_users_own(serve, endpoint):
    endpoint.manner = Manner(keys=("sk-mine-alone",), scripts=Scripts(by_text={"x": settled(1)}))
    server = await serve()
    async with AsyncClient(server.url) as desk:
        made = await desk.submit(
            ["x: my key is sk-mine-alone"],
            kind="agent",
            spec={"api_key": "sk-mine-alone"},
            start=True,
        )
        job = await desk.wait(made.id)
        told = json.dumps(transcript(server, job))
    assert job.status == "completed"
    assert "sk-mine-alone" not in told
    kept = [path for path in server.data.rglob("*") if path.is_file()]
    holding = [path.name for path in kept if b"sk-mine-alone" in path.read_bytes()]
    assert holding in ([], ["secrets.json"])


async def test_the_cap_of_a_desk_holds_for_all_its_jobs(serve, endpoint):
    endpoint.manner = scripted(alpha=settled(1))
    server = await serve("--desk-spend-cap-tokens", "30000")
    async with AsyncClient(server.url) as desk:
        first = await desk.submit(["do alpha"], kind="agent", spec={"max_tokens": 500}, start=True)
        assert (await desk.wait(first.id)).status == "completed"
        made = await desk.submit(
            ["do alpha"], kind="agent", spec={"max_tokens": 40_000}, start=True
        )
        job = await desk.wait(made.id)
        (row,) = rows(server, job)
    assert job.counts.failed == 1
    assert (row["ended_as"], row["stop"]) == ("error", "budget")
    assert "30,000" in row["error"] or "30000" in row["error"]


async def test_commands_are_the_operators_to_allow(serve, endpoint):
    server = await serve()
    async with AsyncClient(server.url) as desk:
        with pytest.raises(Invalid, match="--agent-commands"):
            await desk.submit(["x"], kind="agent", spec={"commands": True})


async def test_a_command_in_the_folder_of_a_task(serve, endpoint):
    run = Say(tools=(Use(name="run_command", arguments={"command": "echo made > by-command"}),))
    script = Script(rounds=(Round(coder=(run, Say(text="Done.")), judge=(verdict(True, 90),)),))
    endpoint.manner = scripted(alpha=script)
    server = await serve("--agent-commands", "on")
    async with AsyncClient(server.url) as desk:
        made = await desk.submit(["do alpha"], kind="agent", spec={"commands": True}, start=True)
        job = await desk.wait(made.id)
        assert await file_of(desk, job, "task-0001/files/by-command") == b"made\n"
    assert job.status == "completed"
    assert not [*(server.data / "scratch" / "tasks").iterdir()]


async def test_a_key_that_is_put_together_in_a_file_is_not_handed_over(serve, endpoint):
    commands = (
        "printf sk-mine > k; printf -- '-alone is it' >> k",
        "printf '\\377sk-mine' > b; printf -- '-alone' >> b",
        "printf x > sk-mine$(printf -- -alone)",
    )
    uses = tuple(Use(name="run_command", arguments={"command": each}) for each in commands)
    script = Script(rounds=(Round(coder=(Say(tools=uses), Say(text="Done."))),))
    endpoint.manner = Manner(keys=("sk-mine-alone",), scripts=Scripts(by_text={"alpha": script}))
    server = await serve("--agent-commands", "on")
    async with AsyncClient(server.url) as desk:
        spec = {"commands": True, "api_key": "sk-mine-alone"}
        made = await desk.submit(["do alpha"], kind="agent", spec=spec, start=True)
        job = await desk.wait(made.id)
        assert await file_of(desk, job, "task-0001/files/k") == b"*** is it"
        names = {each.name for each in await desk.artifacts(job.id)}
        told = json.dumps(transcript(server, job))
        lines = [line.message for line in (await desk.log(job.id)).lines]
    assert names == {"task-0001/files/k", "task-0001/files/***"}
    assert "sk-mine-alone" not in told
    assert "b is not kept: a key stands in it" in lines


async def test_a_retry_goes_on_with_rounds_of_its_own(serve, endpoint):
    endpoint.manner = scripted(alpha=settled(3, "a.txt"))
    server = await serve()
    async with AsyncClient(server.url) as desk:
        made = await desk.submit(["do alpha"], kind="agent", spec={"max_iterations": 2}, start=True)
        job = await desk.wait(made.id)
        (row,) = rows(server, job)
        assert (row["ended_as"], row["stop"]) == ("timeout", "rounds")
        await desk.retry(made.id)
        job = await desk.wait(made.id)
        (row,) = rows(server, job)
        assert await file_of(desk, job, "task-0001/files/a.txt") == b"round 3\n"
    assert (row["ended_as"], row["iterations"]) == ("completed", 3)
    assert endpoint.course.twice() == ()
    assert job.spend.calls == 9


async def test_a_transcript_that_was_removed_gives_nobody_his_money_back(serve, endpoint):
    endpoint.manner = scripted(alpha=settled(9, "a.txt"))
    server = await serve()
    async with AsyncClient(server.url) as desk:
        made = await desk.submit(["do alpha"], kind="agent", spec={"max_iterations": 1}, start=True)
        assert (await desk.wait(made.id)).spend.calls == 3
        pieces = [f"task-0001/transcript/{number:04d}.jsonl" for number in range(1, 10)]
        assert await desk.remove_files(made.id, pieces) > 1
        await desk.retry(made.id)
        job = await desk.wait(made.id)
        (row,) = rows(server, job)
    assert len(endpoint.course.answered()) == 6
    assert job.spend.calls == 6
    assert row["calls"] == 3
