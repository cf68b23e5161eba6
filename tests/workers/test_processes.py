"""Worker processes as processes: how they start, what they may know, and that they end."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from actors.ports import ItemsLost
from state.model import OutcomeStatus
from tests.support.houses import Heard, Processes, until_free
from tests.support.leasing import Hand, brief, lease_all, leased
from tests.support.scripted import ScriptedSpec
from workers.crew import Crew
from workers.line import LineLimits
from workers.process import ProcessSettings, WorkerProcess

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def build(nursery):
    async def start(**options):
        house = Processes(**options)
        await nursery.start(house.workers.run)
        return house

    return start


async def result_of(house, wish, job_id="job-1"):
    async with house.workers.attach(brief(job_id=job_id)) as attachment:
        hand = await Hand(attachment).work([leased(0, wish)])
    return hand.results()[0]


async def wait_dead(pidfd):
    with trio.fail_after(60):
        await trio.lowlevel.wait_readable(pidfd)
    trio.lowlevel.notify_closing(pidfd)
    os.close(pidfd)


async def test_a_worker_knows_nothing_of_our_environment(build, monkeypatch):
    monkeypatch.setenv("NIGHTDESK_SECRET", "s3cret")
    house = await build(tool_settings={"key": "t0p"})
    seen = await result_of(house, {"do": "environ"})
    assert set(seen["environ"]) <= {"PATH", "LANG", "PYTHONPATH", "LC_CTYPE"}
    assert seen["stdin"] == "/dev/null"
    assert not any("t0p" in argument for argument in seen["argv"])


async def test_what_a_worker_prints_is_in_our_log(build):
    house = await build(worker_idle_s=0.0)
    await result_of(house, {"do": "print", "text": "one\ntwo\nunended"})
    await house.heard.wait_said("worker_retired")
    lines = [values["line"] for values in house.heard.said("worker_output")]
    assert lines == ["one", "two", "unended"]


async def test_a_killed_worker_takes_its_children_along_and_another_takes_its_place(build):
    house = await build()
    async with house.workers.attach(brief()) as attachment:
        hand = await Hand(attachment).work([leased(0, {"do": "child"})])
        grandchild = os.pidfd_open(hand.results()[0]["pid"])
        (worker,) = house.workers.worker_pids()
        await lease_all(attachment, [leased(1, {"do": "hold"})])
        os.kill(worker, signal.SIGKILL)
        (lost,) = await attachment.wait_events()
        await wait_dead(grandchild)
        hand = await Hand(attachment).work([leased(1, {"do": "ok"}, attempts=1)])
    assert lost.reason == "killed by signal 9"
    assert hand.results()[1]["pid"] != worker


async def test_a_dead_worker_is_seen_though_its_fork_holds_the_line_open(build):
    house = await build()
    async with house.workers.attach(brief()) as attachment:
        with trio.fail_after(60):
            hand = await Hand(attachment).work([leased(0, {"do": "fork"})])
    assert [event.indexes for event in hand.lost] == [(0,)]


async def test_a_drained_worker_that_is_stuck_is_killed(nursery):
    heard = Heard()
    settings = ProcessSettings(
        start_timeout_s=20.0,
        idle_s=300.0,
        max_age_s=math.inf,
        silence_s=300.0,
        host_backoff_max_s=1.0,
        tools={},
        drain_timeout_s=0.05,
    )
    crew = Crew(
        lambda: WorkerProcess(settings, heard),
        seats=1,
        slots=5,
        limits=LineLimits(max_items=1, max_memory_bytes=1 << 40),
        log=heard,
    )
    nursery.start_soon(crew.run)
    async with crew.attach(brief(spec={"stuck": True}), ScriptedSpec.runner) as attachment:
        await Hand(attachment).work([leased(0, {"do": "ok"})])
        await heard.wait_said("worker_retired")
    assert heard.said("worker_retired") == [{"why": "items"}]


async def test_an_idle_worker_retires_and_the_next_item_starts_another(build):
    house = await build(worker_idle_s=0.0)
    first = await result_of(house, {"do": "ok"})
    await house.heard.wait_said("worker_retired")
    second = await result_of(house, {"do": "ok"})
    assert first["pid"] != second["pid"]
    assert [values["why"] for values in house.heard.said("worker_retired")][:1] == ["idle"]
    assert not house.heard.said("worker_died")


async def test_a_worker_that_grew_is_replaced_without_losing_an_item(build):
    house = await build(worker_max_memory_bytes=1, worker_silence_s=1.6)
    async with house.workers.attach(brief()) as attachment:
        # Its memory is told while it is at work, so this item lasts longer than a beat.
        hand = await Hand(attachment).work([leased(0, {"do": "sleep", "s": 0.5})])
        await house.heard.wait_said("worker_retired")
    assert not hand.lost
    assert [values["why"] for values in house.heard.said("worker_retired")] == ["memory"]


async def test_a_stopped_worker_loses_what_it_held_and_another_takes_its_place(build):
    house = await build(worker_silence_s=0.8)
    async with house.workers.attach(brief()) as attachment:
        await Hand(attachment).work([leased(0, {"do": "ok"})])
        (worker,) = house.workers.worker_pids()
        await lease_all(attachment, [leased(1, {"do": "hold"})])
        os.kill(worker, signal.SIGSTOP)
        with trio.fail_after(60):
            (lost,) = await attachment.wait_events()
        assert lost == ItemsLost((1,), "no word from it for 0.8 s")
        await until_free(house, 100)
        hand = await Hand(attachment).work([leased(1, {"do": "ok"}, attempts=1)])
    assert hand.results()[1]["pid"] != worker


async def test_signals_are_the_parents_business(build):
    house = await build()
    async with house.workers.attach(brief()) as attachment:
        hand = await Hand(attachment).work([leased(0, {"do": "ok"})])
        (worker,) = house.workers.worker_pids()
        os.kill(worker, signal.SIGTERM)
        os.kill(worker, signal.SIGINT)
        hand = await Hand(attachment).work([leased(1, {"do": "ok"})])
        assert hand.results()[1]["pid"] == worker


async def test_cancelling_the_pools_leaves_no_process(build):
    async with trio.open_nursery() as nursery:
        house = Processes(seats=2)
        await nursery.start(house.workers.run)
        async with house.workers.attach(brief()) as attachment:
            await Hand(attachment).work([leased(n, {"do": "ok"}) for n in range(2)])
            held = [os.pidfd_open(pid) for pid in house.workers.worker_pids()]
        nursery.cancel_scope.cancel()
    assert len(held) == 2
    for pidfd in held:
        await wait_dead(pidfd)


async def test_no_process_outlives_a_killed_server():
    """kill -9 of the parent: its worker and the worker's child end too."""
    script = ROOT / "tests" / "support" / "parent.py"
    parent = await trio.lowlevel.open_process(
        [sys.executable, script], stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}
    )
    assert parent.stdout is not None
    said = b""
    with trio.fail_after(60):
        while not said.endswith(b"\n"):
            said += await parent.stdout.receive_some(100)
    held = [os.pidfd_open(int(pid)) for pid in said.split()]
    assert len(held) == 2
    parent.kill()
    await parent.wait()
    for pidfd in held:
        await wait_dead(pidfd)
    await parent.stdout.aclose()


def failing_start(folder, code):
    """A module path on which the interpreter runs this code before anything of ours."""
    (folder / "sitecustomize.py").write_text(code)
    return (str(folder),)


async def test_items_wait_out_a_worker_that_cannot_be_started(build, tmp_path):
    """It fails once; the items come back unharmed, not as lost, and are done by the next."""
    mark = tmp_path / "failed-once"
    once = f"""
import os
if not os.path.exists({str(mark)!r}):
    open({str(mark)!r}, "x").close()
    os._exit(3)
"""
    house = await build(python_path=failing_start(tmp_path, once), slots=5)
    async with house.workers.attach(brief()) as attachment:
        hand = await Hand(attachment).work([leased(n, {"do": "ok"}) for n in range(3)])
    assert not hand.lost
    assert [event.attempts for events in hand.deferred.values() for event in events] == [0] * 3
    assert "exited with code 3" in hand.deferred[0][0].error
    assert {ended.status for ended in hand.ended.values()} == {OutcomeStatus.OK}
    await until_free(house, 5)


async def test_while_starting_is_delayed_items_go_back_at_once(build, tmp_path):
    never = failing_start(tmp_path, "import os; os._exit(3)")
    house = await build(python_path=never, slots=5)
    async with house.workers.attach(brief()) as attachment:
        for _ in range(2):
            await lease_all(attachment, [leased(0, {"do": "ok"})])
            (event,) = await attachment.wait_events()
            assert 0 < event.delay_s <= 0.5
            assert event.attempts == 0
        assert house.free_slots == 5
    assert len(house.heard.said("worker_died")) == 1


async def test_a_worker_that_says_nothing_is_killed(build, tmp_path):
    stuck = failing_start(tmp_path, "import signal; signal.pause()")
    house = await build(python_path=stuck, worker_start_timeout_s=0.1)
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [leased(0, {"do": "ok"})])
        (event,) = await attachment.wait_events()
    assert "no word from it within 0.1 s" in event.error


async def test_a_worker_that_speaks_nonsense_is_killed(build, tmp_path):
    nonsense = "import os, sys, signal; os.write(int(sys.orig_argv[-2]), b'GET / '); signal.pause()"
    house = await build(python_path=failing_start(tmp_path, nonsense))
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [leased(0, {"do": "ok"})])
        (event,) = await attachment.wait_events()
    assert "a frame of" in event.error
    assert len(house.heard.said("worker_broke_protocol")) == 1
