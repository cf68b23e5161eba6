"""A desk's webhooks and what they have still to be told: parts of its state. Used by `state.model`
and by the rules in `actors.rules.outbox`.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

# What a webhook may be told of: how a job ended, and passes of schedules that were left out.
PASS_SKIPPED = "pass_skipped"
WEBHOOK_EVENTS = ("completed", "partially_completed", "failed", "cancelled", PASS_SKIPPED)


# What stands for a webhook where a target of the operator's is told, and where an address is that a
# job brought along.
OPERATOR = "operator:"
JOB = "job:"


class Webhook(Struct, frozen=True, forbid_unknown_fields=True):
    """An address that is told of these `events` by a signed request. `secret` names what it is
    signed with in the desk's secrets file. `last_at` is when it was last tried, `last_error` why
    that failed (None: it did not)."""

    id: str
    url: str
    events: tuple[str, ...]
    secret: str
    last_at: float | None = None
    last_error: str | None = None


class Notice(Struct, frozen=True, forbid_unknown_fields=True):
    """What a webhook has still to be told, or a target of the operator's (`of_operator`), or the
    address of a job (`of_job`): then `url`. `id` is the same in every try; `data` is what is told,
    as it was `at` the event. `next_at` is when it is tried next."""

    id: str
    webhook: str
    type: str
    at: float
    data: dict[str, Any]
    next_at: float
    attempts: int = 0
    url: str = ""

    @property
    def of_job(self) -> bool:
        """Whether it is for an address that only the one job knows of."""
        return self.webhook.startswith(JOB)

    @property
    def of_operator(self) -> bool:
        """Whether it is for the operator, of which the desk's user knows nothing."""
        return self.webhook.startswith(OPERATOR)
