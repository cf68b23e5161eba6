"""What a job has learned goes to the library of its desk: once for each run, over crashes too, and
never back over the head of its user."""

from __future__ import annotations

import json

import pytest
import trio

from actors.library import DeleteModel, RenameModel
from actors.messages import DeleteJob, RetryJob
from state.errors import StorageBroken, StorageError, StorageFull
from state.model import JobStatus
from tests.support.servers import ALICE, ENDED, FAIL, OK, Server, create, until

FACTS = {"labels": ["cat", "dog"], "accuracy": 0.75, "pictures": 8, "seed": 1}
ONNX = "the head"


def learn(facts=FACTS, onnx=ONNX, **files):
    made = {"model.onnx": onnx, "model.json": json.dumps(facts), **files}
    return {"do": "files", "files": {name: text for name, text in made.items() if text}}


def training(*items, job_id="job", name="Pets", **fields):
    """A job whose last item learns; one after the other, so that it is the last to end."""
    fields = {"spec": {"name": name}, "concurrency": 1, "product": "model.onnx", **fields}
    return create([*items, learn()], job_id=job_id, **fields)


async def trained(desk, command):
    await desk.ask(command)
    await until(desk, command.job_id, *ENDED)
    await trio.sleep(5)


async def log_of(server, job_id="job"):
    page = await server.store.read_log(ALICE, job_id)
    return "\n".join(line.message for line in page.lines)


async def test_a_model_outlives_its_job(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await trained(desk, training(OK, FAIL))
        assert desk.published.jobs["job"].job.status is JobStatus.PARTIALLY_COMPLETED
        (model,) = desk.published.models.values()
        assert (model.id, model.name, model.job_id) == ("Pets", "Pets", "job")
        assert (model.labels_n, model.accuracy, model.pictures_n) == (2, 0.75, 8)
        await desk.ask(DeleteJob("job"))
        await trio.sleep(60)
        assert await server.store.read_library(ALICE, model.digest) == ONNX.encode()
        assert json.loads(await server.store.read_library(ALICE, model.facts)) == FACTS
        server.store.lose_power()
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.models == {"Pets": model}


async def test_a_job_that_is_for_no_model_leaves_none(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await trained(desk, training(OK, product=""))
        assert desk.published.models == {}


async def test_where_the_last_item_failed_nothing_was_learned(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await trained(desk, create([learn(), FAIL], concurrency=1, product="model.onnx"))
        assert desk.published.models == {}
        assert desk.published.jobs["job"].job.taken == 1


async def test_what_its_user_has_deleted_does_not_come_back(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await trained(desk, training(OK))
        await desk.ask(DeleteModel("Pets"))
        await trio.sleep(60)
        assert desk.published.models == {}
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await trio.sleep(60)
        assert desk.published.models == {}


async def test_a_later_run_takes_the_place_of_the_one_before(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await trained(desk, training({"do": "fail"}, finale=True))
        first = desk.published.models["Pets"]
        await desk.ask(RenameModel("Pets", "Beasts"))
        await desk.ask(RetryJob("job"))
        await until(desk, "job", *ENDED)
        await trio.sleep(5)
        # The last item is done again with those that failed: there is one model, the newer.
        assert desk.published.jobs["job"].job.taken == 2
        (model,) = desk.published.models.values()
        assert (model.id, model.name) == ("Pets", "Beasts")
        assert model.created_at > first.created_at


async def test_a_run_that_has_learned_nothing_anew_leaves_the_model_as_it_is(autojump_clock):
    """Its last item had ended well before, and was not done again."""
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await trained(desk, training({"do": "fail"}))
        before = desk.published.models["Pets"]
        await desk.ask(RetryJob("job"))
        await until(desk, "job", *ENDED)
        await trio.sleep(5)
        assert desk.published.jobs["job"].job.taken == 2
        assert desk.published.models == {"Pets": before}


async def test_of_two_jobs_of_one_name_there_are_two_models(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await trained(desk, training(OK))
        await trained(desk, training(OK, job_id="other"))
        assert desk.published.models.keys() == {"Pets", "Pets-2"}
        assert {each.name for each in desk.published.models.values()} == {"Pets"}


ERRORS = [StorageError("who knows"), StorageFull("full"), StorageBroken("EIO")]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("operation", ["save_library", "read_outcomes", "save"])
async def test_a_disk_that_fails_delays_it_and_no_more(operation, error, autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(training({"do": "hold"}))
        server.store.faults.delay(operation, 1)
        await trio.sleep(1)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await desk.ask(DeleteJob("job"))
        await desk.ask(training({"do": "sleep", "s": 30}, job_id="two"))
        await trio.sleep(20)
        server.store.faults.fail(operation, error)
        await until(desk, "two", *ENDED)
        await trio.sleep(120)
        desk = await directory.find(ALICE)
        assert desk.published.models.keys() == {"Pets"}


async def test_a_server_that_dies_before_it_was_kept_keeps_it_at_the_next_start(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.delay("save_library", 60)
        await trained(desk, training(OK))
        assert desk.published.models == {}
        server.store.lose_power()
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await trio.sleep(300)
        assert desk.published.models.keys() == {"Pets"}
        assert desk.published.jobs["job"].job.taken == 1


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (learn(onnx=""), "model.onnx"),
        (learn(facts={"labels": "cat"}), "what is known of it cannot be read"),
        (learn(facts={**FACTS, "accuracy": 7}), "what is known of it cannot be read"),
    ],
)
async def test_what_cannot_be_kept_stays_with_the_job_whose_log_says_why(
    item, words, autojump_clock
):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await trained(desk, create([item], product="model.onnx"))
        assert desk.published.models == {}
        assert desk.published.jobs["job"].job.taken == 1
        assert words in await log_of(server)


async def test_a_model_that_the_disk_has_damaged_is_not_taken(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.delay("read_outcomes", 60)
        await trained(desk, training(OK))
        artifacts = server.store._jobs[ALICE, "job"].artifacts
        artifacts["model.onnx"] = (artifacts["model.onnx"][0], b"the haed")
        await trio.sleep(120)
        assert desk.published.models == {}
        assert "not as it was made" in await log_of(server)


async def test_a_desk_that_is_full_of_models_says_so(autojump_clock):
    server = Server(max_models=1)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await trained(desk, training(OK))
        await trained(desk, training(OK, job_id="other"))
        assert desk.published.models.keys() == {"Pets"}
        assert "at most 1 models" in await log_of(server, "other")
        assert [each.name for each in await server.store.list_artifacts(ALICE, "other")] == [
            "model.json",
            "model.onnx",
        ]


async def test_a_desk_without_room_keeps_the_file_of_the_job(autojump_clock):
    server = Server(max_guest_desk_bytes=30_000)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await trained(desk, create([learn(onnx="x" * 11_000)], product="model.onnx"))
        assert desk.published.models == {}
        assert "stays with this job alone" in await log_of(server)


async def test_a_job_is_not_swept_before_its_model_is_taken(autojump_clock):
    server = Server(retention_s=0.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.delay("save_library", 60)
        await desk.ask(training(OK))
        await trio.sleep(600)
        assert desk.published.jobs == {}
        assert desk.published.models.keys() == {"Pets"}
