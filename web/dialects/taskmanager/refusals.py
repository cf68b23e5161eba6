"""How this dialect says no: `{"status": {"code", "message"}, "message", "error", "details"}`.

`code` is the HTTP status. Used by `web.dialects.shapes` for whatever is raised on its paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from werkzeug.exceptions import HTTPException

from state.model import Job, JobStatus
from web.dialects.house_texts import REFUSALS
from web.dialects.languages import Language
from web.dialects.refused import Refused
from web.dialects.taskmanager.library_texts import (
    CHARACTER_NOT_FOUND,
    CHARACTER_THERE,
    CONFIG_NOT_FOUND,
    NO_TAGS,
    NOT_A_FILE,
)
from web.dialects.taskmanager.schemas import ManagerFailure, ManagerRefusal
from web.dialects.taskmanager.status_texts import CAUSES, WORDS
from web.dialects.taskmanager.texts import (
    COOKIE_UNREADABLE,
    NOT_RESTARTABLE,
    NOT_SERVED,
    TASK_NOT_FOUND,
)
from web.dialects.taskmanager.view import word_of
from web.errors import Answer, Told
from web.reasons import in_chinese

# Of what is wrong with a request the text names so many: pages show nothing else of it.
_TOLD = 3


def task_not_found(named: str) -> Refused:
    """No task of that id on this desk."""
    return Refused("not_found", "not_found", TASK_NOT_FOUND, task=named[:100])


def config_not_found(named: str) -> Refused:
    """No saved config of that id or name."""
    code = "preset_not_found"
    return Refused(code, code, CONFIG_NOT_FOUND, config=named[:100])


def not_a_file() -> Refused:
    """A file on the server's disk was named."""
    return Refused("invalid_request", "invalid_request", NOT_A_FILE)


def character_not_found(named: str) -> Refused:
    """No character of that id or name."""
    code = "character_not_found"
    return Refused(code, code, CHARACTER_NOT_FOUND, character=named[:100])


def character_is_there(named: str) -> Refused:
    """This system's pages find a character by its name: there are no two of one."""
    return Refused("entry_changed", "entry_changed", CHARACTER_THERE, character=named[:100])


def no_tags(count: int) -> Refused:
    """Nothing that a character could be made of."""
    return Refused("invalid_request", "invalid_request", NO_TAGS, count=count)


def not_restartable(job: Job) -> Refused:
    """A start of what was cancelled for good."""
    details = {"status": job.status, "cause": "cancelled"}
    return Refused("invalid_status", "invalid_status", NOT_RESTARTABLE, details)


def cookie_unreadable() -> Refused:
    """The operator's file with a cookie has become unfit while the server ran."""
    return Refused("storage_unavailable", "storage_unavailable", COOKIE_UNREADABLE)


def told(error: BaseException, answer: Answer, language: Language) -> Told:
    """The whole refusal."""
    message = _said(error, answer, language)
    said = ManagerRefusal(
        status=ManagerFailure(code=answer.status, message=message),
        message=message,
        error=answer.code,
        details=answer.details,
    )
    return Told(answer.status, msgspec.json.encode(said))


def _said(error: BaseException, answer: Answer, language: Language) -> str:
    if isinstance(error, Refused):
        return error.told(language)
    if isinstance(error, HTTPException) and answer.code == "not_found":
        # A path of the family that nothing is served at.
        return NOT_SERVED.told(language)
    if answer.code == "invalid_status" and answer.details.get("cause") in CAUSES:
        return _refused_by_status(answer.details, language)
    wrong = answer.details.get("errors")
    message = _named(wrong, language) if wrong else answer.message
    return REFUSALS[answer.code].told(language, message=message)


def _refused_by_status(details: dict[str, Any], language: Language) -> str:
    status = WORDS[word_of(JobStatus(details["status"]))].told(language)
    return CAUSES[details["cause"]].told(language, status=status)


def _named(wrong: Sequence[dict[str, Any]], language: Language) -> str:
    """The pages show one line, so it names what is wrong."""
    told = [f"{each['field']}: {reason_in(language, each['reason'])}" for each in wrong[:_TOLD]]
    more = len(wrong) - len(told)
    return "; ".join(told) + (f" (+{more:,})" if more else "")


def reason_in(language: Language, reason: str) -> str:
    """In Chinese where it has words for that."""
    return (in_chinese(reason) or reason) if language == "zh" else reason
