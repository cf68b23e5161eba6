"""What kinds of jobs there are, and what a job would be, as methods of `Client`: a part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nightdesk.client.blocking_logs import Logs
from nightdesk.client.forms import Asked, Estimate, FormsAddress, Kind


class Forms(Logs):
    """Asks by `_ask`, which the client has."""

    _address: FormsAddress

    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of jobs that the server does, and what may be asked of them."""
        return (self._ask(self._address.kinds())).kinds

    def estimate(
        self,
        items: Sequence[str | Mapping[str, Any]],
        *,
        kind: str = "fetch",
        spec: Mapping[str, Any] | None = None,
    ) -> Estimate:
        """What a job of these items would be; nothing is made. Refused as `submit` would be."""
        return self._ask(self._address.estimate(items, kind, spec))

    def estimate_file(
        self,
        file_name: str,
        data: bytes,
        *,
        sheet: str | None = None,
        kind: str = "fetch",
        spec: Mapping[str, Any] | None = None,
    ) -> Estimate:
        """The same of a file that the server reads."""
        return self._ask(self._address.estimate_file(file_name, data, sheet, kind, spec))

    def asked(self, job_id: str) -> Asked:
        """What a job was asked for, to be asked for again with changes."""
        return self._ask(self._address.asked(job_id))
