"""Checks the small artifacts of one job: the index, the packs, and every byte that is named there.
Used by `jobs`."""

from __future__ import annotations

from functools import partial
from zlib import crc32

from state import pack_index
from state.atomic import opened, read_range
from state.doctor import mending
from state.doctor.assets import JobFolder
from state.doctor.findings import Problem, Problems
from state.doctor.scene import entry
from state.lines import seal_of
from state.pack_index import NAME, PackLine, decoded, newest, pack_name, pack_number, replayed


def check_packs(at: JobFolder) -> Problems:
    """Whether each artifact that the index names is there as it was made."""
    files, seal = at.scene.files, seal_of(at.desk, at.job.id)
    lines: dict[str, PackLine] = {}
    ends: dict[int, int] = {}
    if (yield from entry(at.scene, at.folder, _path(at, NAME))):
        with opened(files, files.open_read(at.folder, NAME)) as handle:
            size = files.facts_of(handle).size_bytes
            found, end = replayed(seal, files, handle, size)
            lines, ends = newest(files, handle, size, seal), found.ends
        yield from _lines(at, found, end, size)
    yield from _packs(at, ends)
    yield from _artifacts(at, [line for line in lines.values() if line.pack])


def _lines(at: JobFolder, found: pack_index.Found, end: int, size: int) -> Problems:
    aside, path = at.scene.aside, _path(at, NAME)
    if end < size and not at.scene.live:
        mend = partial(mending.cut_tail, aside, at.folder, NAME, path, end)
        yield Problem(
            "artifacts-torn", path, f"its last {size - end} bytes are no whole line", mend
        )
    if found.bad_lines:
        seal = seal_of(at.desk, at.job.id)
        is_good = partial(_is_sound, seal)
        mend = partial(mending.keep_lines, aside, at.folder, NAME, path, is_good)
        yield Problem("artifacts-damaged", path, f"{found.bad_lines} lines are damaged", mend)


def _is_sound(seal: int, line: bytes) -> bool:
    return decoded(line, seal) is not None


def _packs(at: JobFolder, ends: dict[int, int]) -> Problems:
    """The files themselves; bytes behind those that are named are of a server that died."""
    files = at.scene.files
    numbers = filter(None, map(pack_number, files.list(at.folder)))
    for number in sorted({*numbers, *ends}):
        name = pack_name(number)
        if not (yield from entry(at.scene, at.folder, _path(at, name))) or at.scene.live:
            continue
        unnamed = files.facts(at.folder, name).size_bytes - ends.get(number, 0)
        if unnamed > 0:
            end, path = ends.get(number, 0), _path(at, name)
            mend = partial(mending.cut_tail, at.scene.aside, at.folder, name, path, end)
            yield Problem("artifacts-torn", path, f"nothing names its last {unnamed} bytes", mend)


def _artifacts(at: JobFolder, lines: list[PackLine]) -> Problems:
    at.scene.tally.artifacts += len(lines)
    by_pack: dict[int, list[PackLine]] = {}
    for line in lines:
        by_pack.setdefault(line.pack, []).append(line)
    for number, named in sorted(by_pack.items()):
        lost = _lost(at, pack_name(number), named)
        if lost:
            what = f"{len(lost)} of {len(named)} files in it are gone or changed: {lost[0]!r}"
            more = "" if len(lost) == 1 else ", ..."
            yield Problem("artifacts-lost", _path(at, pack_name(number)), what + more)


def _lost(at: JobFolder, name: str, named: list[PackLine]) -> list[str]:
    files = at.scene.files
    try:
        if not files.facts(at.folder, name).regular:
            return [line.name for line in named]
    except FileNotFoundError:
        return [line.name for line in named]
    with opened(files, files.open_read(at.folder, name)) as handle:
        return [
            line.name
            for line in named
            if crc32(b"".join(read_range(files, handle, line.offset, line.end))) != line.crc32
        ]


def _path(at: JobFolder, name: str) -> str:
    return f"files/{at.desk}/{at.job.id}/{name}"
