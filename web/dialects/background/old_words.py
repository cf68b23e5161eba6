"""The desk's journeys as the page's own list of tasks told them. Pure; read-only on the wire."""

from __future__ import annotations

from state.journeys import Journey
from web.dialects.background.schemas import OldTask
from web.dialects.background.texts import COMPLETED, EXPIRED, OPEN, OPENS
from web.dialects.languages import Language
from web.views import wire_time_or_none


def old_task(journey: Journey, now: float, language: Language) -> OldTask:
    """Pages leave out what `info_text` calls expired, or not open yet."""
    return OldTask(
        run_name=journey.name,
        status=1 if journey.completed else 0,
        start_time=wire_time_or_none(journey.not_before) or "",
        end_time=wire_time_or_none(journey.expires_at) or "",
        info_text=_info(journey, now, language),
        run_coords=list(journey.path or ()),
    )


def _info(journey: Journey, now: float, language: Language) -> str:
    if journey.expires_at is not None and journey.expires_at <= now:
        return EXPIRED.told(language)
    if journey.not_before is not None and journey.not_before > now:
        return OPENS.told(language, at=wire_time_or_none(journey.not_before))
    return (COMPLETED if journey.completed else OPEN).told(language)
