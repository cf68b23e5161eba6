"""What kinds of jobs there are, and what a job would be, as methods of `AsyncClient`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nightdesk.client.aio_logs import AsyncLogs
from nightdesk.client.forms import Asked, Estimate, FormsAddress, Kind


class AsyncForms(AsyncLogs):
    """Asks by `_ask`, which the client has."""

    _address: FormsAddress

    async def kinds(self) -> tuple[Kind, ...]:
        """The kinds of jobs that the server does, and what may be asked of them."""
        return (await self._ask(self._address.kinds())).kinds

    async def estimate(
        self,
        items: Sequence[str | Mapping[str, Any]],
        *,
        kind: str = "fetch",
        spec: Mapping[str, Any] | None = None,
    ) -> Estimate:
        """What a job of these items would be; nothing is made. Refused as `submit` would be."""
        return await self._ask(self._address.estimate(items, kind, spec))

    async def estimate_file(
        self,
        file_name: str,
        data: bytes,
        *,
        sheet: str | None = None,
        kind: str = "fetch",
        spec: Mapping[str, Any] | None = None,
    ) -> Estimate:
        """The same of a file that the server reads."""
        return await self._ask(self._address.estimate_file(file_name, data, sheet, kind, spec))

    async def asked(self, job_id: str) -> Asked:
        """What a job was asked for, to be asked for again with changes."""
        return await self._ask(self._address.asked(job_id))
