"""Starts one job and follows the desk's stream until that job has ended.

Task: `host`, `port`, `desk`, `job` (the body of the create request), and where that is not the
native one its `path`, with the status `made` and the `name` of the id in its answer. The clock runs
from the first byte of that request to the frame that says how the job ended. Prints the job's id
once it is created; at the end the seconds, the status, the number of frames, and what the create
took.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from kit.requests import text

from load.sockets import subscribe
from load.wire import WireError, connect

_ENDS = {"completed", "partially_completed", "failed", "cancelled"}


async def main() -> dict[str, Any]:
    task = json.load(sys.stdin)
    host, port, desk = task["host"], task["port"], task["desk"]
    frames = 0
    ended: dict[str, Any] = {}
    arrived = asyncio.Event()

    def on_text(payload: bytes) -> None:
        nonlocal frames
        frames += 1
        frame = json.loads(payload)
        if frame["type"] == "status" and frame["new"] in _ENDS:
            ended[frame["job_id"]] = (time.perf_counter(), frame["new"])
            arrived.set()

    await subscribe(host, port, f"/api/desks/{desk}/stream", on_text)
    (connection,) = await connect(host, port, 1)
    path = task.get("path") or f"/api/desks/{desk}/jobs"
    data = text("POST", path, f"{host}:{port}", task["job"]).encode()
    began = time.perf_counter()
    status, body = await connection.send(data)
    created_s = time.perf_counter() - began
    if status != task.get("made", 201):
        raise WireError(f"the job was not created: {status} {body[:500]!r}")
    answer = json.loads(body)
    job = answer[task["name"]] if "name" in task else answer["job"]["id"]
    print(json.dumps({"job": job}), flush=True)
    while job not in ended:
        arrived.clear()
        await arrived.wait()
    at, how = ended[job]
    return {
        "job": job,
        "seconds": at - began,
        "created_s": created_s,
        "status": how,
        "frames": frames,
        "client_cpu_s": time.process_time(),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
