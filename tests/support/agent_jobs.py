"""Jobs of agents that have gone on for a while: their transcripts, files and endings, put into a
store and on a desk, without an engine.
"""

from __future__ import annotations

import json

from msgspec import Raw
from msgspec.structs import replace

from actors.rules.change import Change
from executors.agent.options import DEFAULTS
from state.model import InputItem, OutcomeRecord, OutcomeStatus
from tests.support.furniture import made_by

AT = "2026-11-23T04:00:00.000Z"
MODEL, JUDGE = "small-coder", "small-judge"


def begin(run=1, **rest):
    task = {"dir": "game", "first_prompt": "Write a game"}
    said = {"task": task, "model": MODEL, "judge_model": JUDGE, "max_iterations": 10, "run": run}
    return {"type": "begin", "at": AT, **said, **rest}


def call(round, role="coder", **rest):
    said = {"text": "", "tool_calls": [], "finish": "stop", "usage_from": "endpoint"}
    spent = {"prompt_tokens": 100, "completion_tokens": 20, "cost_usd": "0.000123"}
    model = MODEL if role == "coder" else JUDGE
    said |= {"round": round, "role": role, "model": model, "duration_ms": 50.0, **spent}
    return {"type": "call", "at": AT, **said, **rest}


def tool(round, *changes, id="c1", name="write_file", ok=True, output="written", **rest):
    said = {"round": round, "id": id, "name": name, "ok": ok, "output": output}
    return {"type": "tool", "at": AT, **said, "changes": list(changes), **rest}


def verdict(round, score, done=False, missing=(), **rest):
    said = {"round": round, "done": done, "score": score, "missing": list(missing), "text": "so"}
    return {"type": "verdict", "at": AT, **said, "best": True, **rest}


def end(status="completed", stop="done", round=1, **rest):
    said = {"status": status, "stop": stop, "round": round, "best_round": round, "error": ""}
    return {"type": "end", "at": AT, **said, **rest}


def lines(*records):
    return b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in records)


def said(ended_as="completed", **rest):
    """The result of an ending, as docs/agents.md has it."""
    spent = {"calls": 3, "prompt_tokens": 1200, "completion_tokens": 300, "cost_usd": "0.0007"}
    how = {"ended_as": ended_as, "stop": "done", "iterations": 2, "best_round": 2, "score": 90}
    last = {"last_response": "It is there.", "last_evaluation": "It works.", "files": 1}
    return {**how, **spent, **last, **rest}


def ending(index, ended=OutcomeStatus.OK, run=1, error=None, **result):
    return OutcomeRecord(
        index=index,
        run=run,
        status=ended,
        at=1_700_000_000.0 + index,
        duration_ms=12_340.0,
        error=error,
        result=Raw(json.dumps(said(**result)).encode()),
    )


def agent_job(total=1, **fields):
    """A job of kind `agent` with the defaults of its spec, running."""
    spec = {**DEFAULTS, "endpoint": "demo", "model": MODEL, "judge_endpoint": "demo"}
    spec |= {"judge_model": JUDGE, "prices": {"coder": None, "judge": None}}
    job = made_by("agent")
    counts = replace(job.counts, total=total, ok=0)
    return replace(job, counts=counts, **{"spec": spec, **fields})


class Workbench:
    """Puts jobs of agents on a desk of a test."""

    def __init__(self, store, desk):
        self._store = store
        self._desk = desk

    async def put(self, job, tasks, endings=()):
        """`tasks` are (dir, prompt); the job's counts are by its endings of its run."""
        ok = sum(one.status is OutcomeStatus.OK for one in endings)
        failed = sum(one.status is not OutcomeStatus.OK and one.run == job.run for one in endings)
        job = replace(job, counts=replace(job.counts, total=len(tasks), ok=ok, failed=failed))
        self.publish(job)
        items = [{"dir": folder, "first_prompt": prompt} for folder, prompt in tasks]
        stored = [InputItem(Raw(json.dumps(item).encode())) for item in items]
        await self._store.write_inputs(self._desk.key, job.id, stored)
        log = await self._store.open_outcomes(self._desk.key, job.id)
        await log.append(list(endings))
        await log.sync()
        await log.aclose()
        return job

    def publish(self, job):
        self._desk.publish(Change(replace(self._desk.state, jobs={job.id: job})))

    async def keep(self, job, name, data):
        made = await self._store.create_artifact(self._desk.key, job.id, name)
        await made.write(data)
        await made.commit()

    async def transcript(self, job, folder, *pieces):
        """Each piece is a tuple of records, or bytes."""
        for number, piece in enumerate(pieces, 1):
            data = piece if isinstance(piece, bytes) else lines(*piece)
            await self.keep(job, f"{folder}/transcript/{number:04d}.jsonl", data)
