"""LibreOfficeKit, the C interface of LibreOffice, by ctypes: a document in, a PDF out.

Used by `workers.office.tool`, in a thread beside the worker's loop: every call blocks, and lets the
interpreter go meanwhile. There is one LibreOffice in a process, from its start to the process's
end: it cannot be started twice.
"""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_size_t, c_void_p
from pathlib import Path

from actors.ports.office import OfficeRefused, OfficeUnavailable

_START = "libreofficekit_hook_2"
_PDF = b"pdf"


# The beginnings of the structures in LibreOfficeKit.h, which only ever grow at their ends. `size`
# says how much of them there is.
class _OfficeCalls(ctypes.Structure):
    """struct _LibreOfficeKitClass."""

    _fields_ = (
        ("size", c_size_t),
        ("destroy", CFUNCTYPE(None, c_void_p)),
        ("load", CFUNCTYPE(c_void_p, c_void_p, c_char_p)),
        ("error", CFUNCTYPE(c_void_p, c_void_p)),
        ("load_with_options", CFUNCTYPE(c_void_p, c_void_p, c_char_p, c_char_p)),
        ("free_error", CFUNCTYPE(None, c_void_p)),
    )


class _DocumentCalls(ctypes.Structure):
    """struct _LibreOfficeKitDocumentClass."""

    _fields_ = (
        ("size", c_size_t),
        ("destroy", CFUNCTYPE(None, c_void_p)),
        ("save_as", CFUNCTYPE(c_int, c_void_p, c_char_p, c_char_p, c_char_p)),
    )


class _Office(ctypes.Structure):
    _fields_ = (("calls", POINTER(_OfficeCalls)),)


class _Document(ctypes.Structure):
    _fields_ = (("calls", POINTER(_DocumentCalls)),)


class OfficeKit:
    """The LibreOffice of this process."""

    def __init__(self, library: Path, profile: Path) -> None:
        """Start it, with the settings that lie in `profile`. Raises OfficeUnavailable."""
        try:
            start = getattr(ctypes.CDLL(str(library)), _START)
        except (OSError, AttributeError) as error:
            raise OfficeUnavailable(f"LibreOffice cannot be loaded: {error}") from error
        start.restype, start.argtypes = c_void_p, [c_char_p, c_char_p]
        self._office = start(str(library.parent).encode(), profile.as_uri().encode())
        if self._office is None:
            raise OfficeUnavailable(f"the LibreOffice in {library.parent} does not start")
        self._calls = ctypes.cast(self._office, POINTER(_Office)).contents.calls.contents
        if self._calls.size < ctypes.sizeof(_OfficeCalls):
            raise OfficeUnavailable(f"the LibreOffice in {library.parent} is too old")

    def convert(self, source: Path, target: Path) -> None:
        """Write the document `source` as a PDF. Raises OfficeRefused."""
        # Macros are for those who ask for them by an option; none is given.
        document = self._calls.load_with_options(self._office, source.as_uri().encode(), None)
        if document is None:
            raise OfficeRefused(f"LibreOffice cannot read the document: {self._error()}")
        calls = ctypes.cast(document, POINTER(_Document)).contents.calls.contents
        try:
            if not calls.save_as(document, target.as_uri().encode(), _PDF, None):
                raise OfficeRefused(f"LibreOffice makes no PDF of the document: {self._error()}")
        finally:
            calls.destroy(document)

    def _error(self) -> str:
        """What it says of the last call that failed."""
        text = self._calls.error(self._office)
        if not text:
            return "it does not say why"
        try:
            return ctypes.string_at(text).decode(errors="replace") or "it does not say why"
        finally:
            self._calls.free_error(text)
