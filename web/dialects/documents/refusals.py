"""How this dialect says no: `{"success": false, "error": {"code", "message", "details"}}`.

`code` is the contract's word for it (`VALIDATION_ERROR`, `TASK_NOT_FOUND`, `CONFLICT`, ...). Used
by `web.dialects.shapes` for whatever is raised on the dialect's paths.
"""

from __future__ import annotations

import orjson
from werkzeug.exceptions import HTTPException

from web.dialects.documents.texts import (
    DATA_SOURCE_NOT_FOUND,
    NO_DOCUMENT,
    NOT_SERVED,
    NOTHING_TO_DOWNLOAD,
    PREVIEW_NOT_FOUND,
    PREVIEW_TOO_LARGE,
    TASK_NOT_FOUND,
    TEMPLATE_NOT_FOUND,
)
from web.dialects.house_texts import REFUSALS
from web.dialects.languages import Language
from web.dialects.refused import Refused
from web.errors import Answer, Told

# The contract's codes by those of `web.errors`; what is not among them is told in capitals.
_NAMES = {
    "invalid_json": "VALIDATION_ERROR",
    "invalid_request": "VALIDATION_ERROR",
    "invalid_spec": "VALIDATION_ERROR",
    "unsupported_media_type": "VALIDATION_ERROR",
    "not_found": "TASK_NOT_FOUND",
    "job_deleted": "TASK_NOT_FOUND",
    "invalid_status": "CONFLICT",
    "lane_busy": "CONFLICT",
    "idempotency_conflict": "CONFLICT",
    "journeys_changed": "CONFLICT",
    "template_changed": "CONFLICT",
    "entry_changed": "CONFLICT",
    "internal": "GENERATION_FAILED",
}
# The statuses that the contract has for its codes, where those of the house are finer.
_STATUSES = {"VALIDATION_ERROR": 400, "TASK_NOT_FOUND": 404, "CONFLICT": 409}


def task_not_found(named: str) -> Refused:
    """No task of that id on this desk."""
    return Refused("not_found", "TASK_NOT_FOUND", TASK_NOT_FOUND, task=named[:100])


def template_not_found(named: str) -> Refused:
    """No template of that id on this desk."""
    return Refused("not_found", "TEMPLATE_NOT_FOUND", TEMPLATE_NOT_FOUND, template=named[:100])


def data_source_not_found(named: str) -> Refused:
    """No table of that id on this desk."""
    return Refused("not_found", "DATA_SOURCE_NOT_FOUND", DATA_SOURCE_NOT_FOUND, source=named[:100])


def preview_not_found() -> Refused:
    """What somebody wanted to look at is kept no longer, or never was."""
    return Refused("not_found", "PREVIEW_NOT_FOUND", PREVIEW_NOT_FOUND)


def preview_too_large(name: str) -> Refused:
    """A document that is made, and that nobody can look at before its task is."""
    return Refused("invalid_request", "VALIDATION_ERROR", PREVIEW_TOO_LARGE, document=name[:200])


def nothing_to_download(done: int, total: int) -> Refused:
    """A download of a task that has made nothing yet; the contract's status is 500."""
    details = {"done": done, "total": total}
    return Refused(
        "internal", "DOWNLOAD_FAILED", NOTHING_TO_DOWNLOAD, details, done=done, total=total
    )


def no_document(document: str) -> Refused:
    """A download of one document that the task has not, or has not made."""
    return Refused("not_found", "DOWNLOAD_FAILED", NO_DOCUMENT, document=document[:100])


def told(error: BaseException, answer: Answer, language: Language) -> Told:
    """The whole refusal. `details.field` is the first field that is wrong, where one is."""
    wrong = answer.details.get("errors")
    details = ({"field": wrong[0]["field"]} if wrong else {}) | answer.details
    name, message = _said(error, answer, language)
    said = {"success": False, "error": {"code": name, "message": message, "details": details}}
    return Told(_STATUSES.get(name, answer.status), orjson.dumps(said))


def _said(error: BaseException, answer: Answer, language: Language) -> tuple[str, str]:
    if isinstance(error, Refused):
        return error.name, error.told(language)
    if isinstance(error, HTTPException) and answer.code == "not_found":
        # A path of the family that nothing is served at.
        return "NOT_FOUND", NOT_SERVED.told(language)
    name = _NAMES.get(answer.code, answer.code.upper())
    return name, REFUSALS[answer.code].told(language, message=answer.message)
