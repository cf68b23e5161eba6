"""The body that makes a task, by all names that clients have for its fields. Pure.

What a setting may be is for the plan of the job to say (`planning`): here it is passed on under the
name that the executor has for it. What nobody knows is told and does no harm.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct

from executors.documents.formats import FORMATS
from executors.problems import (
    Reason,
    Rule,
    boolean_reason,
    choice_reason,
    integer_reason,
    number_reason,
    text_reason,
)
from executors.urls import parse_url
from web.dialects.documents.paths import Family
from web.dialects.documents.wanted import Wanted
from web.dialects.fields import Fields
from web.validate import Errors

# The contract's.
DEFAULT_TIMEOUT_S = 30.0

_MODES = ("sequential", "parallel")
_MAX_ID_CHARS = 64
_MAX_ZIP_NAME_CHARS = 200
_MAX_ADDRESS_CHARS = 2_000
_MAX_TIMEOUT_S = 3_600.0
_MAX_BATCH = 10**9

# The fields of the executor's spec -> the contract's names.
_NAMES = {
    "templates": "templateIds",
    "data_source": "dataSourceId",
    "format": "outputFormat",
    "mode": "mode",
    "mappings": "mappings",
}
_OPTIONS = {
    "concurrency": "concurrency",
    "timeout_s": "timeoutMs",
    "retries": "retries",
    "file_name": "fileName",
    "stop_on_failure": "continueOnError",
    "missing": "missing",
    "locale": "locale",
}
_FILTERS = {"filter": "condition", "limit": "limit"}


class Read(Struct, frozen=True):
    """A task that was read, as far as it could be: what is wrong with it is in `errors`."""

    wanted: Wanted
    errors: Errors


def read_task(value: dict[str, Any], family: Family, max_concurrency: int) -> Read:
    """Those of family C start by themselves."""
    errors: Errors = []
    return Read(_Reading(value, errors, max_concurrency).wanted(start=family == "C"), errors)


class _Reading:
    """The parts of one body. Used up by `wanted`."""

    def __init__(self, value: dict[str, Any], errors: Errors, max_concurrency: int) -> None:
        self._errors = errors
        self._max_concurrency = max_concurrency
        self._task = Fields(value, errors)
        self._options = self._inner("options")
        self._filters = self._inner("filters")
        self._told = self._inner("notification")

    def wanted(self, *, start: bool) -> Wanted:
        spec = {**self._of_task(), **self._of_options(), **self._of_filters()}
        parts = (self._task, self._options, self._filters)
        return Wanted(
            spec={name: value for name, value in spec.items() if value is not None},
            rows=self._rows(spec["data_source"]),
            name=self._task.checked("name", rule=_any_text_reason, default=""),
            zip_name=self._zip_name(),
            notify=self._notify(),
            written=self._written(),
            ignored=tuple(name for part in (*parts, self._told) for name in part.unknown()),
            start=start,
        )

    def _inner(self, name: str) -> Fields:
        value = self._task.checked(name, rule=_object_reason, default={})
        return Fields(value, self._errors, f"{name}.")

    def _needed(self, name: str, rule: Rule, otherwise: Any) -> Any:
        faults = self._task.faults
        found = self._task.checked(name, rule=rule)
        if found is UNSET and self._task.faults == faults:
            self._task.wrong(name, "is missing")
        return otherwise if found is UNSET else found

    def _of_task(self) -> dict[str, Any]:
        task, options = self._task, self._options
        parallel = options.checked("parallelProcessing", rule=boolean_reason, default=False)
        return {
            "templates": self._needed("templateIds", _ids_reason, []),
            "data_source": task.checked("dataSourceId", rule=_id_reason, default=None),
            "format": self._needed("outputFormat", _format_reason, None),
            "mode": task.checked(
                "mode", rule=_mode_reason, default="parallel" if parallel else "sequential"
            ),
            "mappings": task.take("mappings", default=None),
        }

    def _of_options(self) -> dict[str, Any]:
        options = self._options
        return {
            "concurrency": self._concurrency(),
            "timeout_s": self._timeout_s(),
            "retries": options.take("retries", "retryCount", default=None),
            "file_name": self._file_name(),
            "stop_on_failure": not options.checked(
                "continueOnError", rule=boolean_reason, default=True
            ),
            "missing": options.take("missing", default=None),
            "locale": options.take("locale", default=None),
        }

    def _of_filters(self) -> dict[str, Any]:
        # Forms of clients send an empty one where none was written.
        condition = self._filters.take("condition", default=None)
        blank = isinstance(condition, str) and not condition.strip()
        limit = self._filters.take("limit", default=None)
        return {"filter": None if blank else condition, "limit": limit}

    def _concurrency(self) -> Any:
        """A client's batch is how many it wants at work; one larger than we have room for is no
        mistake of its user."""
        batch = self._options.checked("batchSize", rule=_batch_reason, default=None)
        cut = None if batch is None else min(batch, self._max_concurrency)
        return self._options.take("concurrency", "maxConcurrency", default=cut)

    def _timeout_s(self) -> Any:
        seconds = self._options.checked("timeout", rule=_seconds_reason, default=DEFAULT_TIMEOUT_S)
        ms = self._options.checked("timeoutMs", rule=_ms_reason, default=None)
        return seconds if ms is None else ms / 1_000

    def _file_name(self) -> Any:
        """Some write the ending too, which every document gets anyway."""
        pattern = self._options.take("fileName", "fileNameTemplate", default=None)
        if isinstance(pattern, str):
            stem, dot, suffix = pattern.rpartition(".")
            return stem if dot and suffix.lower() in FORMATS else pattern
        return pattern

    def _zip_name(self) -> str:
        # Archives are made when they are asked for, with or without this.
        self._options.checked("createZip", rule=boolean_reason)
        name: str = self._options.checked("zipFileName", rule=_zip_name_reason, default="")
        return name

    def _notify(self) -> str:
        self._told.checked("email", rule=_email_reason)
        address: str = self._told.checked("webhook", rule=_webhook_reason, default="")
        return address.strip()

    def _rows(self, source: str | None) -> list[Any] | None:
        """None where they are those of the data source; an empty list is not what anybody means who
        names one."""
        faults = self._task.faults
        rows: list[Any] | None = self._task.checked("data", rule=_list_reason, default=None)
        if rows or self._task.faults > faults:
            return rows
        if source is None:
            self._task.wrong("data", "is missing, and so is dataSourceId")
        return None

    def _written(self) -> dict[str, str]:
        """How the client writes the fields of the spec."""
        parts = ((self._task, _NAMES), (self._options, _OPTIONS), (self._filters, _FILTERS))
        written = {
            ours: fields.called(name) for fields, names in parts for ours, name in names.items()
        }
        if "timeoutMs" not in self._options.written and "timeout" in self._options.written:
            written["timeout_s"] = self._options.called("timeout")
        return written


def _object_reason(value: object) -> Reason:
    return None if isinstance(value, dict) else "must be an object"


def _list_reason(value: object) -> Reason:
    return None if isinstance(value, list) else "must be a list of rows"


def _ids_reason(value: object) -> Reason:
    if not isinstance(value, list) or not value:
        return "must be a list of ids of templates"
    return next((reason for reason in map(_id_reason, value) if reason is not None), None)


def _id_reason(value: object) -> Reason:
    return text_reason(value, _MAX_ID_CHARS)


def _format_reason(value: object) -> Reason:
    return choice_reason(value, FORMATS)


def _mode_reason(value: object) -> Reason:
    return choice_reason(value, _MODES)


def _any_text_reason(value: object) -> Reason:
    """How long it may be is for the plan to say."""
    return None if isinstance(value, str) else "must be a text"


def _zip_name_reason(value: object) -> Reason:
    return None if value == "" else text_reason(value, _MAX_ZIP_NAME_CHARS)


def _webhook_reason(value: object) -> Reason:
    if value == "" or (reason := text_reason(value, _MAX_ADDRESS_CHARS)) is not None:
        return None if value == "" else reason
    try:
        parse_url(str(value).strip())
    except ValueError as error:
        return str(error)
    return None


def _email_reason(value: object) -> Reason:
    return None if value == "" else "cannot be told: this server sends no mail; name a webhook"


def _batch_reason(value: object) -> Reason:
    return integer_reason(value, 1, _MAX_BATCH)


def _seconds_reason(value: object) -> Reason:
    return number_reason(value, 0.1, _MAX_TIMEOUT_S, "seconds")


def _ms_reason(value: object) -> Reason:
    return number_reason(value, 100, _MAX_TIMEOUT_S * 1_000, "milliseconds")
