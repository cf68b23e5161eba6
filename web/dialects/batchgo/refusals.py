"""How this dialect says no: `{"success": false, "code", "error", "message", "details", "required",
"balance"}`.

`error` is the name that the contract gives it, `code` a number from 1000 to 5999 that older clients
read (1000 and the HTTP status). `required` and `balance` are those of `insufficient_tokens`, else
null. Used by `web.dialects.shapes` for whatever is raised on the dialect's paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from msgspec.structs import replace
from werkzeug.exceptions import HTTPException

from actors.errors import PlanExceeded
from state.model import JobStatus
from web.dialects.batchgo.reasons import wrong_in_chinese
from web.dialects.batchgo.status_texts import CAUSES
from web.dialects.batchgo.statuses import status_at
from web.dialects.batchgo.texts import (
    INVALID_JSON_IN,
    NOT_SERVED,
    NOT_SUPPORTED,
    PLAN_EXCEEDED,
    REFUSALS,
    TASK_NOT_FOUND,
)
from web.dialects.languages import Language, Text
from web.dialects.refused import Refused
from web.errors import Answer, Told, WebError
from web.http import invalid
from web.validate import field_error

NUMBER_BASE = 1_000

# Codes of `web.errors` by the names that the contract has for them; the others keep theirs.
_NAMES = {
    "invalid_json": "invalid_request",
    "invalid_spec": "invalid_request",
    "not_found": "task_not_found",
    "job_deleted": "task_not_found",
    "internal": "execution_failed",
}


def task_not_found(named: str) -> Refused:
    """No task of that id, or alias, on this desk."""
    return Refused("not_found", "task_not_found", TASK_NOT_FOUND, task=named[:100])


def not_supported(field: str, why: Text) -> Refused:
    """What Nightdesk does not do, for anybody; `field` asked for it. `why` says so."""
    details = {"errors": [field_error(field, why.told("en", field=field))], "error_count": 1}
    return Refused("invalid_request", "not_supported", why, details, field=field)


def invalid_request(errors: Sequence[dict[str, Any]]) -> WebError:
    """All that is wrong with a request."""
    return invalid(errors)


def plan_exceeded(error: PlanExceeded, field: str) -> Refused:
    """`field` is what the client calls what its plan has no room for."""
    details = {**error.details, "field": field}
    return Refused("plan_exceeded", "plan_exceeded", PLAN_EXCEEDED, details, **details)


def told(error: BaseException, answer: Answer, language: Language, path: str) -> Told:
    """The whole refusal. `details.field` is the first field that is wrong, where one is; a status
    is in the words of that path."""
    answer = _with_status(answer, path)
    name, message = _said(error, answer, language)
    wrong = answer.details.get("errors")
    details = ({"field": wrong[0]["field"]} if wrong else {}) | answer.details
    said = {
        "success": False,
        "code": NUMBER_BASE + answer.status,
        "error": name,
        "message": message,
        "details": details,
        "required": details.get("required"),
        "balance": details.get("balance"),
    }
    return Told(answer.status, orjson.dumps(said))


def _text(answer: Answer) -> Text:
    if answer.code == "invalid_json" and "field" in answer.details:
        return INVALID_JSON_IN
    return CAUSES.get(answer.details.get("cause", ""), REFUSALS[answer.code])


def _with_status(answer: Answer, path: str) -> Answer:
    status = answer.details.get("status")
    if answer.code != "invalid_status" or status is None:
        return answer
    return replace(answer, details={**answer.details, "status": status_at(path, JobStatus(status))})


def _said(error: BaseException, answer: Answer, language: Language) -> tuple[str, str]:
    if isinstance(error, Refused):
        return error.name, error.told(language)
    if isinstance(error, HTTPException) and answer.code == "not_found":
        # A path of the family that nothing is served at.
        return NOT_SUPPORTED, NOT_SERVED.told(language)
    text = _text(answer)
    values = {"required": "?", "balance": "?", **answer.details, "message": answer.message}
    errors = answer.details.get("errors")
    values["wrong"] = (
        wrong_in_chinese(errors, answer.details.get("error_count", 1)) if errors else ""
    )
    return _NAMES.get(answer.code, answer.code), text.told(language, **values).rstrip("：")
