"""The scripted desk's pictures, and what it keeps of the workshop. Installed by `fake_desk`.

As everywhere in the scripted desk there are no rules: what the test has put there is the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quart import request
from quart_trio import QuartTrio

from tests.e2e.support.samples import make_job, stamp

Refuse = Callable[[Any, str], Any]


class FakeWorkshop:
    """What the scripted desk knows of the workshop. Written in the server's thread only."""

    def __init__(self) -> None:
        # What is kept, by kind and id: the entry, and what is in it.
        self.kept: dict[str, dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
            "presets": {},
            "characters": {},
            "models": {},
        }
        self.folders: list[dict[str, Any]] = []
        self.webui = {
            "status": "external",
            "port_open": True,
            "api_responding": True,
            "managed": False,
            "process_id": None,
            "startable": False,
            "may_operate": True,
            "reason": "",
            "progress": {"percent": 0.0, "step": 0, "steps": 0},
        }

    def keep(self, kind: str, entry: dict[str, Any], contents: dict[str, Any]) -> dict[str, Any]:
        """As the desk answers of it."""
        usual = {"description": "", "size_bytes": 99, "created_at": stamp(), "updated_at": stamp()}
        version = str(len(self.kept[kind]) + len(str(contents)))
        whole = {"id": entry.get("id") or entry["name"], **usual, "version": version, **entry}
        self.kept[kind][whole["id"]] = (whole, contents)
        return {kind[:-1]: whole, **contents, "revision": 1, "durable": True}


def install(app: QuartTrio, desk: Any, base: str, refusal: Refuse) -> None:
    """The routes of a desk at `base`."""
    _files(app, desk, base, refusal)
    _shelves(app, desk, base, refusal)
    _webui(app, desk, base, refusal)


def _files(app: QuartTrio, desk: Any, base: str, refusal: Refuse) -> None:
    @app.get(f"{base}/folders")
    async def folders() -> Any:
        opened = [one["path"] for one in desk.workshop.folders if one["job_id"] is None]
        return {"opened": opened, "folders": desk.workshop.folders, "truncated": False}

    @app.post(f"{base}/jobs/<job>/repeat")
    async def repeat(job: str) -> Any:
        desk.requests.append(("POST", "repeat", dict(request.headers), job))
        refused = refusal(desk, "repeat")
        if refused:
            return refused
        known = desk.jobs[job]
        made = make_job(known["name"], status="queued", total=known["counts"]["total"])
        desk.touch(made)
        return {"job": desk.jobs[made["id"]], "revision": desk.revision, "durable": True}, 201

    @app.delete(f"{base}/jobs/<job>/files")
    async def remove(job: str) -> Any:
        names = (await request.get_json())["names"]
        desk.requests.append(("DELETE", "files", dict(request.headers), names))
        refused = refusal(desk, "files")
        if refused:
            return refused
        desk.artifacts = [one for one in desk.artifacts if one["name"] not in names]
        return {"removed": len(names), "revision": desk.revision, "durable": True}


def _shelves(app: QuartTrio, desk: Any, base: str, refusal: Refuse) -> None:
    kinds = "<any(presets, characters, models):kind>"

    @app.get(f"{base}/{kinds}")
    async def shelf(kind: str) -> Any:
        entries = [entry for entry, _ in desk.workshop.kept[kind].values()]
        return {kind: entries, "total": len(entries), "revision": 1}

    @app.post(f"{base}/{kinds}")
    async def add_to_shelf(kind: str) -> Any:
        about = await request.get_json()
        desk.requests.append(("POST", kind, dict(request.headers), dict(about)))
        refused = refusal(desk, kind)
        if refused:
            return refused
        names = [name for name in ("config", "tags", "tag_weights") if name in about]
        contents = {name: about.pop(name) for name in names}
        usual = {"category": "", "is_default": False} if kind == "presets" else {}
        return desk.workshop.keep(kind, {**usual, **about}, contents), 201

    @app.get(f"{base}/{kinds}/<id>")
    async def on_shelf(kind: str, id: str) -> Any:
        entry, contents = desk.workshop.kept[kind][id]
        return {kind[:-1]: entry, **contents, "revision": 1, "durable": True}

    @app.route(f"{base}/{kinds}/<id>", methods=["PUT", "PATCH"])
    async def change_on_shelf(kind: str, id: str) -> Any:
        about = await request.get_json()
        desk.requests.append((request.method, kind, dict(request.headers), dict(about)))
        entry, contents = desk.workshop.kept[kind][id]
        about.pop("version", None)
        new = {name: about.pop(name) for name in [*about] if name in contents}
        kept = {name: value for name, value in entry.items() if name != "version"}
        return desk.workshop.keep(kind, {**kept, **about}, {**contents, **new})

    @app.delete(f"{base}/{kinds}/<id>")
    async def off_shelf(kind: str, id: str) -> Any:
        del desk.workshop.kept[kind][id]
        return {"deleted": id, "revision": 1, "durable": True}


def _webui(app: QuartTrio, desk: Any, base: str, refusal: Refuse) -> None:
    @app.get(f"{base}/webui")
    async def webui() -> Any:
        return desk.workshop.webui

    @app.post(f"{base}/webui/<verb>")
    async def operate(verb: str) -> Any:
        desk.requests.append(("POST", f"webui/{verb}", dict(request.headers), None))
        refused = refusal(desk, "webui")
        if refused:
            return refused
        state = {"start": "starting", "stop": "stopped"}[verb]
        desk.workshop.webui |= {"status": state, "managed": verb == "start"}
        return desk.workshop.webui
