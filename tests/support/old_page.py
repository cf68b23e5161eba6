"""What a page of the older background tasks does, as its own functions do it.

It brings a UUID of its own, sends `X-Session-ID` and a JSON content type with everything, throws
at whatever is not 2xx (and so loses the message), polls, and remembers nothing between two calls
but its address.
"""

from __future__ import annotations

import json

BASE = "/api/background_task"
DONE = "后台任务全部完成！"


class PageThrew(Exception):
    """A status that is not 2xx: all the page knows is its number."""

    def __init__(self, status, body):
        super().__init__(status)
        self.status = status
        self.body = body


class OldPage:
    """`send(method, path, headers, body)` answers (status, bytes)."""

    def __init__(self, send, session_id=None, *, prefix="", **headers):
        self._send = send
        self._prefix = prefix
        self._headers = {"Content-Type": "application/json", **headers}
        if session_id is not None:
            self._headers["X-Session-ID"] = session_id

    async def call(self, method, path, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        status, answer = await self._send(method, self._prefix + path, self._headers, data)
        if not 200 <= status < 300:
            raise PageThrew(status, json.loads(answer))
        return json.loads(answer)

    async def save(self, tasks):
        return await self.call("PUT", f"{BASE}/tasks", tasks)

    async def tasks(self):
        return (await self.call("GET", f"{BASE}/tasks"))["tasks"]

    async def start(self, indices, *, auto_generate=False, **more):
        body = {"task_indices": indices, "auto_generate": auto_generate, **more}
        return await self.call("POST", f"{BASE}/start", body)

    async def status(self):
        answer = await self.call("GET", f"{BASE}/status")
        assert answer["success"] is True
        return answer["task_status"]

    async def stop(self):
        """Without any body, as the newer of the pages does it."""
        return await self.call("POST", f"{BASE}/stop")

    async def poll(self):
        """What it shows: (completed, total, percent, current percent, what it says)."""
        told = await self.status()
        if told is None:
            return None
        says = {"completed": DONE, "error": told["error"]}.get(told["status"], "")
        return (
            told["completed_tasks"],
            told["total_tasks"],
            told["progress_percent"],
            told["current_task_progress"],
            says,
        )


def by_client(client):
    """`send` over Quart's test client."""

    async def send(method, path, headers, body):
        answer = await client.open(path, method=method, headers=headers, data=body)
        return answer.status_code, await answer.get_data(as_text=False)

    return send
