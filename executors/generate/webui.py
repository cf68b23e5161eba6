"""Has pictures made by the WebUI: one call. Used by `executors.generate.run`."""

from __future__ import annotations

import trio

from executors.generate.answers import Made, read_made
from executors.webui.answers import BadAnswer
from executors.webui.client import Failed, WebUI


async def make(webui: WebUI, path: str, request: object, wanted: int, timeout_s: float) -> Made:
    """Raises Failed. To be called with the WebUI's turn held."""
    body = await webui.call(path, request, timeout_s)
    try:
        # Tens of megabytes of base64 are not for the worker's loop.
        return await trio.to_thread.run_sync(read_made, body, wanted)
    except BadAnswer as error:
        raise Failed(str(error), retry=True) from error
