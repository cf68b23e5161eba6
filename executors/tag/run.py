"""The working half of the tagger: in a jailed worker by a model of this server's, in one for the
network by the WebUI. `executors.tag.spec` is the other half.

Neither imports what the other needs: the jail has no network, and the worker for the network no
libraries that look at pictures.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec

from actors.ports import ItemRunner, Tools
from executors.tag.items import StoredSpec


class TagExecutor:
    """The spec is a `StoredSpec`, an item a `TagItem` with its picture's bytes enclosed."""

    def open(self, spec: dict[str, Any], tools: Tools) -> AbstractAsyncContextManager[ItemRunner]:
        read = msgspec.convert(spec, StoredSpec)
        if read.via == "webui":
            from executors.tag import by_webui

            return by_webui.opened(read, tools)
        from executors.tag import local

        return local.opened(read, tools)
