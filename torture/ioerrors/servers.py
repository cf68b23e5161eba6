"""Real servers whose disk fails while two users work: nothing acknowledged is lost, nothing dies.

A scenario: a job runs at one desk, both desks are given commands without a pause, the trouble comes
and goes, everything must go on within seconds; then `kill -9`, and all that was acknowledged is
there. Used by `experiment`.
"""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from msgspec import Struct, field

from torture.ioerrors.trouble import (
    Place,
    Target,
    Trouble,
    Unable,
    full,
    injected,
    no_descriptors,
    plain_folder,
    read_only,
    small_disk,
)

__all__ = ["SCENARIOS", "Seen", "Unable", "run_scenario"]

TROUBLE_S = 2.5
RELIEF_LIMIT_S = 60.0
ANSWER_LIMIT_S = 60.0
ITEMS = 60
ITEM_S = 0.15
DESCRIPTORS = 300
REFUSALS = {429, 500, 503, 507}
ENDED = {"completed", "partially_completed", "failed", "cancelled"}


class Scenario(Struct, frozen=True):
    """Where, what, and whether commands are refused meanwhile (else all have to be accepted)."""

    place: Callable[[], AbstractContextManager[Place]]
    trouble: Trouble
    refuses: bool = True
    pauses: bool = False
    descriptors: int | None = None


SCENARIOS: dict[str, Scenario] = {
    "descriptors": Scenario(plain_folder, no_descriptors, refuses=False, descriptors=DESCRIPTORS),
    "full-disk-server": Scenario(small_disk, full),
    "read-only-disk": Scenario(small_disk, read_only),
    "syncs-EIO": Scenario(plain_folder, injected("syncs", "EIO")),
    "syncs-ENOSPC": Scenario(plain_folder, injected("syncs", "ENOSPC")),
    "names-EIO": Scenario(plain_folder, injected("names", "EIO")),
    "opens-EMFILE": Scenario(
        plain_folder, injected("opens", "EMFILE", ("sessions", "active", "files"))
    ),
    "one-desk-EIO": Scenario(
        plain_folder,
        injected("writes", "EIO", ("{desk}/outcomes.jsonl",)),
        refuses=False,
        pauses=True,
    ),
}


class Seen(Struct):
    """What came of a scenario."""

    wrong: list[str] = field(default_factory=list)
    back_s: float = 0.0
    false_acks: int = 0
    crashes: int = 0


class Life:
    """One life of the server, and how to talk to it."""

    def __init__(self, place: Place, target_port: int, descriptors: int | None) -> None:
        def limit() -> None:
            if descriptors is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        arguments = ["--data", str(place.inside), "--port", "0", "--sample-site", "off"]
        arguments += ["--allow-target", f"127.0.0.1:{target_port}"]
        self.process = subprocess.Popen(
            [*place.enter, sys.executable, "-m", "nightdesk", "serve", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            preexec_fn=limit,
            env={name: x for name, x in os.environ.items() if not name.startswith("NIGHTDESK")},
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline().decode()
        self.url = said.removeprefix("Nightdesk is at ").strip().rstrip("/")
        if not self.url.startswith("http"):
            self.end()
            raise Unable("the server did not start in the place that was made for it")
        # One connection for each desk, opened before the trouble comes.
        self.users = [httpx.Client(base_url=self.url, timeout=ANSWER_LIMIT_S) for _ in range(2)]

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        """As the kernel would."""
        for user in getattr(self, "users", ()):
            user.close()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


class Work:
    """Two desks, a running job at the first, and what was acknowledged of each."""

    def __init__(self, life: Life, target_port: int) -> None:
        self.life = life
        self.url = f"http://127.0.0.1:{target_port}"
        self.desks = [user.post("/api/desks").json()["desk_id"] for user in life.users]
        self.acked: list[dict[str, str]] = [{}, {}]
        self.refused = [0, 0]
        self.odd: list[str] = []
        self._number = 0
        urls = [f"{self.url}/{number}" for number in range(ITEMS)]
        spec = {"concurrency": 2, "retries": 0}
        body = {"kind": "fetch", "name": "long", "items": urls, "spec": spec, "start": True}
        self.job = life.users[0].post(self._jobs(0), json=body).raise_for_status().json()["job"]

    def _jobs(self, desk: int) -> str:
        return f"/api/desks/{self.desks[desk]}/jobs"

    def command(self, desk: int) -> bool:
        """One more job; whether it was acknowledged."""
        self._number += 1
        name = f"n{self._number}"
        body = {"kind": "fetch", "name": name, "items": [f"{self.url}/x"]}
        try:
            answer = self.life.users[desk].post(self._jobs(desk), json=body)
        except httpx.HTTPError as error:
            self.odd.append(f"no answer: {error!r}")
            return False
        if answer.status_code == httpx.codes.CREATED:
            self.acked[desk][name] = answer.json()["job"]["id"]
            return True
        self.refused[desk] += 1
        if answer.status_code not in REFUSALS or answer.status_code == 500:
            self.odd.append(f"{answer.status_code}: {answer.text[:200]}")
        return False

    def running(self) -> dict[str, Any] | None:
        try:
            answer = self.life.users[0].get(f"{self._jobs(0)}/{self.job['id']}")
        except httpx.HTTPError:
            return None
        found: dict[str, Any] = answer.json()
        return found.get("job", found) if answer.status_code == httpx.codes.OK else None

    def lost(self, desk: int) -> set[str]:
        """Acknowledged jobs that the desk does not have."""
        shown: set[str] = set()
        page = 1
        while True:
            query = {"page": page, "size": 500}
            found = self.life.users[desk].get(self._jobs(desk), params=query).raise_for_status()
            jobs = found.json()["jobs"]
            shown |= {job["id"] for job in jobs}
            if len(jobs) < 500:
                return set(self.acked[desk].values()) - shown
            page += 1


def run_scenario(name: str) -> Seen:
    """Raises Unable where this machine cannot do it."""
    scenario = SCENARIOS[name]
    seen = Seen()
    with scenario.place() as place, _site() as port:
        life = Life(place, port, scenario.descriptors)
        try:
            work = Work(life, port)
            _troubled(scenario, work, place, seen)
            life.end()
            work.life = life = Life(place, port, None)
            _after_restart(work, seen)
        finally:
            life.end()
    return seen


def _troubled(scenario: Scenario, work: Work, place: Place, seen: Seen) -> None:
    key = hashlib.sha256(work.desks[0].encode()).hexdigest()
    folder = f"files/{key}/{work.job['id']}"
    if not (place.data / folder).is_dir():
        candidates = list((place.data / "files").glob(f"*/{work.job['id']}"))
        folder = str(candidates[0].relative_to(place.data))
    pid = work.life.process.pid
    target = Target(place, pid, int(work.life.url.rsplit(":", 1)[1]), folder)
    _until(lambda: (work.running() or {}).get("status") == "running", RELIEF_LIMIT_S)
    with scenario.trouble(target):
        over = time.monotonic() + TROUBLE_S
        while time.monotonic() < over:
            work.command(0)
            work.command(1)
        paused = (work.running() or {}).get("reason") == "storage"
    relieved = time.monotonic()
    if scenario.pauses and not paused:
        seen.wrong.append("the running job did not pause for its disk")
    if scenario.refuses and not any(work.refused):
        seen.wrong.append("the trouble troubled nobody: nothing was shown")
    if not scenario.refuses and any(work.refused):
        seen.wrong.append(f"{sum(work.refused)} commands were refused that need not be")
    if not work.life.alive:
        seen.crashes += 1
        seen.wrong.append("the server died")
        return
    steps = (partial(work.command, 0), partial(work.command, 1), partial(_goes_on, work))
    if not all(_until(step, RELIEF_LIMIT_S) for step in steps):
        seen.wrong.append(f"not back {RELIEF_LIMIT_S:.0f} s after relief")
    seen.back_s = time.monotonic() - relieved
    if work.odd:
        seen.wrong.append(f"{len(work.odd)} answers that are none, the first: {work.odd[0]}")
    _compare(work, seen, "on the living server")


def _goes_on(work: Work) -> bool:
    job = work.running()
    return job is not None and job["status"] in {"running"} | ENDED


def _after_restart(work: Work, seen: Seen) -> None:
    if not all(_until(partial(work.command, desk), RELIEF_LIMIT_S) for desk in (0, 1)):
        seen.wrong.append("a desk takes no commands after the restart")
    _compare(work, seen, "after kill -9")
    if not _until(lambda: (work.running() or {}).get("status") in ENDED, 2 * RELIEF_LIMIT_S):
        seen.wrong.append("the running job did not come to its end")
    job = work.running() or {}
    if job.get("counts", {}).get("ok") != ITEMS:
        seen.wrong.append(f"the job ended {job.get('status')} with {job.get('counts')}")
    parked = work.life.users[0].get("/readyz").json().get("desks_parked")
    if parked:
        seen.wrong.append(f"{parked} desks are parked")


def _compare(work: Work, seen: Seen, when: str) -> None:
    for desk in (0, 1):
        lost = work.lost(desk)
        seen.false_acks += len(lost)
        if lost:
            seen.wrong.append(f"{when}: {len(lost)} acknowledged jobs are not there")


def _until(step: Callable[[], bool], limit_s: float) -> bool:
    over = time.monotonic() + limit_s
    while time.monotonic() < over:
        if step():
            return True
        time.sleep(0.05)
    return False


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(ITEM_S)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *said: object) -> None:
        """Nobody wants to read of every page."""


@contextmanager
def _site() -> Iterator[int]:
    """The pages that the running job fetches."""
    site = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=site.serve_forever, daemon=True)
    thread.start()
    try:
        yield site.server_address[1]
    finally:
        site.shutdown()
        site.server_close()
        thread.join()
