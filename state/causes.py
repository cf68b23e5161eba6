"""Why an item failed, in a word or a few: what failures are grouped by, and found by again. Pure.

The words stay as they are: filters of retries are kept with jobs. Those of HTTP are the status,
those of an ending that has its own name are that, and else it is the error's own words without what
differs from item to item (addresses, numbers, quotes). What would help is said of a cause, too.
Used by `state.filters`, which finds by it, and by `state.table`, which counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

POISONED = "poisoned"
UNKNOWN = "?"
MAX_CAUSE_CHARS = 100
MAX_HOST_CHARS = 300
_USUAL_PORTS = (":80", ":443")
# Of a task of an agent that came to a limit; which one follows.
STOPPED = "agent.stop."
_BUDGET = f"{STOPPED}budget"
# Those of others than its job: no limit of the job's lets such a task go on.
_OF_THE_DAY, _OF_THE_TASK = f"{STOPPED}day", f"{STOPPED}task"
_OTHERS = {"the desk's cap of ": _OF_THE_DAY, "the task's cap of ": _OF_THE_TASK}
_OUT_OF_TIME = "timeout"

# Errors of a journey begin with the step that failed, and how long it was waited for; those of a
# document with its row.
_BEFORE = re.compile(r"^(step \d+ of \d+ \(.*?\): )?(waited [\d.]+ s: )?(row [\d,]+: )?")
_AFTER = re.compile(r"[:(]")
# What a template says of a value comes after the template's name, and begins with the value, which
# is another one in each row: "template 'Letter': 'soon' is not a date; 2026-01-31 is one".
_TEMPLATE = re.compile(r"^template ('|\").*?\1: ")
_VALUE = re.compile(r"^('|\").*?\1 (is not )")
_IS_NOT = "… is not"
_NO_VALUE = re.compile(r"has no value")
_CAP = re.compile(r"^the job's cap of ")
_TIME = re.compile(r"time", re.I)

_BY_LIMIT = {_BUDGET: "raise_cap", _OF_THE_DAY: "tomorrow", _OF_THE_TASK: "task_cap"}
_BY_STATUS = {
    429: "slower",
    503: "slower",
    401: "refused",
    403: "refused",
    404: "missing",
    410: "missing",
}


def cause_of(
    *,
    poisoned: bool,
    error: str | None,
    http_status: Any,
    ended_as: Any,
    stop: Any,
    template: Any,
    addresses: Iterable[Any] = (),
) -> str:
    """Why an item failed that ended so; the others are fields of its result, whatever they are.
    `addresses` are those that it speaks of: the names of their hosts differ, too."""
    if poisoned:
        return POISONED
    if stop == "budget":
        others = (limit for said, limit in _OTHERS.items() if (error or "").startswith(said))
        return next(others, _BUDGET)
    if ended_as == _OUT_OF_TIME:
        return f"{STOPPED}{stop}"[:MAX_CAUSE_CHARS]
    if type(http_status) is int and http_status >= 400:
        return str(http_status)
    told = _BEFORE.sub("", error or "", count=1)
    if template is not None:
        # One after the other: both at once would try each end of the one with each of the other.
        told = _VALUE.sub(r"… \2", _TEMPLATE.sub("", told, count=1), count=1)
    for address in addresses:
        host = host_of(address).partition(":")[0] if isinstance(address, str) else ""
        told = told.replace(host, "…") if host else told
    return _gist(told) or UNKNOWN


def advice_of(cause: str) -> str:
    """What would help against it: a word, for which pages have sentences."""
    if cause == POISONED:
        return POISONED
    if cause.startswith(STOPPED):
        return _BY_LIMIT.get(cause, "go_on")
    if _is_status(cause):
        code = int(cause)
        return _BY_STATUS.get(code, "later" if code >= 500 else "look")
    if _CAP.match(cause):
        return "raise_cap"
    if cause.startswith(_IS_NOT):
        return "value"
    if _NO_VALUE.search(cause):
        return "no_value"
    return "timeout" if _TIME.search(cause) else "look"


def is_named(cause: str) -> bool:
    """Whether it is no error's own words: there are not many of these."""
    return cause == POISONED or _is_status(cause)


def _is_status(cause: str) -> bool:
    return len(cause) == 3 and cause.isascii() and cause.isdigit()


def _gist(told: str) -> str:
    return _AFTER.split(told, maxsplit=1)[0].strip()[:MAX_CAUSE_CHARS]


def host_of(address: str) -> str:
    """The host of an address, and its port where that is another than those of HTTP; "" where it
    has none. An item's key names its port always, its address mostly not: both are one host."""
    _, found, rest = address.partition("://")
    if not found:
        return ""
    for end in "/?#\\":
        rest = rest.partition(end)[0]
    return named_host(rest.rpartition("@")[2])


def named_host(name: str) -> str:
    """The same of a host that stands alone, as its user names it."""
    name = name.strip().lower()
    for port in _USUAL_PORTS:
        name = name.removesuffix(port)
    return name[:MAX_HOST_CHARS]
