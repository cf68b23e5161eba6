"""The picture that an item begins with, when it goes to a worker, where the item names one. In the
server, never in a worker.

The `Enclosures` of kind `generate`; built by `nightdesk.kinds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from executors.generate.items import stored_prompt
from executors.vision.enclosing import Pictures
from state.views import DeskKey


class InitPictures:
    """See Enclosures. Holds no state of its own."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    @property
    def goes_on(self) -> bool:
        """See Enclosures.goes_on."""
        return False

    def shared(self, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """See Enclosures.shared."""
        return ()

    async def read(self, desk: DeskKey, job_id: str, items: Sequence[Raw]) -> list[bytes]:
        """See Enclosures.read. Nothing goes along with an item that names none."""
        source = stored_prompt(items[0]).source
        if source is None:
            return [b""]
        return await self._pictures.read(desk, job_id, [Raw(msgspec.json.encode(source))])
