"""How this dialect says no: `{"success": false, "message", "error_code"}`.

Older pages throw at any status that is not 2xx and lose the message, so what a person should read
is 200. What no page can help (a bad session, another origin, floods, a server in trouble) keeps its
status. Used by `web.dialects.shapes` for whatever is raised on the dialect's paths.
"""

from __future__ import annotations

from typing import Any

import orjson
from werkzeug.exceptions import HTTPException

from web.dialects.background.texts import BAD_SESSION, REFUSALS
from web.dialects.languages import Language, Text
from web.errors import Answer, Told, WebError, answer_of

# Codes of `web.errors` that are for people to read.
SPOKEN = frozenset(
    {
        "invalid_json",
        "invalid_request",
        "invalid_spec",
        "insufficient_tokens",
        "plan_exceeded",
        "invalid_status",
        "limit_reached",
        "no_link",
        "lane_busy",
        "journeys_changed",
        "idempotency_conflict",
        "job_deleted",
        "files_damaged",
        "storage_full",
    }
)
# Codes of ours that these pages know, or would guess, by another name.
_RENAMED = {"lane_busy": "already_running", "invalid_spec": "invalid_tasks"}


class Refused(WebError):
    """What the dialect itself refuses: `code` is what the rest of the house calls it, `error_code`
    and `text` are what the page is told."""

    def __init__(self, code: str, error_code: str, text: Text, **values: object) -> None:
        super().__init__(code, text.told("en", **values))
        self.error_code = error_code
        self._text = text
        self._values = values

    def told(self, language: Language) -> str:
        return self._text.told(language, **self._values)


def told(error: BaseException, answer: Answer, language: Language) -> Told:
    """The whole refusal. A desk that is not there (any more) is a session that is none."""
    if answer.code == "not_found" and not isinstance(error, HTTPException):
        answer = answer_of(WebError("unauthorized", BAD_SESSION.en))
    said: dict[str, Any] = {"success": False}
    if isinstance(error, Refused):
        said |= {"message": error.told(language), "error_code": error.error_code}
    else:
        message = REFUSALS[answer.code].told(language, message=answer.message)
        said |= {"message": message, "error_code": _RENAMED.get(answer.code, answer.code)}
    if "errors" in answer.details:
        said["errors"] = answer.details["errors"]
    return Told(200 if answer.code in SPOKEN else answer.status, orjson.dumps(said))
