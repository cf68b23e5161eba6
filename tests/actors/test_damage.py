"""What a runner makes of files that were damaged while nobody looked: on a real disk."""

import pytest

from actors.house import ActorSettings, House
from actors.purse import DeskPurse
from actors.runner.line import DeskLine
from actors.runner.opened import open_job
from state.errors import JobFilesMissing
from state.spending import NO_CAP, NO_DAY
from state.store import FileStore
from tests.support.scripted import ScriptedSpec
from tests.support.servers import ALICE, Listener
from tests.support.states import a_job, an_outcome, items
from workers.inline import InlineWorkers

EXECUTOR = ScriptedSpec()


@pytest.fixture
async def house(tmp_path):
    async with FileStore.opened(
        tmp_path, threads=2, max_log_bytes=4096, max_artifact_bytes=4096, ballast_bytes=4096
    ) as store:
        await store.write_inputs(ALICE, "job-1", items(3))
        log = await store.open_outcomes(ALICE, "job-1")
        await log.append([an_outcome(index) for index in range(3)])
        await log.aclose()
        yield House(
            store=store,
            workers=InlineWorkers({}, slots=1),
            executors={},
            settings=ActorSettings(),
            log=Listener(),
            now=lambda: 0.0,
        )


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "files" / ALICE / "job-1"


def opened(house):
    job = a_job(total=3, run=1)
    purse = DeskPurse(NO_CAP, NO_DAY, house.now)
    return open_job(ALICE, job, house, EXECUTOR, DeskLine(job, lambda fact: None), purse)


async def told(house):
    async with opened(house) as job:
        await job.log.flush()
        left = job.queue.left
    page = await house.store.read_log(ALICE, "job-1")
    return left, [(line.level, line.message) for line in page.lines]


async def test_whole_files_need_no_words(house):
    assert await told(house) == (0, [])


async def test_a_damaged_line_is_told_and_its_item_done_again(house, folder):
    path = folder / "outcomes.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"index":1', b'"index":7'))
    said = ("error", "the file of the outcomes was damaged: 1 damaged lines were passed over")
    assert await told(house) == (1, [said])


async def test_an_unfinished_line_is_told(house, folder):
    with (folder / "outcomes.jsonl").open("ab") as file:
        file.write(b"torn")
    said = ("info", "an unfinished last outcome of 4 bytes was cut off")
    assert await told(house) == (0, [said])


@pytest.mark.parametrize("kept", [0, 2])
async def test_items_that_are_gone_are_not_taken_for_done(house, folder, kept):
    path = folder / "inputs.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:kept]))
    with pytest.raises(JobFilesMissing, match=f"{kept} of its 3 items"):
        async with opened(house):
            pass
