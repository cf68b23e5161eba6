"""Checks a desk's own file, in both generations, and its boot marker. Used by `desk`."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

from msgspec.structs import replace

from state.codec import Decoded, encode
from state.desks import file_names
from state.doctor.findings import Problem, Problems
from state.doctor.scene import Scene, entry, foreign, mode
from state.errors import DeskUnreadable
from state.model import DeskState, Restored, has_work, unfinished
from state.views import DeskKey

_REPLACED = "a copy of the generation before it, or of an older one, stands in its place"


def check_generations(
    scene: Scene, desk: DeskKey, path: str
) -> Generator[Problem, None, DeskState | None]:
    """The state to go on with: the newest good one; None where there is none."""
    for name in file_names(desk):
        yield from _mode(scene, name)
    try:
        # The older one first: a server that saves between the two would make its newest look older.
        older, newest = (scene.desks.inspect(desk, name) for name in reversed(file_names(desk)))
    except DeskUnreadable as error:
        yield Problem("desk-unreadable", path, str(error))
        return None
    if isinstance(newest, Decoded) and not _is_replaced(scene, desk, newest, older):
        if isinstance(older, str):
            name = file_names(desk)[1]
            mend = partial(scene.aside.move, scene.layout.sessions, name, f"sessions/{name}")
            yield Problem("previous-damaged", f"sessions/{name}", older, mend)
        if newest.state.restored is not None:
            restored = newest.state.restored
            what = f"revision {restored.revision} was restored: {restored.reason}"
            yield Problem("desk-restored", path, what)
        return newest.state
    if isinstance(older, Decoded):
        why = _REPLACED if isinstance(newest, Decoded) else newest or "its file is missing"
        yield Problem("desk-damaged", path, why, partial(_restore, scene, desk))
        restored = Restored(older.state.revision, scene.aside.now(), why)
        return replace(older.state, restored=restored)
    if isinstance(newest, Decoded):
        return newest.state
    yield from _no_generation(scene, desk, path, newest, older)
    return None


def _is_replaced(scene: Scene, desk: DeskKey, newest: Decoded, older: Decoded | str | None) -> bool:
    """Whether an older copy stands in the newest one's place. One file of two names is what a
    server leaves that is killed in the middle of a save, and nothing is lost then."""
    if not isinstance(older, Decoded):
        return False
    if older.state == newest.state:
        sessions = scene.layout.sessions
        times = {scene.files.facts(sessions, name).modified_at for name in file_names(desk)}
        return len(times) > 1
    return older.state.revision > newest.state.revision


def _mode(scene: Scene, name: str) -> Problems:
    try:
        facts = scene.files.facts(scene.layout.sessions, name)
    except FileNotFoundError:
        return
    if facts.regular:  # what is something else counts as a damaged generation
        scene.tally.size_bytes += facts.size_bytes
        path = f"sessions/{name}"
        yield from mode(scene.files, scene.layout.sessions, path, facts.mode, is_folder=False)


def _restore(scene: Scene, desk: DeskKey) -> str:
    """As a load does it, and then saved: the damaged file is durable in quarantine first."""
    state = scene.desks.load(desk)
    scene.desks.replace(desk, encode(desk, state))
    scene.files.fsync_dir(scene.layout.sessions)
    return f"revision {state.revision} is in its place, marked as restored"


def _no_generation(
    scene: Scene, desk: DeskKey, path: str, newest: str | None, older: str | None
) -> Problems:
    jobs = scene.folders.jobs(desk)
    if newest is not None or older is not None or scene.folders.within(desk):
        reasons = [
            f"{name}: {why}" for name, why in (("newest", newest), ("previous", older)) if why
        ]
        why = "; ".join(reasons) or "its file is gone"
        left = f"; files of {len(jobs)} jobs are there" if jobs else ""
        yield Problem("desk-lost", path, why + left)
    elif desk in scene.files.list(scene.layout.jobs):
        yield from foreign(scene, scene.layout.jobs, f"files/{desk}", "desk-unknown")


def check_marker(scene: Scene, desk: DeskKey, state: DeskState | None) -> Problems:
    active, path = scene.layout.active, f"active/{desk}"
    marked = yield from entry(scene, active, path)
    if state is None:
        # One that cannot be read now may be put back: its marker waits for it.
        lost = scene.desks.exists(desk) or scene.folders.within(desk)
        if marked and not scene.live and not lost:
            yield _superfluous(scene, path, "there is no such desk")
        return
    waiting = has_work(state)
    if waiting and not marked:
        jobs = sum(1 for job in state.jobs.values() if unfinished(job))
        what = f"{jobs} jobs are unfinished and the desk is not marked"
        if not jobs:
            what = f"{len(state.outbox)} notices wait and the desk is not marked"
        yield Problem("marker-missing", path, what, partial(_set_marker, scene, desk))
    elif marked and not waiting and not scene.live:
        yield _superfluous(scene, path, "nothing is unfinished")


def _set_marker(scene: Scene, desk: DeskKey) -> str:
    scene.files.close(scene.files.create(scene.layout.active, desk))
    scene.files.fsync_dir(scene.layout.active)
    return "set the marker"


def _superfluous(scene: Scene, path: str, what: str) -> Problem:
    return Problem("marker-superfluous", path, what, partial(_remove_marker, scene, path))


def _remove_marker(scene: Scene, path: str) -> str:
    scene.files.unlink(scene.layout.active, path.rpartition("/")[2])
    scene.files.fsync_dir(scene.layout.active)
    return "removed the marker"
