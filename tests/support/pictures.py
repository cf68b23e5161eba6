"""Small pictures for tests, as data URLs."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image


def picture(format: str = "PNG", size: tuple[int, int] = (2, 2), **saving: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(buffer, format, **saving)
    return buffer.getvalue()


def data_url(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


DOT = data_url(picture())
