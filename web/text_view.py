"""A desk and its jobs as lines of text, for `curl` and a terminal. Pure; used by `web.text_api`.

Whatever comes from outside passes `state.text.inert` and keeps its line: nothing here steers a
terminal. Widths are columns of a terminal, where a Chinese character takes two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from msgspec import Struct

from actors.messages import JobView, Published
from state.model import TERMINAL, JobStatus, LogLine
from state.spending import NO_SPEND, usd_text
from state.text import inert
from web.text_words import Words

# Of each group so many are shown.
MAX_SHOWN = 50
NEEDED_FOR_S = 86_400.0
SOON_S = 60.0
_SOON_STEP_S = 5
_JUST_NOW_S = 1.0
_INDENT = "  "
_BAR_SHARE = 4
_MARKS = {
    JobStatus.RUNNING: ">",
    JobStatus.PAUSED: "=",
    JobStatus.COMPLETED: "+",
    JobStatus.PARTIALLY_COMPLETED: "!",
    JobStatus.FAILED: "!",
    JobStatus.CANCELLED: "x",
}
_BROKEN = (JobStatus.FAILED, JobStatus.PARTIALLY_COMPLETED)


class Sheet(Struct, frozen=True):
    """How it is written: for whom, when and where that is, and how wide a line may be. `asks`: its
    reader may do something about what has stopped."""

    words: Words
    now: float
    zone: tzinfo
    width: int = 80
    asks: bool = True


class Cause(Struct, frozen=True):
    """So many items failed for this reason."""

    said: str
    count: int


def desk_lines(sheet: Sheet, published: Published, whose: str, path: str) -> list[str]:
    """The whole desk; `path` is where one job is found."""
    words = sheet.words
    at = day_and_time(sheet, sheet.now)
    lines = [_ends(sheet, f"{words('title')}  {whose}", at), _saved(sheet, published), ""]
    groups = _groups(sheet, published.jobs.values())
    if not groups:
        return [*lines, words("none")]
    for title, views in groups:
        lines.append(f"{words(title)} ({len(views)})")
        for view in views[:MAX_SHOWN]:
            lines += [*job_rows(sheet, view), f"{_INDENT}{view.job.id}"]
        if len(views) > MAX_SHOWN:
            lines.append(_INDENT + words("more", n=len(views) - MAX_SHOWN))
        lines.append("")
    return [*lines, words("pages", path=path)]


def job_lines(
    sheet: Sheet,
    published: Published,
    view: JobView,
    causes: Sequence[Cause],
    log: Sequence[LogLine],
) -> list[str]:
    """One job: where it stands, why items failed, and the newest of its log."""
    words, job = sheet.words, view.job
    lines = [*job_rows(sheet, view), f"{_INDENT}{job.id}"]
    if job.error:
        lines += ["", *_wrapped(sheet, words.reason(job.error))]
    if causes:
        lines += ["", words("causes")]
        lines += [
            _fit(sheet, f"{_INDENT}{each.count:>6,} x  {inert(each.said)}") for each in causes
        ]
    lines += ["", words("log") if log else words("log.none")]
    lines += [
        _fit(sheet, f"{_INDENT}{_when(sheet, line.at, '%H:%M:%S')}  {_logged(words, line)}")
        for line in log
    ]
    return [*lines, "", _saved(sheet, published)]


def _logged(words: Words, line: LogLine) -> str:
    """After the reason: what has words for controls would be no reason of the server's."""
    return inert(words.reason(line.message))


def job_rows(sheet: Sheet, view: JobView) -> list[str]:
    """Its name and status; its bar and numbers."""
    job = view.job
    name = f"{_MARKS.get(job.status, '.')} {inert(job.name) or job.id}"
    return [
        _ends(sheet, name, _status(sheet, view)),
        _fit(sheet, f"{_INDENT}{_bar(view, sheet.width // _BAR_SHARE)} {_facts(sheet, view)}"),
    ]


def needs_user(view: JobView, now: float) -> bool:
    """Whether somebody has to look: it has stopped and will not go on well by itself."""
    job = view.job
    if job.status is JobStatus.PAUSED:
        return job.reason != "user"
    return job.status in _BROKEN and now - (job.ended_at or 0.0) < NEEDED_FOR_S


def _groups(sheet: Sheet, views: Iterable[JobView]) -> list[tuple[str, list[JobView]]]:
    """The groups that are not empty, what needs somebody first; newest first in each."""
    found: dict[str, list[JobView]] = {
        title: [] for title in ("needs", "running", "waiting", "scheduled", "over")
    }
    for view in views:
        found[_group(sheet, view)].insert(0, view)
    return [(title, group) for title, group in found.items() if group]


def _group(sheet: Sheet, view: JobView) -> str:
    status = view.job.status
    if sheet.asks and needs_user(view, sheet.now):
        return "needs"
    if status in TERMINAL:
        return "over"
    if status is JobStatus.SCHEDULED:
        return "scheduled"
    return "running" if status is JobStatus.RUNNING else "waiting"


def _status(sheet: Sheet, view: JobView) -> str:
    words, job = sheet.words, view.job
    said = words(f"status.{job.status.value}")
    reason = f"reason.{job.reason}"
    # Who may only look has paused nothing.
    is_told = sheet.asks or job.reason != "user"
    if job.status not in TERMINAL and is_told and words.has(reason):
        return f"{said}, {words(reason)}"
    return said


def _bar(view: JobView, width: int) -> str:
    """`#` is done well, `!` failed, `-` skipped, `.` left. What has failed is seen, however little
    it is; nothing looks done that is not."""
    counts = view.counts
    room = width - 2
    if counts.total <= 0:
        return f"[{' ' * room}]"
    cells = [counts.ok, counts.failed, counts.skipped]
    drawn = [n * room // counts.total for n in cells]
    if counts.failed and not drawn[1]:
        drawn[1] = 1
        drawn[0] = min(drawn[0], room - 1)
    left = max(0, room - sum(drawn))
    return f"[{'#' * drawn[0]}{'!' * drawn[1]}{'-' * drawn[2]}{'.' * left}]"


def _facts(sheet: Sheet, view: JobView) -> str:
    words, job, counts, live = sheet.words, view.job, view.counts, view.live
    said: list[str] = []
    if counts.total > 0:
        said.append(f"{counts.done * 100 // counts.total} %")
        said.append(words("counts", done=f"{counts.done:,}", total=f"{counts.total:,}"))
    if counts.failed:
        said.append(words("failed", n=f"{counts.failed:,}"))
    if counts.skipped:
        said.append(words("skipped", n=f"{counts.skipped:,}"))
    if job.status is JobStatus.RUNNING and live is not None and live.rate_per_s > 0:
        said.append(words("rate", rate=f"{live.rate_per_s:.1f}"))
    if job.status is JobStatus.RUNNING and live is not None and live.eta_s is not None:
        said.append(_ending(sheet, live.eta_s))
    if job.next_pass is not None:
        said.append(words("next", time=_when(sheet, job.next_pass.due_at)))
    if view.place is not None:
        said.append(words("place", n=view.place))
    if counts.spend != NO_SPEND and not counts.spend.unpriced:
        said.append(f"${usd_text(counts.spend.picousd)}")
    if job.status is not JobStatus.RUNNING:
        said.append(words("old", ago=words.span(sheet.now - job.created_at)))
    return "  ".join(said)


def _ending(sheet: Sheet, eta_s: float) -> str:
    """As the page says it: a clock time stands still where a countdown would jitter."""
    if eta_s < SOON_S:
        return sheet.words("soon", n=max(1, -(-int(eta_s) // _SOON_STEP_S)) * _SOON_STEP_S)
    return sheet.words("about", time=_when(sheet, sheet.now + eta_s))


def _saved(sheet: Sheet, published: Published) -> str:
    words, saved = sheet.words, published.saved
    ago = sheet.now - saved.at
    if saved.failing:
        return words("saved.failing", ago=words.span(ago))
    return words("saved.now") if ago < _JUST_NOW_S else words("saved", ago=words.span(ago))


def day_and_time(sheet: Sheet, at: float) -> str:
    return datetime.fromtimestamp(at, sheet.zone).strftime("%Y-%m-%d %H:%M %Z")


def _when(sheet: Sheet, at: float, form: str = "%H:%M") -> str:
    return datetime.fromtimestamp(at, sheet.zone).strftime(form)


# ------------------------------------------------------------------------------- columns


def columns(text: str) -> int:
    """How wide a terminal shows it."""
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def fitted(text: str, width: int) -> str:
    """As much of it as there is room for; an ellipsis says that it goes on."""
    if columns(text) <= width:
        return text
    kept, room = [], width - 1
    for char in text:
        room -= _columns(char)
        if room < 0:
            break
        kept.append(char)
    return f"{''.join(kept)}…"


def _fit(sheet: Sheet, text: str) -> str:
    return fitted(text.rstrip(), sheet.width)


def _ends(sheet: Sheet, left: str, right: str) -> str:
    """One at each end of the line; the left one gives way."""
    right = fitted(right, sheet.width // 2)
    left = fitted(left, sheet.width - columns(right) - 2)
    return f"{left}{' ' * (sheet.width - columns(left) - columns(right))}{right}"


def _wrapped(sheet: Sheet, text: str) -> list[str]:
    """A few lines of it."""
    lines: list[str] = []
    rest = inert(text)
    while rest and len(lines) < 4:
        line = fitted(rest, sheet.width).removesuffix("…") if columns(rest) > sheet.width else rest
        lines.append(line)
        rest = rest[len(line) :]
    return lines
