"""The bodies of the older paths: a task and its settings side by side, in either spelling. Pure.

What asks for made-up traffic is refused for what it is; what pages send along and means nothing
here is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from executors.problems import choice_reason
from web.dialects.batchgo import texts
from web.dialects.batchgo.bodies import Read, cycles_of
from web.dialects.batchgo.modes import Modes, unknown
from web.dialects.batchgo.naming import alias_reason
from web.dialects.batchgo.refusals import invalid_request, not_supported
from web.dialects.batchgo.schemas import Mode
from web.dialects.batchgo.wanted import Wanted
from web.dialects.fields import Fields, both
from web.validate import Errors, field_error

ID_NAMES = ("task_id", "taskId", "id")

# They count what the other fields say, say when something was asked, or were checked elsewhere.
_PASSED_OVER = (
    *both("proxy_validated"),
    *both("actual_total_visits"),
    *both("url_visits"),
    *both("user_id"),
    "timestamp",
    "t",
)
_DAILY = (*both("daily_clicks"), *both("daily_target"))
_IDENTITIES = (
    *both("random_user_agent"),
    *both("rotate_identity"),
    *both("identity_per_visit"),
    "fingerprint",
    "fingerprints",
)
_REFERERS = ("social", "custom")


def read_start(value: Mapping[str, Any], mode: Mode, modes: Modes) -> Read:
    """A start by that mode. Raises Refused for what is not done for anybody."""
    refuse_forged(value)
    errors: Errors = []
    fields = Fields(value, errors)
    fields.drop(*_PASSED_OVER)
    fields.drop("type", "mode")
    _referer(fields)
    settings = modes.settings(mode, fields)
    wanted = Wanted(
        settings=settings,
        urls=fields.take("urls", default=None),
        name=fields.take("name", default=""),
        priority=fields.take("priority", default=0),
        cycles=cycles_of(fields, "cycles", *both("cycle_count")),
        alias=fields.checked(*ID_NAMES, rule=alias_reason, default=None),
    )
    if "urls" not in fields.written:
        fields.wrong("urls", "is missing")
    fields.done(lambda name: unknown(mode, name))
    return Read(wanted, start=True, errors=errors)


def refuse_forged(value: Mapping[str, Any]) -> None:
    """Raises Refused (`not_supported`) where a body asks for made-up traffic."""
    for names, why in ((_DAILY, texts.DAILY_CLICKS), (_IDENTITIES, texts.IDENTITIES)):
        for name in names:
            if value.get(name) not in (None, False, 0, ""):
                raise not_supported(name, why)


def _referer(fields: Fields) -> None:
    """A referer of the user's own is a header like any other; one of a social network is not."""
    option = fields.checked(
        *both("referer_option"), rule=lambda value: choice_reason(value, _REFERERS), default=None
    )
    social = fields.take(*both("selected_social_media"), default="")
    if option == "social" and social != "":
        raise not_supported(fields.called("referer_option"), texts.SOCIAL_REFERER)


def task_id_of(*places: Mapping[str, Any]) -> str:
    """The id that a request names, in its query or body. Raises WebError."""
    errors: Errors = []
    for place in places:
        found = Fields(place, errors).checked(*ID_NAMES, rule=alias_reason)
        if errors:
            raise invalid_request(errors)
        if found is not UNSET:
            return str(found)
    raise invalid_request([field_error("taskId", "is missing")])
