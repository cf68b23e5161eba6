"""How a job may ask a host, as its user says: a value, kept with the job."""

from __future__ import annotations

from msgspec import Struct


class HostPace(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """At most `max_in_flight` of the job's items at that host at once (0: as many as the job has),
    and `delay_s` from the start of one to that of the next. What the host itself has asked for
    holds besides."""

    max_in_flight: int = 0
    delay_s: float = 0.0
