"""Checks the files of one job: its items, outcomes, log and artifacts. Used by `desk`."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from state import artifacts, assets, items, joblog, outcomes, pack_index
from state.atomic import opened
from state.doctor import mending
from state.doctor.assets import JobFolder, check_assets
from state.doctor.findings import Problem, Problems
from state.doctor.packs import check_packs
from state.doctor.scene import Scene, entry, foreign, guarded, is_temp, left_overs
from state.errors import JobFilesMissing
from state.filters import item_url
from state.lines import seal_of, whole_lines
from state.model import Counts, Job, JobStatus, LogLine, OutcomeStatus
from state.replay import Replayed, counts_of, head_of, replay_lines, spent, stands, tallied
from state.selection import Selection, UrlAt
from state.views import DeskKey, Replay

_KNOWN = frozenset(
    {items.NAME, assets.NAME, outcomes.NAME, joblog.NAME}
    | {artifacts.NAME, artifacts.PARTS, pack_index.NAME}
)
_NAMES_SECRET = b'"secret":'
# Slashes in the path of the deepest folder that an artifact is in: files/DESK/JOB/artifacts/1/.../7
_DEEPEST = 3 + artifacts.DEPTH_MAX - 1
_log_decoder = msgspec.json.Decoder(LogLine)


class JobScene(Struct, frozen=True):
    """One job of a desk, its open folder, and what the checks of its files learn on the way."""

    scene: Scene
    desk: DeskKey
    job: Job
    folder: int
    secrets: set[str]  # names of secrets that the job needs; the check of its items adds theirs

    @property
    def seal(self) -> int:
        return seal_of(self.desk, self.job.id)

    @property
    def home(self) -> str:
        return f"files/{self.desk}/{self.job.id}"

    def path(self, name: str) -> str:
        return f"{self.home}/{name}"


def check_job(at: JobScene) -> Generator[Problem, None, Counts | None]:
    """Everything in the job's folder. Returns the counts by its outcomes; None where those and what
    the desk counted are not of one history: some are lost, or of a later run."""
    at.scene.tally.jobs += 1
    at.secrets.update(secret_names(at.job.spec))
    if at.job.status is JobStatus.SCHEDULED and at.job.next_pass is None:
        yield Problem("schedule-idle", at.home, "it is scheduled, and its next pass is not known")
    yield from guarded(at.home, _entries(at))
    yield from guarded(at.path(items.NAME), _inputs(at))
    here = JobFolder(at.scene, at.desk, at.job, at.folder)
    yield from guarded(here.path, check_assets(here))
    yield from guarded(at.path(joblog.NAME), _log(at))
    yield from guarded(at.path(pack_index.NAME), check_packs(here))
    yield from guarded(at.path(artifacts.NAME), _tree(at.scene, at.folder, at.path(artifacts.NAME)))
    try:
        return (yield from _outcomes(at))
    except OSError as error:
        yield Problem("unreadable", at.path(outcomes.NAME), error.strerror or str(error))
        return None


def secret_names(value: Any) -> Iterator[str]:
    """The names that stand in the place of secret values: `{"secret": NAME}`, at any depth."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case {"secret": str(name), **rest} if not rest:
                yield name
            case dict() as inner:
                waiting += inner.values()
            case list() as inner:
                waiting += inner


def _entries(at: JobScene) -> Problems:
    files = at.scene.files
    temps = []
    for name in files.list(at.folder):
        if is_temp(at.scene, at.folder, name):
            temps.append(name)
        elif name not in _KNOWN and pack_index.pack_number(name) is None:
            yield from foreign(at.scene, at.folder, at.path(name))
    yield from left_overs(at.scene, at.folder, at.home, temps)
    if (yield from entry(at.scene, at.folder, at.path(artifacts.PARTS), is_folder=True)):
        with opened(files, files.open_folder(at.folder, artifacts.PARTS)) as parts:
            yield from left_overs(at.scene, parts, at.path(artifacts.PARTS), files.list(parts))


def _inputs(at: JobScene) -> Problems:
    path, files = at.path(items.NAME), at.scene.files
    if not (yield from entry(at.scene, at.folder, path)):
        yield Problem("inputs-missing", path, f"{at.job.counts.total} items should be there")
        return
    with opened(files, files.open_read(at.folder, items.NAME)) as handle:
        size = files.facts_of(handle).size_bytes
        count, end, sound_end = 0, 0, 0
        bad: list[int] = []
        for found in whole_lines(files, handle, 0, size):
            for line in found:
                if not _sound_item(at, line.data, count):
                    bad.append(count)
                count, end = count + 1, line.end
                sound_end = end if not bad else sound_end
    at.scene.tally.items += count
    sound = bad[0] if bad else count
    if at.job.grows_to and sound >= at.job.counts.total:
        yield from _found_items(at, path, size, sound_end)
        return
    if bad:
        what = f"{len(bad)} of {count} lines are damaged, the first is that of item {bad[0]}"
        yield Problem("inputs-damaged", path, what)
    if count != at.job.counts.total or end != size:
        torn = "" if end == size else f", and {size - end} bytes of a line that is cut off"
        what = f"{count} of {at.job.counts.total} items are there{torn}"
        yield Problem("inputs-count", path, what)


def _found_items(at: JobScene, path: str, size: int, sound_end: int) -> Problems:
    """Of a job that grows: all that it counted is there, and what it has found since is whole
    up to there."""
    if sound_end < size and not at.scene.live:
        mend = partial(mending.cut_tail, at.scene.aside, at.folder, items.NAME, path, sound_end)
        what = f"its last {size - sound_end} bytes are no whole item"
        yield Problem("inputs-torn", path, what, mend)


def _items_now(at: JobScene) -> int:
    """How many items the job has. Of one that grows, to be asked when its outcomes are read: they
    are written behind the items that they may speak of."""
    if not at.job.grows_to:
        return at.job.counts.total
    try:
        there = items.InputIndex.scanned(at.scene.files, at.folder, at.seal).count
    except JobFilesMissing:
        return at.job.counts.total  # which is told of them
    return max(there, at.job.counts.total)


def _sound_item(at: JobScene, line: bytes, index: int) -> bool:
    try:
        item = items.item_in(line, index, at.seal)
    except JobFilesMissing:
        return False
    if _NAMES_SECRET in line:
        at.secrets.update(secret_names(msgspec.json.decode(item.item)))
    return True


def _outcomes(at: JobScene) -> Generator[Problem, None, Counts | None]:
    job, path, files = at.job, at.path(outcomes.NAME), at.scene.files
    replay = Replay({}, {}, 0, 0)
    again: bytearray | None = None
    total = job.counts.total
    if (yield from entry(at.scene, at.folder, path)):
        with opened(files, files.open_read(at.folder, outcomes.NAME)) as handle:
            size = files.facts_of(handle).size_bytes
            found = replay_lines(files, handle, size, at.seal)
            total = _items_now(at)
            again = _again(at, handle, size, total)
        yield from _bad_lines(at, path, found, total)
        replay = found.replay
    at.scene.tally.outcomes += len(replay.latest)
    ahead = sum(1 for made_in, _ in replay.latest.values() if made_in > job.run)
    if ahead:
        what = f"{ahead} outcomes are of a later run than the job's, which is {job.run}"
        yield Problem("outcomes-ahead", path, what)
    there, most = _counted(job, replay, total, again)
    lost = [name for name in ("ok", "failed", "skipped") if _fewer(most, job.counts, name)]
    if lost:
        said = ", ".join(f"{getattr(job.counts, name)} {name}" for name in lost)
        have = ", ".join(f"{getattr(there, name)} {name}" for name in lost)
        yield Problem("outcomes-lost", path, f"the desk counted {said}; here are {have}")
    return None if lost or ahead else there


def _counted(
    job: Job, replay: Replay, total: int, again: bytearray | None
) -> tuple[Counts, Counts]:
    """What counts in the job's run, and what its desk may have counted: how a finale ended in the
    run before stands in its counts until the job is taken up again."""
    ends, most = (dict.fromkeys(OutcomeStatus, 0) for _ in range(2))
    for index, ending in replay.latest.items():
        if index >= total:
            continue
        anew = again is None or index >= len(again) or bool(again[index])
        once = index in replay.once
        here = stands(ending, job.run, again=anew, once=once)
        ends[ending[1]] += here
        most[ending[1]] += here or once
    told = (tallied(replay.tallies, total), spent(replay.spends, total))
    return counts_of(total, ends, *told), counts_of(total, most, *told)


def _again(at: JobScene, handle: int, size: int, total: int) -> bytearray | None:
    """Which items the job's last retry has found; None where it was for all that had failed."""
    if at.job.again is None:
        return None
    selection = Selection(total, at.seal, at.job.again)
    selection.catch_up(at.scene.files, handle, size, _urls_of(at))
    return selection.chosen


def _urls_of(at: JobScene) -> UrlAt:
    """Reads the address of an item; "" where that is damaged, which is told elsewhere."""
    files = at.scene.files
    try:
        inputs = items.InputIndex.scanned(files, at.folder, at.seal)
    except JobFilesMissing:
        return lambda index: ""

    def url_at(index: int) -> str:
        try:
            with opened(files, items.open_inputs(files, at.folder)) as handle:
                return item_url(inputs.read(handle, [index])[0].item)
        except JobFilesMissing:
            return ""

    return url_at


def _fewer(there: Counts, counted: Counts, name: str) -> bool:
    return bool(getattr(there, name) < getattr(counted, name))


def _bad_lines(at: JobScene, path: str, found: Replayed, total: int) -> Problems:
    aside, name = at.scene.aside, outcomes.NAME
    if found.replay.cut_bytes and not at.scene.live:
        mend = partial(mending.cut_tail, aside, at.folder, name, path, found.end)
        what = f"its last {found.replay.cut_bytes} bytes are no whole line"
        yield Problem("outcomes-torn", path, what, mend)
    stray = sum(1 for index in found.replay.latest if index >= total)
    if found.replay.bad_lines or stray:
        is_sound = partial(_is_sound, at.seal, total)
        mend = partial(mending.keep_lines, aside, at.folder, name, path, is_sound)
        what = f"{found.replay.bad_lines} lines are damaged, {stray} are of no item of this job"
        yield Problem("outcomes-damaged", path, what, mend)


def _is_sound(seal: int, total: int, line: bytes) -> bool:
    head = head_of(line, seal)
    return head is not None and head.index < total


def _log(at: JobScene) -> Problems:
    path, files = at.path(joblog.NAME), at.scene.files
    if not (yield from entry(at.scene, at.folder, path)):
        return
    with opened(files, files.open_read(at.folder, joblog.NAME)) as handle:
        size = files.facts_of(handle).size_bytes
        bad = end = 0
        for found in whole_lines(files, handle, 0, size):
            bad += sum(not _is_log_line(line.data) for line in found)
            end = found[-1].end
    if (bad or end < size) and not at.scene.live:
        mend = partial(
            mending.keep_lines, at.scene.aside, at.folder, joblog.NAME, path, _is_log_line
        )
        yield Problem("log-damaged", path, f"{bad + (end < size)} lines are no good", mend)
    if size > at.scene.max_log_bytes:
        yield Problem("log-oversized", path, f"{size} bytes, more than {at.scene.max_log_bytes}")


def _is_log_line(line: bytes) -> bool:
    try:
        _log_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _tree(scene: Scene, folder: int, path: str) -> Problems:
    """A folder of artifacts with all below it: only folders and files of the right mode,
    and none deeper than artifacts are made."""
    if not (yield from entry(scene, folder, path, is_folder=True)):
        return
    with opened(scene.files, scene.files.open_folder(folder, path.rpartition("/")[2])) as inner:
        for name in sorted(scene.files.list(inner)):
            if scene.files.facts(inner, name).folder and path.count("/") >= _DEEPEST:
                yield from foreign(scene, inner, f"{path}/{name}")
            elif scene.files.facts(inner, name).folder:
                yield from _tree(scene, inner, f"{path}/{name}")
            elif (yield from entry(scene, inner, f"{path}/{name}")):
                scene.tally.artifacts += 1
