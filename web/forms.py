"""How forms are parsed: in memory, where their body is already, and never in the system's folder of
temporary files. Used by `web.app`."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from quart.formparser import FormDataParser
from quart_trio.wrappers import TrioRequest


class FormRequest(TrioRequest):
    """A request whose uploaded files are bytes: the door has bounded them."""

    def make_form_data_parser(self) -> FormDataParser:
        parser = super().make_form_data_parser()
        parser.stream_factory = _in_memory
        return parser


def _in_memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> IO[bytes]:
    return BytesIO()
