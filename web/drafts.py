"""A job as it is handed in: JSON, or a form with a text or CSV file of items; and its plan.

Pure and synchronous, so that large ones run in a thread. Every function that refuses says all that
is wrong. Called by `web.create_api`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from actors.errors import InvalidSpec
from actors.ports import ExecutorSpec, Plan, PlanLimits
from web.errors import WebError
from web.http import invalid
from web.schemas import CreateJobBody
from web.strict_json import InvalidJson, loads
from web.validate import (
    MAX_NAME_SHOWN_CHARS,
    MAX_UNKNOWN_LISTED,
    Errors,
    check_fields,
    field_error,
)

MAX_ERRORS_LISTED = 1_000


class Draft(Struct, frozen=True):
    """A job that may be made."""

    kind: str
    name: str
    lane: str
    priority: int
    start: bool
    plan: Plan


class Planner(Struct, frozen=True):
    """What every draft is checked against."""

    executors: Mapping[str, ExecutorSpec]
    limits: PlanLimits
    max_name_chars: int
    max_spec_bytes: int
    max_json_depth: int
    max_json_members: int

    def from_json(self, data: bytes) -> Any:
        """The body of a JSON request, unchecked."""
        return loads(data, max_depth=self.max_json_depth, max_members=self.max_json_members)

    def from_upload(self, job: bytes, file: bytes, filename: str) -> Any:
        """The same from a form: the part `job`, and the items read from a file."""
        value = self.from_json(job)
        if not isinstance(value, dict):
            raise invalid([field_error("job", "must be a JSON object")])
        if "items" in value:
            raise invalid([field_error("items", "comes from the file, not from the job part")])
        return {**value, "items": self._read_items(file, filename)}

    def _read_items(self, file: bytes, filename: str) -> list[Any]:
        return read_items(file, filename, self.max_json_depth, self.limits.max_items)

    def plan(self, value: Any) -> Draft:
        """Check the whole request. Raises WebError or InvalidSpec with all that is wrong."""
        fields, errors = check_fields(CreateJobBody, value)
        errors += self._check_names(fields) + self._check_spec(fields)
        executor = self.executors.get(fields.get("kind", ""))
        if "kind" in fields and executor is None:
            known = ", ".join(sorted(self.executors))
            errors.append(field_error("kind", f"unknown kind of job; there are: {known}"))
        spec_is_wrong = any(error["field"].startswith("spec") for error in errors)
        if executor is None or "items" not in fields or spec_is_wrong:
            raise invalid(errors)
        plan = self._plan(executor, fields, errors)
        body = CreateJobBody(**fields)
        return Draft(
            kind=body.kind,
            name=body.name.strip() or f"{body.kind}: {len(plan.items):,} items",
            lane=body.kind if body.lane is UNSET else body.lane,
            priority=body.priority,
            start=body.start,
            plan=plan,
        )

    def _plan(self, executor: ExecutorSpec, fields: dict[str, Any], errors: Errors) -> Plan:
        try:
            plan = executor.plan(fields.get("spec", {}), fields["items"], self.limits)
        except InvalidSpec as refusal:
            raise _with_more(refusal, errors) from None
        if errors:
            raise invalid(errors)
        return plan

    def _check_names(self, fields: Mapping[str, Any]) -> Errors:
        errors: Errors = []
        for field in ("name", "lane"):
            text = fields.get(field, "")
            if len(text) > self.max_name_chars:
                errors.append(field_error(field, f"longer than {self.max_name_chars} characters"))
            elif any(ord(char) < 32 or ord(char) == 127 for char in text):
                errors.append(field_error(field, "control characters are not allowed"))
        return errors

    def _check_spec(self, fields: Mapping[str, Any]) -> Errors:
        size_bytes = len(msgspec.json.encode(fields.get("spec", {})))
        if size_bytes <= self.max_spec_bytes:
            return []
        return [field_error("spec", f"longer than {self.max_spec_bytes} bytes ({size_bytes})")]


def _with_more(refusal: InvalidSpec, errors: Errors) -> InvalidSpec:
    if not errors:
        return refusal
    listed = (errors + list(refusal.details.get("errors", ())))[:MAX_ERRORS_LISTED]
    count = len(errors) + refusal.details.get("error_count", 0)
    return InvalidSpec(str(refusal), **{**refusal.details, "errors": listed, "error_count": count})


def read_items(file: bytes, filename: str, max_json_depth: int, max_items: int) -> list[Any]:
    """Items of a `.txt` file (a URL a line) or a `.csv` file (a header row).

    No more are read than show that there are too many, which the plan refuses.
    """
    try:
        text = file.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid([field_error("items", f"not UTF-8 (byte {error.start})")]) from None
    if filename.lower().endswith(".csv"):
        return _csv_items(text, max_json_depth, max_items)
    if filename.lower().endswith(".txt"):
        # Line by line: to split a file of nothing but line ends at once holds the interpreter.
        lines = (line.strip() for line in io.StringIO(text, newline=None))
        items = (line for line in lines if line and not line.startswith("#"))
        return list(islice(items, max_items + 1))
    raise WebError("unsupported_media_type", "the items file must be a .txt or a .csv file")


_CSV_COLUMNS = frozenset({"url", "method", "headers", "body"})
# No row is longer: the csv module's own limit of a cell, each of its characters a doubled quote.
_CSV_LINE_CHARS = 2 * len(_CSV_COLUMNS) * csv.field_size_limit()


def _csv_items(text: str, max_json_depth: int, max_items: int) -> list[Any]:
    rows = csv.reader(_csv_lines(text), strict=True)
    errors: Errors = []
    items: list[Any] = []
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        _check_header(header)
        for row in rows:
            if not any(row):
                continue
            if len(items) > max_items:
                break
            items.append(_csv_item(header, row, len(items), errors, max_json_depth))
    except csv.Error as error:
        raise invalid([field_error("items", f"line {rows.line_num}: {error}")]) from None
    if errors:
        raise InvalidSpec(
            f"{len(errors)} rows of the file are not right",
            errors=errors[:MAX_ERRORS_LISTED],
            error_count=len(errors),
        )
    return items


def _csv_lines(text: str) -> Iterator[str]:
    """The lines for the csv module, which would make one list of a line of commas in one step."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > _CSV_LINE_CHARS:
            raise csv.Error(f"line {number} is longer than a row can be")
        yield line


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in _CSV_COLUMNS]
    errors = [
        field_error("items", f"unknown column {name[:MAX_NAME_SHOWN_CHARS]!r}")
        for name in unknown[:MAX_UNKNOWN_LISTED]
    ]
    if len(unknown) > MAX_UNKNOWN_LISTED:
        errors.append(field_error("items", f"{len(unknown):,} unknown columns in all"))
    if "url" not in header:
        errors.append(field_error("items", "the first row must name a column url"))
    if len(set(header)) != len(header):
        errors.append(field_error("items", "a column is named twice"))
    if errors:
        raise invalid(errors)


def _csv_item(
    header: list[str], row: list[str], index: int, errors: Errors, max_json_depth: int
) -> Any:
    if len(row) > len(header):
        errors.append(field_error("", "more cells than the first row has names", index))
    cells: dict[str, Any] = {
        name: cell for name, cell in zip(header, row, strict=False) if cell or name == "url"
    }
    if "headers" in cells:
        try:
            cells["headers"] = loads(cells["headers"].encode(), max_depth=max_json_depth)
        except InvalidJson as error:
            errors.append(field_error("headers", f"not JSON: {error}", index))
    return cells["url"] if len(cells) == 1 and "url" in cells else cells
