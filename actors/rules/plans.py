"""The plans of a server, and what they let a desk do. Pure; used by the rules and by `web`.

An operator names the plan of a desk. One that was given none, or whose plan is no longer among the
server's, has the one named "default"; without that, nothing but the server's own limits.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from actors.errors import InvalidSpec, PlanExceeded
from actors.rules.change import Limits, PlanTier
from actors.tokens import SetPlan
from state.model import DeskState

DEFAULT = "default"
NO_LIMITS = PlanTier()


def tier_of(state: DeskState, limits: Limits) -> PlanTier:
    """What the desk may do."""
    return tier_named(state.plan, limits.plans)[1]


def tier_named(plan: str, plans: Mapping[str, PlanTier]) -> tuple[str, PlanTier]:
    """The plan that holds for a desk of `plan`, by its name ("" for none), and what it allows."""
    for name in (plan, DEFAULT):
        if name in plans:
            return name, plans[name]
    return "", NO_LIMITS


class Asked(Struct, frozen=True, kw_only=True):
    """What a job would have of what plans limit: `items` is how many it may come to have."""

    items: int
    concurrency: int
    priority: int


def check(state: DeskState, asked: Asked, limits: Limits) -> None:
    """Raises PlanExceeded for a job that the desk's plan has no room for."""
    check_plan(state.plan, asked, limits.plans)


def check_plan(named: str, asked: Asked, plans: Mapping[str, PlanTier]) -> None:
    """The same for a desk of the plan of that name."""
    plan, tier = tier_named(named, plans)
    compared = [
        ("items", asked.items, tier.max_items),
        ("concurrency", asked.concurrency, tier.max_concurrency),
        ("priority", asked.priority, tier.max_priority),
    ]
    for field, value, limit in compared:
        if limit is not None and value > limit:
            said = f"the plan {plan!r} allows {field} up to {limit:,}, and this has {value:,}"
            raise PlanExceeded(said, plan=plan, field=field, limit=limit, value=value)


def chosen(state: DeskState, command: SetPlan, limits: Limits) -> DeskState:
    """With another plan. Raises InvalidSpec for one that the server has not."""
    if command.plan and command.plan not in limits.plans:
        known = ", ".join(sorted(limits.plans)) or "none"
        reason = f"there is no plan {command.plan!r} here; there are: {known}"
        errors = [{"index": None, "field": "plan", "reason": reason}]
        raise InvalidSpec(f"plan: {reason}", errors=errors, error_count=1)
    return replace(state, plan=command.plan)
