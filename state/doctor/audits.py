"""Checks the audit log of a desk, both its files. Used by `desk`."""

from __future__ import annotations

from functools import partial

from state import audit
from state.atomic import opened
from state.doctor import mending
from state.doctor.findings import Problem, Problems
from state.doctor.scene import Scene, entry, guarded
from state.lines import whole_lines
from state.views import DeskKey


def check_audit(scene: Scene, desk: DeskKey, folder: int) -> Problems:
    """Whether every line is whole and of this desk."""
    for name in audit.NAMES:
        path = f"files/{desk}/{name}"
        yield from guarded(path, _check(scene, audit.audit_seal(desk), folder, path))


def _check(scene: Scene, seal: int, folder: int, path: str) -> Problems:
    files, name = scene.files, path.rpartition("/")[2]
    if not (yield from entry(scene, folder, path)):
        return
    with opened(files, files.open_read(folder, name)) as handle:
        size = files.facts_of(handle).size_bytes
        bad = end = 0
        for found in whole_lines(files, handle, 0, size):
            bad += sum(not _is_sound(seal, line.data) for line in found)
            end = found[-1].end
    if end < size and not scene.live:
        mend = partial(mending.cut_tail, scene.aside, folder, name, path, end)
        yield Problem("audit-torn", path, f"its last {size - end} bytes are no whole line", mend)
    if bad:
        keep = partial(_is_sound, seal)
        mend = partial(mending.keep_lines, scene.aside, folder, name, path, keep)
        yield Problem("audit-damaged", path, f"{bad} lines are damaged", mend)


def _is_sound(seal: int, line: bytes) -> bool:
    return audit.line_in(line, seal) is not None or audit.head_in(line, seal) is not None
