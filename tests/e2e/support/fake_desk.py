"""A scripted desk behind the native API, for page states that a real server reaches rarely.

`FakeServer` serves `web/page` and one desk from its own thread; tests change the desk through
its methods and the page hears of it by the stream, as `docs/native-api.md` says. It knows no
rules: a command sets the status that the test would expect of a real desk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import hypercorn.trio
import trio
from hypercorn.config import Config
from quart import Response, abort, request, websocket
from quart_trio import QuartTrio

from tests.e2e.support import (
    fake_batch,
    fake_charts,
    fake_items,
    fake_journeys,
    fake_kinds,
    fake_shares,
    fake_workshop,
)
from tests.e2e.support.samples import stamp

PAGE = Path(__file__).parents[3] / "web" / "page"
DESK_ID = "3f2a8c1e-5b7d-4e90-9a61-0c4d2e8f7b13"
NEW_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
AUDIT_LINE_BYTES = 256
# Waited so long only where a test fails, or its machine is busy.
PATIENCE_S = 60.0
AFTER = {"start": "running", "pause": "paused", "resume": "running", "cancel": "cancelled"}


class FakeDesk:
    """One desk's truth. Every attribute is written in the server's thread only."""

    def __init__(self) -> None:
        self.revision = 1
        self.changed = trio.Event()
        self.reset()

    def reset(self) -> None:
        """An empty desk again, for the next test; the revision goes on, as everywhere."""
        self.jobs: dict[str, dict[str, Any]] = {}
        self.items: dict[str, list[dict[str, Any]]] = {}
        self.log: dict[str, list[dict[str, Any]]] = {}
        self.artifacts: list[dict[str, Any]] = []
        self.flags: dict[str, Any] = {"restored": None, "read_only": False}
        self.saved: dict[str, Any] | None = None
        self.specs: dict[str, dict[str, Any]] = {}
        self.sample: list[str] = []
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.refusals: dict[str, tuple[int, dict[str, Any]]] = {}
        self.sockets = True
        self.egress: dict[str, list[str]] = {"allow": [], "deny": []}
        self.audit: list[dict[str, Any]] = []
        self.journeys = fake_journeys.FakeJourneys()
        self.sample_journeys: list[dict[str, Any]] = []
        self.batch = fake_batch.FakeBatch()
        self.workshop = fake_workshop.FakeWorkshop()
        self.charts = fake_charts.FakeCharts()
        self.shares = fake_shares.FakeShares()
        self.kinds = fake_kinds.FakeKinds()
        self.passes: dict[str, list[dict[str, Any]]] = {}
        self.disk = {"used_bytes": 0, "limit_bytes": 2 * 1024**3}
        self.touch()

    def touch(self, job: dict[str, Any] | None = None) -> None:
        """Publish: a new revision, and everybody who waits wakes up."""
        self.revision += 1
        if job is not None:
            self.jobs[job["id"]] = {**job, "revision": self.revision}
        event, self.changed = self.changed, trio.Event()
        event.set()

    def set_sockets(self, allowed: bool) -> None:
        self.sockets = allowed
        self.touch()

    def snapshot(self) -> dict[str, Any]:
        jobs = sorted(self.jobs.values(), key=lambda job: job["created_at"], reverse=True)
        return {"revision": self.revision, "created_at": "2026-11-22T03:00:00.000Z",
                "jobs": jobs, "flags": self.flags, "saved": self.receipt(),
                "disk": self.disk, "tokens": self.batch.tokens}  # fmt: skip

    def delta(self, after: int) -> dict[str, Any]:
        jobs = [job for job in self.jobs.values() if job["revision"] > after]
        return {"type": "delta", "revision": self.revision, "jobs": jobs, "flags": self.flags,
                "saved": self.receipt(), "disk": self.disk,
                "tokens": self.batch.tokens}  # fmt: skip

    def receipt(self) -> dict[str, Any]:
        """What the test says is saved; else everything, just now."""
        now = {"revision": self.revision, "at": stamp(), "unsaved_items": 0, "failing": False}
        return {**now, **(self.saved or {})}


def _refusal(desk: FakeDesk, key: str) -> tuple[dict[str, Any], int] | None:
    if key not in desk.refusals:
        return None
    status, error = desk.refusals[key]
    return {"error": {"details": {}, **error}}, status


def _page_routes(app: QuartTrio) -> None:
    files = {str(path.relative_to(PAGE)): path for path in PAGE.rglob("*") if path.is_file()}
    data = {name: (path.read_bytes(), guess_type(name)[0]) for name, path in files.items()}

    @app.get("/s/<desk>")
    @app.get("/s/<desk>/jobs/<job>")
    @app.get("/s/<desk>/journeys")
    async def shell(desk: str, job: str = "") -> Response:
        return Response(data["index.html"][0], content_type="text/html; charset=utf-8")

    @app.get("/page/<path:name>")
    async def asset(name: str) -> Response:
        content, kind = data[name]
        # Kept by the browser from test to test; the real server has it asked for again.
        return Response(content, content_type=kind, headers={"Cache-Control": "max-age=600"})

    @app.after_request
    async def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response


def _read_routes(app: QuartTrio, desk: FakeDesk) -> None:
    @app.get("/healthz")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "version": "0.1.0"}

    @app.get("/api/sample")
    async def sample() -> dict[str, Any]:
        return {"items": desk.sample, "journeys": desk.sample_journeys,
                "available": bool(desk.sample)}  # fmt: skip

    @app.get(f"/api/desks/{DESK_ID}")
    async def snapshot() -> Any:
        desk.requests.append(("GET", "snapshot", dict(request.headers), None))
        refused = _refusal(desk, "snapshot")
        if refused:
            return refused
        tag = f'"{desk.revision}"'
        if request.headers.get("If-None-Match") == tag:
            return "", 304, {"ETag": tag}
        return desk.snapshot(), 200, {"ETag": tag}

    @app.get(f"/api/desks/{DESK_ID}/jobs/<job>")
    async def one_job(job: str) -> Any:
        refused = _refusal(desk, "job")
        if refused:
            return refused
        return {"job": desk.jobs[job], "revision": desk.revision, "spec": desk.specs.get(job, {}),
                "passes": desk.passes.get(job, [])}  # fmt: skip

    @app.get(f"/api/desks/{DESK_ID}/jobs/<job>/items")
    async def items(job: str) -> Any:
        status = request.args.get("status")
        offset, limit = int(request.args.get("offset", 0)), int(request.args.get("limit", 100))
        text = request.args.get("text", "")
        desk.batch.searches.append(dict(request.args))
        found = [one for one in desk.items.get(job, [])
                 if status in (None, one["status"]) and text in one["url"]]  # fmt: skip
        page = found[offset : offset + limit]
        return {"items": page, "total": len(found), "offset": offset, "limit": limit}

    @app.get(f"/api/desks/{DESK_ID}/jobs/<job>/log")
    async def log(job: str) -> Any:
        lines, after = desk.log.get(job, []), int(request.args["after"])
        return {"lines": lines[after : after + 500], "next": min(len(lines), after + 500),
                "size": len(lines)}  # fmt: skip

    @app.get(f"/api/desks/{DESK_ID}/audit")
    async def audit() -> Any:
        """A line counts as so many bytes."""
        size = len(desk.audit) * AUDIT_LINE_BYTES
        after = min(int(request.args.get("after", 0)), size) // AUDIT_LINE_BYTES
        lines = desk.audit[after : after + 100]
        place = {"next": (after + len(lines)) * AUDIT_LINE_BYTES, "start": 0, "size": size}
        return {"lines": lines, **place, "bad_lines": 0}

    @app.get(f"/api/desks/{DESK_ID}/jobs/<job>/artifacts")
    async def artifacts(job: str) -> Any:
        return {"artifacts": desk.artifacts}


def _link_routes(app: QuartTrio, desk: FakeDesk) -> None:
    @app.post(f"/api/desks/{DESK_ID}/rotate-link")
    async def rotate_link() -> Any:
        desk.requests.append(("POST", "rotate-link", dict(request.headers), None))
        refused = _refusal(desk, "rotate-link")
        if refused:
            return refused
        url = f"http://{request.host}/s/{NEW_ID}"
        return {"desk_id": NEW_ID, "url": url, "revision": desk.revision, "durable": True}


def _command_routes(
    app: QuartTrio, desk: FakeDesk, make_job: Callable[..., dict[str, Any]]
) -> None:
    def answer(job_id: str) -> dict[str, Any]:
        return {"job": desk.jobs[job_id], "revision": desk.revision, "durable": True}

    @app.post(f"/api/desks/{DESK_ID}/jobs")
    async def create() -> Any:
        body = await request.get_json(silent=True)
        if body is None:
            form, files = await request.form, await request.files
            body = {
                "form": dict(form),
                "files": {name: part.filename for name, part in files.items()},
            }
        desk.requests.append(("POST", "jobs", dict(request.headers), body))
        refused = _refusal(desk, "create")
        if refused:
            return refused
        job = make_job(name=body.get("name", "from a file"), total=len(body.get("items", [1])))
        desk.touch(job)
        return answer(job["id"]), 201

    @app.post(f"/api/desks/{DESK_ID}/jobs/<job>/<verb>")
    async def command(job: str, verb: str) -> Any:
        desk.requests.append(("POST", verb, dict(request.headers), job))
        refused = _refusal(desk, verb)
        if refused:
            return refused
        if job not in desk.jobs:
            abort(404)
        counts = desk.jobs[job]["counts"]
        status = AFTER.get(verb, "queued")
        if verb == "retry":
            counts = {**counts, "done": counts["ok"] + counts["skipped"], "failed": 0}
        desk.touch({**desk.jobs[job], "status": status, "counts": counts})
        return answer(job)

    @app.post(f"/api/desks/{DESK_ID}/acknowledge")
    async def acknowledge() -> Any:
        refused = _refusal(desk, "acknowledge")
        if refused:
            return refused
        desk.flags["restored"] = None
        desk.touch()
        return {"revision": desk.revision, "durable": True}

    @app.delete(f"/api/desks/{DESK_ID}/jobs/<job>")
    async def delete(job: str) -> Any:
        desk.requests.append(("DELETE", "job", dict(request.headers), job))
        refused = _refusal(desk, "delete")
        if refused:
            return refused
        desk.jobs.pop(job)
        desk.touch()
        return {"deleted": job, "revision": desk.revision, "durable": True}


def _egress_routes(app: QuartTrio, desk: FakeDesk) -> None:
    def answer() -> dict[str, Any]:
        return {**desk.egress, "revision": desk.revision, "durable": True}

    @app.get(f"/api/desks/{DESK_ID}/egress")
    async def egress() -> Any:
        return answer()

    @app.put(f"/api/desks/{DESK_ID}/egress")
    async def set_egress() -> Any:
        refused = _refusal(desk, "egress")
        if refused:
            return refused
        desk.egress = await request.get_json()
        desk.touch()
        return answer()


def _stream_route(app: QuartTrio, desk: FakeDesk) -> None:
    async def listen(lost: trio.CancelScope) -> None:
        while True:
            if "ping" in await websocket.receive():
                await websocket.send_json({"type": "pong"})

    async def push() -> None:
        await websocket.send_json({"type": "snapshot", **desk.snapshot()})
        seen, known = desk.revision, set(desk.jobs)
        while desk.sockets:
            if desk.revision == seen:
                await desk.changed.wait()
                continue
            for gone in known - set(desk.jobs):
                await websocket.send_json({"type": "status", "revision": desk.revision,
                    "job_id": gone, "old": "running", "new": None})  # fmt: skip
            frame, known = desk.delta(seen), set(desk.jobs)
            seen = desk.revision
            await websocket.send_json(frame)

    @app.websocket(f"/api/desks/{DESK_ID}/stream")
    async def stream() -> None:
        if not desk.sockets:
            abort(403)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen, nursery.cancel_scope)
            await push()
            nursery.cancel_scope.cancel()
        await websocket.close(1012)


class FakeServer:
    """The scripted desk being served: its address, and how a test changes it from outside."""

    def __init__(self, make_job: Callable[..., dict[str, Any]]) -> None:
        self._make_job = make_job
        self._ready = threading.Event()
        self._token: trio.lowlevel.TrioToken | None = None
        self._stop: trio.Event | None = None
        self.origin = ""
        self.desk: FakeDesk = None  # type: ignore[assignment]  # made in the server's thread

    @property
    def address(self) -> str:
        return f"{self.origin}/s/{DESK_ID}"

    def do(self, change: Callable[[FakeDesk], Any]) -> Any:
        """Run `change(desk)` in the server's thread and return what it returns."""
        return trio.from_thread.run_sync(partial(change, self.desk), trio_token=self._token)

    def put(self, *jobs: dict[str, Any]) -> None:
        """Publish these jobs, new or changed."""
        self.do(lambda desk: [desk.touch(job) for job in jobs])

    def _app(self) -> QuartTrio:
        app = QuartTrio(__name__)
        _page_routes(app)
        _read_routes(app, self.desk)
        _link_routes(app, self.desk)
        _command_routes(app, self.desk, self._make_job)
        _egress_routes(app, self.desk)
        _stream_route(app, self.desk)
        fake_batch.install(app, self.desk, f"/api/desks/{DESK_ID}", _refusal)
        fake_items.install(app, self.desk, f"/api/desks/{DESK_ID}")
        fake_journeys.install(app, self.desk, f"/api/desks/{DESK_ID}", _refusal)
        fake_charts.install(app, self.desk, f"/api/desks/{DESK_ID}", _refusal)
        fake_workshop.install(app, self.desk, f"/api/desks/{DESK_ID}", _refusal)
        fake_shares.install(app, self.desk, f"/api/desks/{DESK_ID}")
        fake_kinds.install(app, self.desk, f"/api/desks/{DESK_ID}", _refusal)
        return app

    async def _serve(self) -> None:
        self.desk, self._stop = FakeDesk(), trio.Event()
        self._token = trio.lowlevel.current_trio_token()
        config = Config()
        config.bind = ["127.0.0.1:0"]
        config.errorlog = None
        async with trio.open_nursery() as nursery:
            serve = partial(hypercorn.trio.serve, self._app(), config)
            serve = partial(serve, shutdown_trigger=self._stop.wait)
            self.origin = (await nursery.start(serve))[0]
            self._ready.set()

    @contextmanager
    def running(self) -> Iterator[FakeServer]:
        thread = threading.Thread(target=trio.run, args=(self._serve,), daemon=True)
        thread.start()
        if not self._ready.wait(PATIENCE_S):
            raise RuntimeError("the scripted server did not start")
        try:
            yield self
        finally:
            assert self._stop is not None
            stop = self._stop
            self.do(lambda desk: desk.set_sockets(False))
            trio.from_thread.run_sync(stop.set, trio_token=self._token)
            thread.join(PATIENCE_S)
