"""The WebUI's program: started, read, and ended with all it started, whoever ends it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from actors.ports.webui import Glance, WebUIRefused
from tests.support.doomed import Doomed
from tests.support.houses import Heard
from tests.support.processes import command_line
from workers.keeper import descendants
from workers.minder import environment
from workers.webui.house import WebUIHouse, WebUISettings

ROOT = Path(__file__).resolve().parents[3]
# It starts another that leads a session of its own, says so, and stays.
STAYS = "setsid sleep 1000 & echo up $!; echo in `pwd`; exec sleep 1000"


THERE = Glance(listens=True, answers=True)


class Watched:
    """What the house is told of the WebUI: `script` first, one each time."""

    def __init__(self):
        self.script = []
        self.glance = Glance(reason="nobody is there")

    async def look(self):
        return self.script.pop(0) if self.script else self.glance


@pytest.fixture
def watched():
    return Watched()


@pytest.fixture
def house_of(nursery, watched, tmp_path):
    async def build(script="", **settings):
        command = ("sh", "-c", script) if script else ()
        fields = {"named": True, "command": command, "folder": tmp_path, **settings}
        house = WebUIHouse(WebUISettings(**fields), watched.look, Heard())
        await nursery.start(house.run)
        return house

    return build


async def wait_lines(house, count):
    with trio.fail_after(60):
        while len(lines := house.lines()) < count:
            await trio.lowlevel.checkpoint()
    return [line.text for line in lines]


async def wait_status(house, status):
    with trio.fail_after(60):
        while (state := await house.state()).status != status:
            await trio.lowlevel.checkpoint()
    return state


async def test_from_its_start_to_its_end(house_of, watched, tmp_path):
    house = await house_of(STAYS)
    state = await house.state()
    assert (state.status, state.startable, state.process_id) == ("stopped", True, None)
    state = await house.start()
    assert (state.status, state.reason) == ("starting", "nobody is there")
    up, where = await wait_lines(house, 2)
    assert where == f"in {tmp_path.resolve()}"
    doomed = Doomed([state.process_id, int(up.split()[1]), *descendants(state.process_id)])
    assert len(doomed.pids) >= 4
    with pytest.raises(WebUIRefused) as refused:
        await house.start()
    assert refused.value.cause == "started"
    state = await house.stop()
    assert (state.status, state.process_id) == ("stopped", None)
    await doomed.wait_gone()
    with pytest.raises(WebUIRefused) as refused:
        await house.stop()
    assert refused.value.cause == "not_ours"


async def test_one_that_answers_runs(house_of, watched):
    house = await house_of(STAYS)
    watched.script, watched.glance = [Glance()], THERE
    state = await house.start()
    assert (state.status, state.reason) == ("running", "")
    await house.stop()
    assert (await house.state()).status == "external"
    with pytest.raises(WebUIRefused) as refused:
        await house.start()
    assert refused.value.cause == "taken"


async def test_one_that_ends_unasked_is_an_error_with_its_last_words(house_of):
    house = await house_of("echo loading; echo no CUDA here >&2; exit 3")
    await house.start()
    state = await wait_status(house, "error")
    assert "exited with code 3: loading / no CUDA here" in state.reason
    assert state.process_id is None
    # It can be tried again.
    assert (await house.start()).status == "starting"
    await wait_status(house, "error")


async def test_what_it_leaves_behind_ends_with_it(house_of):
    house = await house_of("setsid sleep 1000 & echo $!; exit 0")
    await house.start()
    (left,) = await wait_lines(house, 1)
    await Doomed([int(left)]).wait_gone()
    await wait_status(house, "error")


@pytest.mark.parametrize("program", ["there-is-no-such-program", "/etc/passwd"])
async def test_a_program_that_cannot_be_started_is_told(house_of, program):
    house = await house_of(command=(program,))
    await house.start()
    state = await wait_status(house, "error")
    assert "cannot be started in" in state.reason


async def test_a_folder_that_is_gone_is_told(house_of, tmp_path):
    house = await house_of("true", folder=tmp_path / "gone")
    await house.start()
    assert "No such file or directory" in (await wait_status(house, "error")).reason


@pytest.mark.parametrize(
    ("settings", "cause"), [({"named": False}, "not_named"), ({}, "not_startable")]
)
async def test_without_a_command_it_is_not_started(house_of, settings, cause):
    house = await house_of(**settings)
    with pytest.raises(WebUIRefused) as refused:
        await house.start()
    assert refused.value.cause == cause
    state = await house.state()
    assert (state.status, state.startable) == ("stopped", False)
    assert ("--webui" in state.reason) is (cause == "not_named")


async def test_the_end_of_its_house_is_its_end(watched, tmp_path):
    settings = WebUISettings(named=True, command=("sh", "-c", STAYS), folder=tmp_path)
    house = WebUIHouse(settings, watched.look, Heard())
    async with trio.open_nursery() as nursery:
        await nursery.start(house.run)
        pid = (await house.start()).process_id
        up, _ = await wait_lines(house, 2)
        doomed = Doomed([pid, int(up.split()[1]), *descendants(pid)])
        nursery.cancel_scope.cancel()
    await doomed.wait_gone()


async def test_one_that_floods_is_read_and_holds_nobody_up(house_of):
    house = await house_of("yes no end of it")
    await house.start()
    with trio.fail_after(60):
        while not house.lines(100_000):
            await trio.lowlevel.checkpoint()
    assert {line.text for line in house.lines()} == {"no end of it"}
    await house.stop()


SERVER = """
import sys, trio
from pathlib import Path
from workers.webui.lines import Lines
from workers.webui.program import Program

async def main():
    program = Program(["sh", "-c", sys.argv[1]], Path("/"))
    lines = Lines()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(program.attend, lines)
        while not lines.after(1):
            await trio.sleep(0.01)
        print(program.pid, lines.after(0)[0].text.split()[1], flush=True)

trio.run(main)
"""


def test_a_killed_server_leaves_nothing():
    command = [sys.executable, "-c", SERVER, STAYS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as server:
        minder, other = map(int, server.stdout.readline().split())
        assert b"workers.minder" in command_line(minder)
        doomed = Doomed([minder, other, *descendants(minder)])
        server.send_signal(signal.SIGKILL)
        doomed.wait()


def test_it_knows_the_environment_of_whoever_started_the_server_and_nothing_of_ours():
    ours = {"HOME": "/h", "NIGHTDESK_TOKEN": "t", "PYTHONPATH": os.pathsep.join(["/root", "/mine"])}
    assert environment(ours, "/root") == {"HOME": "/h", "PYTHONPATH": "/mine"}
    assert environment({"PYTHONPATH": "/root"}, "/root") == {}
