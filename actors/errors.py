"""The closed tree of what a desk answers when it does not do what was asked.

`web.errors` holds the table from these to HTTP. `code` is the wire's `error.code`.
"""

from __future__ import annotations

from typing import Any


class ActorError(Exception):
    """Root. `details` is JSON-ready and safe to show."""

    code = "error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class NotFound(ActorError):
    """No such desk or job for this caller."""

    code = "not_found"


class InvalidStatus(ActorError):
    """The job's status does not allow that command (409). `details`: the job's `status`, and as
    `cause` what cannot be done to it or why (CAUSES), for who tells it in words of their own."""

    code = "invalid_status"

    CAUSES = frozenset(
        {
            # It cannot be that in its status.
            *("started", "paused", "resumed", "cancelled", "retried"),
            # There is one of that id; it was a schedule; no item is left or failed; it has been
            # begun again since its items were looked through; it is making files.
            *("id_taken", "schedule_ended", "nothing_to_retry", "begun_again", "files_in_use"),
        }
    )


class InvalidSpec(ActorError):
    """The job was refused at create: `details["errors"]` lists all of [{index, field, reason}].

    `index` is None where the spec itself, not an item, is at fault. At most 1,000 are listed;
    `details["error_count"]` says how many there were.
    """

    code = "invalid_spec"


class LimitReached(ActorError):
    """A limit of the desk (jobs, items) would be passed (409)."""

    code = "limit_reached"


class LaneBusy(ActorError):
    """Another job of the lane has not ended, and this one was to be alone (409)."""

    code = "lane_busy"


class JourneysChanged(ActorError):
    """The desk's journeys are not those that were to be replaced (409): read them again."""

    code = "journeys_changed"


class TemplateNotFound(ActorError):
    """The desk's library has no such template (404)."""

    code = "template_not_found"


class TemplateChanged(ActorError):
    """The template is not the version that was to be replaced (409): read it again."""

    code = "template_changed"


class DataSourceNotFound(ActorError):
    """The desk's library has no such table (404)."""

    code = "data_source_not_found"


class PictureNotFound(ActorError):
    """The desk's library has no such picture (404)."""

    code = "picture_not_found"


class PresetNotFound(ActorError):
    """The desk's library has no such preset (404)."""

    code = "preset_not_found"


class CharacterNotFound(ActorError):
    """The desk's library has no such character (404)."""

    code = "character_not_found"


class ModelNotFound(ActorError):
    """The desk's library has no such model (404)."""

    code = "model_not_found"


class EntryChanged(ActorError):
    """The preset or the character is not the one that was to be replaced (409): read it again."""

    code = "entry_changed"


class InsufficientTokens(ActorError):
    """The desk has fewer tokens than this costs (402). `details`: `required` and `balance` (what is
    free to be spent on it)."""

    code = "insufficient_tokens"


class PlanExceeded(ActorError):
    """The desk's plan does not allow it (403). `details`: `plan`, `field`, its `limit` and the
    `value` that passes it."""

    code = "plan_exceeded"


class IdempotencyConflict(ActorError):
    """The key was used before with another request (409)."""

    code = "idempotency_conflict"


class JobGone(ActorError):
    """The key's first answer was a job that has been deleted since (410)."""

    code = "job_deleted"


class NoLink(ActorError):
    """A user's desk and `local` have no address that could be replaced (409)."""

    code = "no_link"


class MailboxFull(ActorError):
    """The desk has too many commands waiting (429, retry soon)."""

    code = "mailbox_full"


class DeskUnavailable(ActorError):
    """The desk is parked, restarting, stopping or unreadable (503)."""

    code = "desk_unavailable"


class StorageUnavailable(ActorError):
    """The command could not be made durable and was not done (503; 507 when `full`)."""

    code = "storage_unavailable"


def cause_of(error: BaseException) -> BaseException:
    """What lies in a group of one, which a nursery makes of what its child raised."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
