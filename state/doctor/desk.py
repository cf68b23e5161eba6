"""Checks one desk: its file and marker, then its folder, job by job. Used by `examine`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from state import audit, secrets
from state.atomic import opened
from state.codec import encode
from state.desks import JOURNEYS, KEPT_FOLDERS, LIBRARY, PROXIES, WEBHOOKS, file_names
from state.doctor.audits import check_audit
from state.doctor.findings import Problem, Problems
from state.doctor.generations import check_generations, check_marker
from state.doctor.jobs import JobScene, check_job
from state.doctor.kept import check_journeys, check_library
from state.doctor.links import check_link
from state.doctor.scene import Scene, entry, foreign, guarded, is_temp, left_overs
from state.errors import JobFilesMissing
from state.ledgers import gap_in
from state.model import Counts, DeskState
from state.views import DeskKey

_WHOSE = {
    JOURNEYS: "the list of journeys",
    PROXIES: "the list of proxies",
    WEBHOOKS: "the list of webhooks",
}


def check_desk(scene: Scene, desk: DeskKey) -> Problems:
    """Everything that is kept of this desk."""
    scene.tally.desks += 1
    path = f"sessions/{file_names(desk)[0]}"
    try:
        state = yield from check_generations(scene, desk, path)
    except OSError as error:
        yield Problem("unreadable", path, error.strerror or str(error))
        return
    yield from guarded(f"active/{desk}", check_marker(scene, desk, state))
    yield from guarded(path, check_link(scene, desk, state))
    if state is not None:
        yield from _contents(scene, desk, path, state)


def _contents(scene: Scene, desk: DeskKey, path: str, state: DeskState) -> Problems:
    twice = [key for key, n in Counter(e.id for e in state.ledger.entries).items() if n > 1]
    if twice:
        yield Problem("ledger-twice", path, f"{len(twice)} entries, the first is {twice[0]!r}")
    if (gap := gap_in(state.ledger)) is not None:
        yield Problem("ledger-gaps", path, gap)
    recounted: dict[str, Counts] = {}
    yield from guarded(f"files/{desk}", _folder(scene, desk, state, recounted))
    behind = {
        job_id: counts
        for job_id, counts in recounted.items()
        if counts != state.jobs[job_id].counts
    }
    if behind and not scene.live:
        job_id, counts = next(iter(behind.items()))
        said = state.jobs[job_id].counts
        first = f"{job_id} has {counts.done} outcomes, not {said.done}"
        if counts.total != said.total:
            first += f", and {counts.total} items, not {said.total}"
        what = f"of {len(behind)} jobs; {first}"
        yield Problem("counts-behind", path, what, partial(_save_counts, scene, desk, behind))


def _save_counts(scene: Scene, desk: DeskKey, recounted: Mapping[str, Counts]) -> str:
    state = scene.desks.load(desk)
    revision = state.revision + 1
    jobs = {
        job.id: replace(job, counts=recounted[job.id], revision=revision)
        if job.id in recounted
        else job
        for job in state.jobs.values()
    }
    scene.desks.replace(desk, encode(desk, replace(state, revision=revision, jobs=jobs)))
    scene.files.fsync_dir(scene.layout.sessions)
    return f"counted {len(recounted)} jobs again"


def _folder(
    scene: Scene, desk: DeskKey, state: DeskState, recounted: dict[str, Counts]
) -> Problems:
    path, files = f"files/{desk}", scene.files
    if not (yield from entry(scene, scene.layout.jobs, path, is_folder=True)):
        for job in state.jobs.values():
            yield Problem("job-files-missing", f"{path}/{job.id}", "its folder is missing")
        if state.journeys is not None:
            yield Problem("journeys-damaged", f"{path}/{JOURNEYS}", "its folder is missing")
        if any(state.library):
            yield Problem("library-damaged", f"{path}/{LIBRARY}", "its folder is missing")
        return
    with opened(files, files.open_folder(scene.layout.jobs, desk)) as folder:
        yield from _strangers(scene, folder, path, state)
        yield from check_audit(scene, desk, folder)
        needed: dict[str, set[str]] = {
            JOURNEYS: set(),
            PROXIES: {proxy.secret for proxy in state.proxies if proxy.secret},
            WEBHOOKS: {webhook.secret for webhook in state.webhooks},
        }
        yield from guarded(
            f"{path}/{JOURNEYS}", check_journeys(scene, desk, folder, state, needed[JOURNEYS])
        )
        yield from guarded(f"{path}/{LIBRARY}", check_library(scene, desk, folder, state))
        for job_id in state.jobs:
            inner = f"{path}/{job_id}"
            needed[job_id] = set()
            yield from guarded(
                inner, _job(scene, desk, state, folder, job_id, needed[job_id], recounted)
            )
        yield from guarded(f"{path}/{secrets.NAME}", _secrets(scene, desk, state, folder, needed))


def _strangers(scene: Scene, folder: int, path: str, state: DeskState) -> Problems:
    temps = []
    for name in sorted(scene.files.list(folder)):
        if name in state.jobs or name in (secrets.NAME, *KEPT_FOLDERS, *audit.NAMES):
            continue
        if is_temp(scene, folder, name):
            temps.append(name)
        elif not scene.files.facts(folder, name).folder:
            yield from foreign(scene, folder, f"{path}/{name}")
        elif state.restored is None:
            yield from foreign(scene, folder, f"{path}/{name}", "job-unknown")
        else:
            yield Problem("job-unknown", f"{path}/{name}", "the restored desk does not know it")
    yield from left_overs(scene, folder, path, temps)


def _job(
    scene: Scene,
    desk: DeskKey,
    state: DeskState,
    folder: int,
    job_id: str,
    needed: set[str],
    recounted: dict[str, Counts],
) -> Problems:
    path = f"files/{desk}/{job_id}"
    if not (yield from entry(scene, folder, path, is_folder=True)):
        yield Problem("job-files-missing", path, "its folder is missing")
        return
    with opened(scene.files, scene.files.open_folder(folder, job_id)) as inner:
        counts = yield from check_job(JobScene(scene, desk, state.jobs[job_id], inner, needed))
    if counts is not None:
        recounted[job_id] = counts


def _secrets(
    scene: Scene, desk: DeskKey, state: DeskState, folder: int, needed: Mapping[str, set[str]]
) -> Problems:
    path = f"files/{desk}/{secrets.NAME}"
    yield from entry(scene, folder, path)
    wanting = {job_id: names for job_id, names in needed.items() if names}
    try:
        kept = secrets.read_secrets(scene.folders, desk)
    except JobFilesMissing as error:
        mend = None if wanting else partial(scene.aside.move, folder, secrets.NAME, path)
        yield Problem("secrets-damaged", path, str(error), mend)
        return
    for job_id, names in wanting.items():
        gone = sorted(names - kept.get(job_id, {}).keys())
        if gone:
            whose = _WHOSE.get(job_id, f"job {job_id}")
            what = f"{whose} names {len(gone)} that are not there, the first is {gone[0]}"
            yield Problem("secret-missing", path, what)
