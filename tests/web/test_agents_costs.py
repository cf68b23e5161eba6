"""Jobs of agents over REST: their tasks, what they have cost, and the file that older viewers
read."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from msgspec.structs import replace

from actors.messages import LiveProgress
from executors.agent.engine.summary import DONE_MARK
from executors.agent.model.prices import Price, PriceTable, Rate
from executors.agent.options import Endpoint
from executors.agent.spec import AgentSettings, AgentSpec
from nightdesk.agents.viewing import read_results
from state.memory import MemoryStore
from state.model import AtWork, JobStatus, OutcomeStatus
from state.spending import Spend, SpendCap
from tests.support.agent_jobs import JUDGE, MODEL, Workbench, agent_job, ending
from tests.web.conftest import GUEST
from web.agents import costs

ME = {"X-Session-ID": GUEST}
JOB = agent_job()
BASE = f"/api/desks/me/jobs/{JOB.id}"
THREE = [("game", "Write a game"), ("page", "Write a page"), ("poem", "p" * 400)]
PRICES = PriceTable({"gpt-4": Price((Rate(Decimal(30), Decimal(60)),))})
DEMO = Endpoint("demo", "http://127.0.0.1:9/v1", (MODEL, JUDGE), has_key=True)
SETTINGS = AgentSettings((DEMO,), commands=True, day_cap=SpendCap(picousd=5 * 10**12))


@pytest.fixture
def deps(deps):
    spec = AgentSpec(SETTINGS, PRICES)
    return replace(deps, store=MemoryStore(), executors={**deps.executors, "agent": spec})


@pytest.fixture
def bench(deps, desk):
    return Workbench(deps.store, desk)


async def read(client, tail, headers=ME, **query):
    return await client.get(f"{BASE}/{tail}", query_string=query, headers=headers)


async def told(client, tail, **query):
    answer = await read(client, tail, **query)
    assert answer.status_code == 200, await answer.get_data()
    return await answer.get_json()


def spent(calls, prompt, completion, usd, unpriced=0):
    counted = {"calls": calls, "prompt_tokens": prompt, "completion_tokens": completion}
    return {**counted, "cost_usd": usd, "unpriced": unpriced}


def failed(index, **said):
    return ending(index, OutcomeStatus.FAILED, error="it has ended undone", **said)


async def test_every_task_is_told_with_how_it_stands(client, bench):
    endings = [ending(0), failed(1, ended_as="timeout", stop="rounds", score=40)]
    await bench.put(JOB, [*THREE, ("last", "one")], [*endings, failed(2, ended_as="error")])
    tasks = (await told(client, "tasks"))["tasks"]
    assert [task["status"] for task in tasks] == ["completed", "timeout", "error", "waiting"]
    done, at_limit, _, waits = tasks
    assert (done["iterations"], done["score"], done["best_round"]) == (2, 90, 2)
    assert (done["spend"]["usd"], done["spend"]["calls"]) == ("0.0007", 3)
    assert (at_limit["stop"], at_limit["score"]) == ("rounds", 40)
    assert (waits["dir"], waits["spend"]["calls"], waits["at"]) == ("last", 0, None)
    assert len(tasks[2]["prompt"]) == 300


async def test_tasks_have_pages(client, bench):
    await bench.put(JOB, THREE)
    page = await told(client, "tasks", offset=1, limit=1)
    assert ([task["index"] for task in page["tasks"]], page["total"]) == ([1], 3)
    for wrong in ({"limit": 0}, {"limit": 10**6}, {"offset": -1}, {"limit": "x"}):
        assert (await read(client, "tasks", **wrong)).status_code == 400


async def test_a_task_at_work_says_at_what_and_one_that_is_tried_again_waits(client, bench, desk):
    job = replace(JOB, status=JobStatus.RUNNING, run=2, ended_at=None)
    job = await bench.put(job, THREE, [failed(0, ended_as="timeout"), failed(1, ended_as="error")])
    working = (AtWork(0, 0.5, "round 3: works", 2, 10, 1.0),)
    desk.progress(job.id, LiveProgress(counts=job.counts, in_flight=1, waiting=2, working=working))
    first, second, third = (await told(client, "tasks"))["tasks"]
    assert (first["status"], first["stage"]) == ("working", "round 3: works")
    # What it came to before it is done again stands until then.
    assert (first["spend"]["calls"], second["status"]) == (3, "waiting")
    assert third["status"] == "waiting"


async def test_costs_are_added_up_exactly_and_by_model(client, bench):
    models = {MODEL: spent(2, 1000, 200, "0.000000000001"), JUDGE: spent(1, 5, 5, "0.1")}
    sums = {"calls": 3, "prompt_tokens": 1005, "completion_tokens": 205}
    said = {**sums, "cost_usd": "0.100000000001", "models": models}
    await bench.put(JOB, THREE[:2], [ending(0, **said), ending(1, **said)])
    answer = await told(client, "costs")
    assert answer["total"]["usd"] == "0.200000000002"
    by_model = {each["model"]: each["spend"] for each in answer["models"]}
    assert by_model[MODEL]["usd"] == "0.000000000002"
    assert by_model[JUDGE]["calls"] == 2
    assert [task["usd"] for task in answer["tasks"]] == ["0.100000000001"] * 2
    compared = {each["model"]: each["usd"] for each in answer["comparison"]}
    # 2,010 tokens of prompts at 30 dollars a million, 410 of answers at 60.
    assert compared["gpt-4"] == "0.0849"
    assert MODEL not in compared


async def test_what_nobody_knows_the_price_of_is_null_and_never_nothing(client, bench):
    models = {MODEL: spent(3, 10, 5, None, 3)}
    unknown = ending(0, cost_usd=None, models=models)
    await bench.put(JOB, THREE[:2], [unknown, ending(1, calls=0, cost_usd="0")])
    answer = await told(client, "costs")
    assert (answer["total"]["usd"], answer["total"]["unpriced"]) == (None, 3)
    assert answer["models"][0]["spend"]["usd"] is None
    assert [task["usd"] for task in answer["tasks"]] == [None]
    await bench.put(JOB, THREE[:2], [unknown, ending(1)])
    both = (await told(client, "costs"))["total"]
    assert (both["usd"], both["unpriced"], both["calls"]) == ("0.0007", 3, 6)


async def test_what_the_desk_has_written_beside_an_ending_counts_before_its_words(client, bench):
    written = replace(ending(0), spend=Spend(9, 90, 9, 10**12, 0, 1))
    # Its worker died: nobody said anything.
    mute = replace(ending(1), result=written.result.__class__(b"{}"), spend=Spend(1, 5, 5, 5))
    await bench.put(JOB, THREE[:2], [written, mute])
    first, second = (await told(client, "tasks"))["tasks"]
    assert (first["spend"]["usd"], first["spend"]["counted"]) == ("1", 1)
    assert (second["spend"]["usd"], second["iterations"]) == ("0.000000000005", 0)


async def test_a_word_of_what_a_task_has_spent_is_no_ending(client, bench):
    paid = replace(ending(0), status=OutcomeStatus.SPENT, spend=Spend(2, 10, 5, 10**12))
    await bench.put(JOB, THREE[:2], [paid, ending(1)])
    first, second = (await told(client, "tasks"))["tasks"]
    assert (first["status"], first["score"], second["status"]) == ("waiting", None, "completed")


async def test_the_sum_of_a_job_has_what_its_tasks_at_work_have_spent(client, bench, desk):
    job = await bench.put(replace(JOB, cap=SpendCap(picousd=5 * 10**11)), THREE, [ending(0)])
    spend = Spend(10, 4000, 1000, 3 * 10**11)
    bench.publish(replace(job, counts=replace(job.counts, spend=spend)))
    answer = await told(client, "costs")
    assert (answer["total"]["usd"], answer["total"]["calls"]) == ("0.3", 10)
    assert answer["cap"] == {"usd": "0.5", "tokens": None}
    # 4,000 at 30 and 1,000 at 60 dollars a million.
    assert {each["model"]: each["usd"] for each in answer["comparison"]}["gpt-4"] == "0.18"


async def test_tasks_beyond_a_number_are_only_in_the_sums(client, bench, monkeypatch):
    monkeypatch.setattr(costs, "MAX_TASKS", 2)
    await bench.put(JOB, THREE, [ending(0), ending(1), ending(2)])
    answer = await told(client, "costs")
    assert (len(answer["tasks"]), answer["truncated"]) == (2, True)
    assert answer["total"]["usd"] == "0.0021"


@pytest.mark.parametrize("tail", ["tasks", "costs"])
async def test_nothing_is_sent_again_that_has_not_changed(client, bench, tail):
    job = await bench.put(JOB, THREE)
    tag = (await read(client, tail)).headers["ETag"]
    known = {**ME, "If-None-Match": tag}
    assert (await read(client, tail, headers=known)).status_code == 304
    bench.publish(replace(job, revision=job.revision + 1))
    assert (await read(client, tail, headers=known)).status_code == 200


async def test_the_endpoints_are_told_by_their_names_and_no_more(client, desk):
    answer = await client.get("/api/desks/me/agents", headers=ME)
    assert await answer.get_json() == {
        "endpoints": [{"name": "demo", "models": [MODEL, JUDGE], "has_key": True}],
        "commands": True,
        "day_cap": {"usd": "5", "tokens": None},
    }
    assert DEMO.url not in (await answer.get_data()).decode()


async def results(client, tmp_path):
    answer = await read(client, "agent-results.json")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    data = await answer.get_data()
    path = tmp_path / "parallel_batch_results.json"
    path.write_bytes(data)
    # Ours is one of the viewers that read such files.
    return json.loads(data), read_results(path)


async def test_viewers_of_older_systems_read_a_job(client, bench, desk, tmp_path):
    models = {MODEL: spent(3, 1200, 300, "0.0007")}
    endings = [ending(0, models=models), failed(1, ended_as="timeout", cost_usd=None, score=None)]
    await bench.put(JOB, [*THREE, ("last", "one")], [*endings, failed(2, ended_as="error")])
    said, read_again = await results(client, tmp_path)
    summary = said["summary"]
    numbers = ("totalTasks", "completedTasks", "failedTasks", "timeoutTasks", "notRunTasks")
    assert [summary[name] for name in numbers] == [4, 1, 1, 1, 1]
    assert summary["totalTokenStats"]["totalTokens"] == 4500
    assert summary["costAnalysis"]["unpricedCalls"] == 3
    first, second, _ = said["results"]
    assert first["task"] == {"dir": "game", "first_prompt": "Write a game"}
    assert first["duration"] == "12.34"
    assert first["result"]["lastResponse"] == f"It is there.{DONE_MARK}"
    assert first["result"]["tokenStats"]["averageTokensPerCall"] == 500
    assert (second["result"]["cost"], second["result"]["score"]) == ("unknown", 0)
    assert second["result"]["lastResponse"] == "It is there."
    assert "null" not in json.dumps(said)
    assert len(said["results"][2]["task"]["first_prompt"]) == 400
    assert read_again.summary.completedTasks == 1
    assert [what for what, _, _ in desk.noted] == ["read_agent_results"]


async def test_a_job_that_has_done_nothing_is_a_result_file_too(client, bench, tmp_path):
    await bench.put(JOB, THREE)
    said, _ = await results(client, tmp_path)
    assert (said["results"], said["summary"]["notRunTasks"]) == ([], 3)
    assert said["summary"]["totalTokenStats"]["calls"] == 0


async def test_what_was_paid_for_tasks_that_have_not_ended_is_in_no_other_sum(
    client, bench, desk, tmp_path
):
    job = replace(JOB, status=JobStatus.RUNNING, ended_at=None)
    job = await bench.put(job, THREE, [ending(0)])
    counts = replace(job.counts, spend=Spend(10, 4000, 1000, 3 * 10**11))
    bench.publish(replace(job, counts=counts))
    working = (AtWork(1, 0.5, "round 3: works", 2, 10, 1.0),)
    desk.progress(job.id, LiveProgress(counts=counts, in_flight=1, waiting=1, working=working))
    summary = (await results(client, tmp_path))[0]["summary"]
    unfinished = summary["unfinished"]
    assert (summary["totalTokenStats"]["calls"], unfinished["calls"]) == (3, 7)
    paid = [summary["costAnalysis"]["totalCost"], unfinished["totalCost"]]
    assert (sum(map(Decimal, paid)), paid[0]) == (Decimal("0.3"), "0.0007")
    assert (unfinished["tasks"], summary["notRunTasks"]) == (1, 2)
    assert (summary["interrupted"], summary["stopped"]) == (False, "")
