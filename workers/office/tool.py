"""The office tool of a worker: `HostOffice`, built by `workers.host`, used by its executors.

LibreOffice starts with the first document and stays up; what it needs between documents lies in a
folder that the guard of the worker spares (`KEPT`). What comes of one that hangs, crashes or grows
is the business of the worker's limits: it is in the same process.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import msgspec
import trio
from msgspec import Struct

from actors.ports.office import OfficeRefused, OfficeUnavailable
from workers.compute import compute
from workers.office.find import library_of
from workers.office.kit import OfficeKit
from workers.office.profile import write_profile

# In the worker's own folder: the settings and temporary files of LibreOffice.
KEPT = "office"

_SOURCE, _TARGET = "document.docx", "document.pdf"
# What LibreOffice reads of its surroundings: draw into memory, for there is no screen.
_VARIABLES = {"SAL_USE_VCLPLUGIN": "svp"}
_ZIP = b"PK\x03\x04"


class OfficeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`program` is the folder of LibreOffice's libraries; `lack` says why there is none."""

    program: str = ""
    lack: str | None = None


class HostOffice:
    """See `actors.ports.office.OfficeTool`. `folder` is the worker's own."""

    def __init__(self, settings: dict[str, Any], folder: Path) -> None:
        """Raises msgspec.ValidationError for bad settings."""
        self._settings = msgspec.convert(settings, OfficeSettings)
        self._folder = folder
        # One document at a time goes through it.
        self._turn = trio.Lock()
        # Written by `_started`, with the first document.
        self._kit: OfficeKit | None = None

    async def pdf(self, document: bytes) -> bytes:
        if not document.startswith(_ZIP):
            raise OfficeRefused("the document is no docx")
        async with self._turn:
            kit = await self._started()
            return await compute(lambda: self._convert(kit, document))

    async def _started(self) -> OfficeKit:
        if self._kit is None:
            self._kit = await compute(self._start)
            _take_signals_back()
        return self._kit

    def _start(self) -> OfficeKit:
        if self._settings.lack is not None:
            raise OfficeUnavailable(self._settings.lack)
        library = library_of(Path(self._settings.program))
        own = self._folder / KEPT
        try:
            write_profile(own / "profile")
        except OSError as error:
            raise OfficeUnavailable(
                f"the settings of LibreOffice cannot be written: {error}"
            ) from error
        os.environ.update(_VARIABLES, HOME=str(own), TMPDIR=str(own))
        return OfficeKit(library, own / "profile")

    def _convert(self, kit: OfficeKit, document: bytes) -> bytes:
        source, target = self._folder / _SOURCE, self._folder / _TARGET
        source.write_bytes(document)
        target.unlink(missing_ok=True)
        kit.convert(source, target)
        return target.read_bytes()


def _take_signals_back() -> None:
    """LibreOffice handles those that end it by trying to save; here a crash is to be a death."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if (handler := signal.getsignal(number)) is not None:
            signal.signal(number, handler)
