"""Everything the page can show, on the scripted desk: a desk that has some of all, and where each
view of it is. For what has to hold everywhere: accessibility, languages, sizes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.e2e.support.fake_batch import make_entry
from tests.e2e.support.fake_desk import FakeDesk, FakeServer
from tests.e2e.support.fake_journeys import at_work, make_journey, make_run, picture, step_of
from tests.e2e.support.samples import a_busy_desk, log_lines, make_job, outcomes, stamp
from tests.support.agent_jobs import begin, call, end, tool, verdict

SPEND = {"calls": 3, "prompt_tokens": 1200, "completion_tokens": 300, "usd": "0.0412",
         "counted": 0, "unpriced": 0}  # fmt: skip
CHANGE = {"path": "a.py", "became": "text", "size_bytes": 9,
          "diff": "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-old\n+new\n same\n"}  # fmt: skip
RECORDS = [begin(), call(1, text="I shall write it."), tool(1, CHANGE),
           call(1, role="judge", text="so"), verdict(1, 90, done=True), end()]  # fmt: skip
TEMPLATE = {"id": "t1", "name": "Letter", "format": "docx", "size_bytes": 4000, "sha256": "0" * 64,
            "version": "1", "description": "", "fields": 3, "category": "", "tags": [],
            "created_at": stamp(9), "updated_at": stamp(9)}  # fmt: skip
TABLE = {"id": "s1", "name": "people.csv", "format": "csv", "size_bytes": 800, "rows": 40,
         "columns": 3, "sha256": "1" * 64, "version": "1", "created_at": stamp(9)}  # fmt: skip
SEAL = {"id": "p1", "name": "seal.png", "format": "png", "size_bytes": 900, "width": 64,
        "height": 64, "sha256": "2" * 64, "created_at": stamp(9)}  # fmt: skip
PRESET = {"name": "portrait", "category": "people", "is_default": False}
MODEL = {"id": "m1", "name": "pets", "labels": 2, "accuracy": 0.96, "pictures": 40,
         "sha256": "0" * 64, "job_id": "gone", "size_bytes": 9000,
         "created_at": stamp()}  # fmt: skip
SETTINGS = {"concurrency": 10, "timeout_s": 30, "retries": 3, "headers": {"Accept": "text/html"}}
HOOK = {"id": "h1", "url": "https://hooks.example/nightdesk", "events": ["failed"], "waiting": 0,
        "last_at": stamp(3), "last_error": None, "secret": None}  # fmt: skip

# Views by a name: what stands behind the desk's address, and what is there once it is drawn.
VIEWS = {
    "list": ("", ".job-list [data-job]"),
    "new fetch": ("#new", "form.new-job textarea"),
    "domains": ("#domains", ".pane textarea"),
    "proxies": ("#proxies", ".pane textarea"),
    "webhooks": ("#webhooks", ".pane form, .pane .pane-body"),
    "address": ("#address", ".pane h1"),
    "tab": ("#tab", ".pane .tab-state"),
    "tokens": ("#tokens", ".pane table, .pane .entries, .pane dl"),
    "how": ("#how", ".pane .how-topic"),
    "audit": ("#audit", ".pane .pane-body, .pane [role=list], .pane ol"),
    "library": ("#library", ".pane details"),
    "workshop": ("#workshop", ".pane details, .pane li"),
    "journeys": ("/journeys", "[data-journey]"),
}
KINDS = ("visit", "tab", "document", "generate", "crawl", "tag", "train", "classify", "agent")


def _records() -> dict[str, Any]:
    pieces = [{"piece": at, **record} for at, record in enumerate(RECORDS, 1)]
    head = {"index": 0, "dir": "game", "prompt": "Write a game", "next": len(RECORDS)}
    return {**head, "more": False, "records": pieces}


def _costs() -> dict[str, Any]:
    tasks = [{"index": at, "dir": f"game-{at}", "status": "completed", "usd": f"0.0{at}2",
              "tokens": 900 * at} for at in range(1, 9)]  # fmt: skip
    return {
        "total": SPEND,
        "cap": {"usd": "5", "tokens": None},
        "models": [{"model": "small-coder", "spend": SPEND}],
        "comparison": [{"title": "Large", "model": "large", "usd": "0.9"}],
        "tasks": tasks,
        "truncated": False,
    }


def _tasks() -> dict[str, Any]:
    def task(index: int, status: str) -> dict[str, Any]:
        return {"index": index, "dir": f"game-{index}", "prompt": "Write a game", "status": status,
                "stage": "", "stop": "done", "error": "", "iterations": 2, "score": 90,
                "spend": SPEND, "duration_ms": 12_340}  # fmt: skip

    tasks = [task(at, status) for at, status in enumerate(("completed", "timeout", "waiting"))]
    return {"tasks": tasks, "total": len(tasks), "offset": 0, "limit": 100}


# What the scripted desk does not know itself, by the end of the address.
ANSWERS: dict[str, Callable[[], dict[str, Any]]] = {
    "/templates": lambda: {"templates": [TEMPLATE]},
    "/data-sources": lambda: {"data_sources": [TABLE]},
    "/pictures": lambda: {"pictures": [SEAL]},
    "/proxies": lambda: {"proxies": [{"address": "http://u:***@p.example:1", "ok": 3, "failed": 1,
                                      "benched_until": None}],
                         "server": {"count": 2, "benched": 0}, "revision": 1},
    "/webhooks": lambda: {"webhooks": [HOOK], "revision": 1},
    "/agents": lambda: {"endpoints": [{"name": "demo", "models": ["small-coder"],
                                       "has_key": True}], "commands": False, "day_cap": None},
    "/tasks": _tasks,
    "/costs": _costs,
    "/transcript": _records,
}  # fmt: skip


def _answer(route: Route) -> None:
    path = route.request.url.partition("?")[0]
    for end_of, make in ANSWERS.items():
        if path.endswith(end_of):
            body = make()
            route.fulfill(body=json.dumps(body), content_type="application/json",
                          headers={"ETag": '"1"'})  # fmt: skip
            return
    route.fallback()


def answer_the_rest(page: Page) -> None:
    """Have this page told what the scripted desk does not know."""
    names = "|".join(name.lstrip("/") for name in ANSWERS)
    page.route(_ending(names), _answer)


def _ending(names: str) -> Any:
    return re.compile(rf"/api/.*/({names})(\?|$)")


def _kept(desk: FakeDesk) -> None:
    desk.workshop.keep("presets", dict(PRESET), {"config": {"prompt": "a portrait", "steps": 30}})
    desk.workshop.keep("characters", {"name": "fox"}, {"tags": ["red fox"], "tag_weights": {}})
    desk.workshop.keep("models", dict(MODEL), {"report": {}})
    desk.journeys.keep([make_journey("Front page"), make_journey("Sign in", id="")])
    desk.journeys.frame = picture()
    desk.batch.entries = [make_entry(3, 10_000, 10_000, note="a start"), make_entry(1, -40, 9960)]
    desk.audit = [{"at": stamp(at), "who": "6db65fd59fd356f6", "means": "link",
                   "what": what, "job_id": None, "from": "192.0.2.7", "outcome": "ok",
                   "revision": 7, "more": 0, "lost": 0}
                  for at, what in enumerate(("create_job", "start_job", "export"))]  # fmt: skip
    desk.egress = {"allow": ["example.com"], "deny": ["ads.example"]}
    desk.sample = [f"http://127.0.0.1:9/{at}" for at in range(500)]


def _pictures(desk: FakeDesk, job: dict[str, Any]) -> None:
    names = [f"{at:05d}-1-{at}.png" for at in range(6)]
    desk.artifacts = [{"name": name, "size_bytes": 900, "modified_at": stamp()} for name in names]
    desk.items[job["id"]] = [
        {**one, "prompt": f"fox {at}", "files": [names[at]], "seeds": [at], "parameters": "fox",
         "labels": [{"label": "fox", "score": 0.9}]}
        for at, one in enumerate(outcomes(6))
    ]  # fmt: skip


def _jobs() -> dict[str, dict[str, Any]]:
    run = make_run(6, status="running", ok=2)
    schedule = {
        "start": "09:00",
        "end": "18:00",
        "interval_min": 60,
        "max_delay_min": 0,
        "work_days": [1, 2, 3, 4, 5],
        "timezone": "Europe/Berlin",
        "holidays": "DE",
    }
    return {
        "fetch": make_job("press pages", total=500, ok=388, failed=12),
        "visit": at_work(run, step_of(2, 1, 4), step_of(3, 2, 4)),
        "generate": make_job("foxes", kind="generate", status="completed", total=6, ok=6),
        "tag": make_job("holiday", kind="tag", status="completed", total=6, ok=6),
        "agent": make_job("games", kind="agent", status="completed", total=3, ok=3),
        "scheduled": make_job("every morning", status="scheduled", total=64, schedule=schedule),
    }


TABS = {
    "fetch": ("items", "log", "files", "chart", "settings", "history", "how"),
    "visit": ("items",),
    "generate": ("gallery",),
    "tag": ("gallery",),
    "agent": ("tasks", "tasks/0", "costs"),
    "scheduled": ("passes",),
}


def fill(fake: FakeServer) -> dict[str, tuple[str, str]]:
    """Put some of everything on the desk: views, as in `VIEWS`, with those of its jobs."""
    jobs = _jobs()

    def everything(desk: FakeDesk) -> None:
        _kept(desk)
        _pictures(desk, jobs["generate"])
        desk.items[jobs["tag"]["id"]] = desk.items[jobs["generate"]["id"]]
        desk.items[jobs["fetch"]["id"]] = outcomes(400)
        desk.log[jobs["fetch"]["id"]] = log_lines(60, first_error=8)
        desk.specs[jobs["fetch"]["id"]] = SETTINGS
        desk.passes[jobs["scheduled"]["id"]] = []

    fake.do(everything)
    fake.put(*a_busy_desk(), *jobs.values())
    views = dict(VIEWS)
    for kind, tabs in TABS.items():
        for tab in tabs:
            views[f"{kind} {tab}"] = (f"/jobs/{jobs[kind]['id']}#{tab}", ".tab-body > *")
    return views


def go(page: Page, fake: FakeServer, path: str, drawn: str) -> None:
    """To a view, and wait until it is drawn."""
    desk = fake.address.partition("/s/")[2]
    page.evaluate("path => { history.pushState(null, '', path); }", f"/s/{desk}{path}")
    page.evaluate("() => { dispatchEvent(new Event('popstate')); }")
    page.locator(drawn).first.wait_for()
    settle(page)


def settle(page: Page) -> None:
    """Until nothing is still being opened or read."""
    expect(page.locator("[data-opening], [aria-busy=true]")).to_have_count(0)
