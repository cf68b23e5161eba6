"""How the dialect answers: `{"status": {"code": 0, "message"}, "message", "data"}`.

Its pages read the message at the top, its documents the one below `status`.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET
from quart import Response

from web.dialects.taskmanager.schemas import ManagerAnswer, ManagerStatus
from web.http import json_answer

SUCCESS = "success"


def answer(data: Any = UNSET, message: str = SUCCESS, status: int = 200) -> Response:
    """`data` as the contract wraps it; left out where there is none."""
    said = ManagerAnswer(status=ManagerStatus(message=message), message=message, data=data)
    return json_answer(said, status)
