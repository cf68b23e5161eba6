"""Batches that are killed, interrupted and gone on with, in processes of their own: no call whose
answer had come is made again.
"""

from __future__ import annotations

import signal

import pytest

from nightdesk.demo_model.endpoint import Manner
from nightdesk.demo_model.script import Round, Say, Script, settled, verdict, writes
from tests.support.agent_batches import (
    results_in,
    scripted,
    served,
    started,
    until_answered,
    variables,
)
from tests.support.processes import STARTUP_TIMEOUT_S

TASKS = 4
KILLS = 3


def finished(process):
    out, err = process.communicate(timeout=STARTUP_TIMEOUT_S)
    assert "Traceback" not in err, err
    return process.returncode, out, err


def names(count):
    return [f"n{number}" for number in range(count)]


@pytest.fixture
def batch(tasks):
    """Four tasks of three rounds: 36 calls."""
    tasks(*(scripted("go", settled(3), name) for name in names(TASKS)))


def calls_of(count):
    """How many calls of each task, round and role had their answers, where none is made twice."""
    expected = {}
    for name in names(count):
        for number in (1, 2, 3):
            expected[name, number, "coder"] = 2
            expected[name, number, "judge"] = 1
    return expected


@pytest.mark.parametrize("mode", ["serial", "parallel"])
def test_killed_again_and_again_it_pays_for_no_call_twice(folder, batch, mode):
    with served(Manner(latency_s=0.02)) as endpoint:
        flags = ["run", "--mode", mode, "--rest-s", "0"]
        for kill in range(KILLS):
            process = started(
                folder, *flags, *(["--resume"] if kill else []), variables=variables(endpoint)
            )
            until_answered(endpoint, 9 * (kill + 1))
            process.kill()
            process.communicate()
        lost = len(endpoint.course.twice())
        code, _, err = finished(started(folder, *flags, "--resume", variables=variables(endpoint)))
        assert (code, err) == (0, "")
        # What was in flight when it was killed had not come: it may be asked again, by the same
        # bytes. Whatever was answered and kept is not.
        in_flight_most = KILLS * (3 if mode == "parallel" else 1)
        twice = endpoint.course.twice()
        assert lost <= len(twice) <= in_flight_most
        counts = endpoint.course.counts()
        expected = calls_of(TASKS)
        assert counts.keys() == expected.keys()
        assert sum(counts.values()) == sum(expected.values()) + len(twice)
        name = "batch_results.json" if mode == "serial" else "parallel_batch_results.json"
        written = results_in(folder, name)
        assert written["summary"]["completedTasks"] == TASKS
        for number in range(1, TASKS + 1):
            assert (folder / f"t{number}/notes.txt").read_text() == "round 3\n"
        for entry in written["results"]:
            assert entry["result"]["tokenStats"]["calls"] == 9
            assert entry["result"]["iterations"] == 3


@pytest.mark.parametrize(
    ("which", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_an_interruption_writes_results_and_says_how_to_go_on(folder, batch, which, code):
    with served(Manner(latency_s=0.02)) as endpoint:
        flags = ["run", "--max-concurrent", "2", "--rest-s", "0"]
        process = started(folder, *flags, variables=variables(endpoint))
        until_answered(endpoint, 14)
        process.send_signal(which)
        ended = finished(process)
        assert ended[0] == code
        command = "nightdesk agents run task.json --max-concurrent 2 --rest-s 0 --resume"
        assert f"interrupted. To go on where it stood: {command}\n" in ended[2]
        summary = results_in(folder)["summary"]
        done = summary["completedTasks"]
        assert summary["interrupted"] is True
        assert (done < TASKS, done + summary["notRunTasks"]) == (True, TASKS)
        # Nine calls a task that has ended: what else was answered is told besides.
        assert summary["totalTokenStats"]["calls"] == 9 * done
        left = summary["unfinished"]
        assert 14 - 2 <= 9 * done + left["calls"] <= len(endpoint.course.answered())
        assert (
            f"另有 {left['tasks']} 个任务已开始而未结束: {left['totalTokens']:,} tokens" in ended[1]
        )

        code, out, err = finished(
            started(folder, *command.split()[2:], variables=variables(endpoint))
        )
        assert (code, err) == (0, "")
        assert f"🔁 其中 {done} 个任务此前已结束，不再执行" in out if done else True
        assert results_in(folder)["summary"]["completedTasks"] == TASKS
        assert len(endpoint.course.twice()) <= 2


def test_a_run_without_resume_begins_anew_and_says_what_it_put_aside(folder, batch, agents):
    with served() as endpoint:
        agents("run", "--limit", "2", "--rest-s", "0", at=endpoint)
        process = started(folder, "run", variables=variables(endpoint))
        until_answered(endpoint, 18 + 9)
        process.kill()
        process.communicate()
        ran = agents("run", "--rest-s", "0", at=endpoint)
        assert ran.code == 0
        assert "an earlier run of task.json is put aside" in ran.err
        [before] = (folder / ".nightdesk-agents").glob("*.before")
        assert any(before.glob("*.jsonl"))
        # A run that was complete is nothing that anybody misses.
        assert agents("run", "--rest-s", "0", at=endpoint).err == ""


def test_what_is_put_aside_is_said_before_anything_is_paid_again(folder, batch, agents):
    with served(Manner(keys=("right",))) as endpoint:
        assert agents("run", at=endpoint, OPENAI_API_KEY="wrong").code == 1
        ran = agents("run", at=endpoint, OPENAI_API_KEY="wrong")
        first, second, _ = ran.err.splitlines()
        assert first.startswith("an earlier run of task.json is put aside, and all begins anew")
        assert second.startswith("stopped: the endpoint refuses the key")


def test_resume_of_what_is_complete_makes_no_call_and_tells_it_all_again(agents, batch, folder):
    with served() as endpoint:
        agents("run", "--rest-s", "0", at=endpoint)
        first = results_in(folder)
        requests = endpoint.requests
        ran = agents("run", "--resume", "--lang", "en", at=endpoint)
        assert (ran.code, endpoint.requests) == (0, requests)
        assert "🔁 4 of them had ended in an earlier run" in ran.out
        assert results_in(folder)["results"] == first["results"]


def test_a_task_that_has_changed_is_another_one(agents, tasks, folder, endpoint):
    tasks(scripted("one", settled(1), "a"), scripted("two", settled(1), "b"))
    agents("run", at=endpoint)
    requests = endpoint.requests
    tasks(scripted("one", settled(1), "a"), scripted("three", settled(1), "c"))
    assert agents("run", "--resume", at=endpoint).code == 0
    assert endpoint.requests - requests == 3
    assert [heard.task for heard in list(endpoint.course.heard)[-3:]] == ["c"] * 3


def test_retry_goes_on_with_what_ended_undone(agents, tasks, folder, endpoint):
    tasks(scripted("one", settled(3), "a"), scripted("two", settled(1), "b"))
    assert agents("run", "--max-iterations", "2", at=endpoint).code == 1
    assert agents("run", "--resume", at=endpoint).code == 1
    ran = agents("run", "--retry", at=endpoint)
    assert ran.code == 0
    assert endpoint.course.twice() == ()
    by_index = {each["taskIndex"]: each["result"] for each in results_in(folder)["results"]}
    assert by_index[0]["iterations"] == 3
    assert by_index[1]["iterations"] == 1


def test_a_retry_that_was_killed_goes_on_too(agents, tasks, folder):
    """Its task had ended undone once, and that is not the end of it any more."""
    tasks(scripted("one", settled(4), "a"))
    with served(Manner(latency_s=0.02)) as endpoint:
        assert agents("run", "--max-iterations", "2", at=endpoint).code == 1
        process = started(folder, "run", "--retry", variables=variables(endpoint))
        until_answered(endpoint, 6 + 2)
        process.kill()
        process.communicate()
        assert agents("run", "--resume", at=endpoint).code == 0
        [entry] = results_in(folder)["results"]
        assert entry["result"]["iterations"] == 4
        assert entry["result"]["tokenStats"]["calls"] == 12


def test_a_reader_that_goes_away_does_not_end_the_batch(folder, batch):
    with served(Manner(latency_s=0.02)) as endpoint:
        process = started(folder, "run", "--rest-s", "0", variables=variables(endpoint))
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        assert (process.wait(STARTUP_TIMEOUT_S), err) == (0, "")
        process.stderr.close()
    assert results_in(folder)["summary"]["completedTasks"] == TASKS


def test_a_terminal_without_the_signs_does_not_end_the_batch(folder, batch):
    with served() as endpoint:
        named = variables(endpoint, PYTHONIOENCODING="latin-1")
        code, out, err = finished(started(folder, "run", "--rest-s", "0", variables=named))
    assert (code, err) == (0, "")
    assert out.startswith("? ??? 4 ???\n")


def test_two_at_once_on_one_batch_are_one_too_many(agents, folder, tasks):
    slow = Script(rounds=(Round(coder=(writes("a", "b"), Say(text="x", delay_s=60))),))
    tasks(scripted("one", slow))
    with served() as endpoint:
        process = started(folder, "run", variables=variables(endpoint))
        until_answered(endpoint, 1)
        ran = agents("run", "--resume", at=endpoint)
        process.kill()
        process.communicate()
    assert ran.code == 2
    assert "another process is at work on task.json" in ran.err


def test_a_damaged_journal_is_refused_and_not_paid_for_again(agents, tasks, folder, endpoint):
    tasks(scripted("one", Script(rounds=(Round(judge=(verdict(False, 1),)),))))
    agents("run", "--max-iterations", "1", at=endpoint)
    [kept] = (folder / ".nightdesk-agents").glob("*/results.jsonl")
    kept.write_bytes(b"nonsense\n" + kept.read_bytes())
    requests = endpoint.requests
    ran = agents("run", "--resume", at=endpoint)
    assert (ran.code, endpoint.requests) == (2, requests)
    assert "results.jsonl, line 1: " in ran.err
    assert "run without --resume to begin anew" in ran.err
