"""A job as it is handed in: JSON, or a form with a file of items; and its plan.

Pure and synchronous, so that large ones run in a thread. Every function that refuses says all that
is wrong. Called by `web.create_api`, `web.journeys` and `web.documents`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from unicodedata import category

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from actors.errors import InvalidSpec
from actors.ports import ExecutorSpec, Plan, PlanLimits
from actors.ports.calendar import Calendar
from executors.tables.rows import Line
from state.schedules import Schedule
from web.deps import WebDeps
from web.http import invalid
from web.prices import Prices
from web.schedules import errors_in, schedule_of
from web.schemas import CreateJobBody
from web.strict_json import loads
from web.uploads import MAX_ERRORS_LISTED, ReadItems, read_items
from web.validate import Errors, check_fields, field_error

# Controls and ends of lines and paragraphs: no name needs them. Directions some scripts do.
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})


class Given(Protocol):
    """What a request is given besides what it says itself: from the desk's library, from folders.
    `rows` are its items; None where it has them itself. `ids` are the templates that it uses."""

    @property
    def rows(self) -> Sequence[Any] | None: ...
    @property
    def ids(self) -> tuple[str, ...]: ...
    def completed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The spec for the plan."""


class Draft(Struct, frozen=True):
    """A job that may be made. `numbered`: its name is nobody's choice, and is to differ."""

    kind: str
    name: str
    numbered: bool
    lane: str
    priority: int
    start: bool
    plan: Plan
    schedule: Schedule | None


class Planner(Struct, frozen=True):
    """What every draft is checked against."""

    executors: Mapping[str, ExecutorSpec]
    limits: PlanLimits
    max_name_chars: int
    max_spec_bytes: int
    max_json_depth: int
    max_json_members: int
    prices: Prices
    calendar: Calendar

    def from_json(self, data: bytes) -> Any:
        """The body of a JSON request, unchecked."""
        return loads(data, max_depth=self.max_json_depth, max_members=self.max_json_members)

    def from_upload(self, job: bytes, lines: Iterable[Line]) -> tuple[Any, ReadItems]:
        """The same from a form: the part `job`, and the items read from a file."""
        value = self.from_json(job)
        if not isinstance(value, dict):
            raise invalid([field_error("job", "must be a JSON object")])
        if "items" in value:
            raise invalid([field_error("items", "comes from the file, not from the job part")])
        found = read_items(lines, self.max_json_depth, self.limits.max_items)
        return {**value, "items": found.items}, found

    def plan(
        self, value: Any, found: ReadItems | None = None, supplies: Given | None = None
    ) -> Draft:
        """Check the whole request, whose items were `found` in a file, and which is given
        `supplies`. Raises WebError or InvalidSpec with all that is
        wrong."""
        if supplies is not None and supplies.rows is not None and isinstance(value, Mapping):
            value = {**value, "items": supplies.rows}
        fields, errors = check_fields(CreateJobBody, value)
        errors += self.name_problems(fields) + self.spec_problems(fields)
        if (given := fields.get("schedule")) is not None:
            errors += errors_in(given, self.calendar, "schedule.")
        executor = self.executors.get(fields.get("kind", ""))
        if "kind" in fields and executor is None:
            known = ", ".join(sorted(self.executors))
            errors.append(field_error("kind", f"unknown kind of job; there are: {known}"))
        spec_is_wrong = any(error["field"].startswith("spec") for error in errors)
        if executor is None or "items" not in fields or spec_is_wrong:
            raise invalid(errors)
        spec = fields.get("spec", {})
        if supplies is not None:
            spec = supplies.completed(spec)
        plan = self._plan(executor, spec, fields["items"], errors, found)
        body = CreateJobBody(**fields)
        return Draft(
            kind=body.kind,
            name=body.name.strip() or _name_of(body.kind, len(plan.items)),
            numbered=body.numbered or not body.name.strip(),
            lane=body.kind if body.lane is UNSET else body.lane,
            priority=body.priority,
            start=body.start,
            plan=plan,
            schedule=None if body.schedule is None else schedule_of(body.schedule),
        )

    def _plan(
        self,
        executor: ExecutorSpec,
        spec: Mapping[str, Any],
        items: Sequence[Any],
        errors: Errors,
        found: ReadItems | None,
    ) -> Plan:
        try:
            plan = executor.plan(spec, items, self.limits)
        except InvalidSpec as refusal:
            placed = refusal if found is None else found.placed(refusal)
            raise _with_more(placed, errors) from None
        if errors:
            raise invalid(errors)
        price = self.prices.price_of_kind(executor.kind, len(plan.items))
        return replace(plan, price_tokens=price)

    def name_problems(self, fields: Mapping[str, Any]) -> Errors:
        """What is wrong with a job's name and lane, of those that there are."""
        errors: Errors = []
        for field in ("name", "lane"):
            text = fields.get(field, "")
            if len(text) > self.max_name_chars:
                errors.append(field_error(field, f"longer than {self.max_name_chars} characters"))
            elif any(category(char) in _CONTROLS for char in text):
                errors.append(field_error(field, "control characters are not allowed"))
        return errors

    def spec_problems(self, fields: Mapping[str, Any], name: str = "spec") -> Errors:
        """Whether the field of that name is too long."""
        size_bytes = len(msgspec.json.encode(fields.get(name, {})))
        if size_bytes <= self.max_spec_bytes:
            return []
        return [field_error(name, f"longer than {self.max_spec_bytes} bytes ({size_bytes})")]


def planner_of(deps: WebDeps) -> Planner:
    """The one that keeps this server's limits."""
    settings = deps.settings
    return Planner(
        executors=deps.executors,
        limits=PlanLimits(
            max_items=settings.max_items,
            max_url_bytes=settings.max_url_bytes,
            max_concurrency=settings.max_concurrency,
            max_body_read_bytes=settings.max_response_bytes,
            max_journey_steps=settings.max_journey_steps,
            crawl_without_robots=settings.crawl_without_robots,
        ),
        max_name_chars=settings.max_name_chars,
        max_spec_bytes=settings.max_spec_bytes,
        max_json_depth=settings.max_json_depth,
        max_json_members=settings.max_json_members,
        prices=settings.prices,
        calendar=deps.calendar,
    )


def _with_more(refusal: InvalidSpec, errors: Errors) -> InvalidSpec:
    if not errors:
        return refusal
    listed = (errors + list(refusal.details.get("errors", ())))[:MAX_ERRORS_LISTED]
    count = len(errors) + refusal.details.get("error_count", 0)
    return InvalidSpec(str(refusal), **{**refusal.details, "errors": listed, "error_count": count})


def _name_of(kind: str, items_n: int) -> str:
    """What a job is called that nobody has named."""
    return f"{kind}: {items_n:,} {'item' if items_n == 1 else 'items'}"
