"""What the save of a desk does in its thread: the file replaced, then the audit lines appended.

Called by `state.store`, which makes the new name durable.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

from state.audit import AuditLine
from state.audit_files import DeskAudits
from state.ballast import Ballast
from state.codec import encode
from state.desks import DeskFiles
from state.disk import FULL, storage_error
from state.errors import StorageError
from state.health import Health
from state.migrations import Schema
from state.model import DeskState
from state.views import DeskKey


class Saves:
    """The parts of the store that a save needs. Holds nothing of its own."""

    def __init__(
        self,
        desks: DeskFiles,
        health: Health,
        ballast: Ballast,
        audits: DeskAudits,
        schema: Schema,
    ) -> None:
        self._desks = desks
        self._health = health
        self._ballast = ballast
        self._audits = audits
        self._schema = schema

    def write(
        self,
        desk: DeskKey,
        state: DeskState,
        essential: bool,
        again: bool,
        audit: Sequence[AuditLine],
    ) -> StorageError | None:
        """The desk's file, then what was done: in one go, so that no command waits for a second
        thread. Returns why the lines are not there."""
        self._write_state(desk, state, essential, again)
        if not audit:
            return None
        try:
            self._audits.append(desk, audit)
        except OSError as error:
            return storage_error(error)
        return None

    def _write_state(self, desk: DeskKey, state: DeskState, essential: bool, again: bool) -> None:
        data = encode(desk, state, self._schema)
        if not essential:
            self._ballast.lay()  # where it was spent, there must be room for it again first
        try:
            self._replace(desk, data, again)
        except OSError as error:
            if not essential or error.errno not in FULL:
                raise
            self._ballast.spend()
            self._replace(desk, data, again)

    def _replace(self, desk: DeskKey, data: bytes, again: bool) -> None:
        """One more try, with a new file from memory, where the medium failed under the first."""
        try:
            self._try_replace(desk, data, again)
        except OSError as error:
            if error.errno != errno.EIO or self._health.read_only(desk):
                raise
            self._try_replace(desk, data, again)

    def _try_replace(self, desk: DeskKey, data: bytes, again: bool) -> None:
        try:
            self._desks.replace(desk, data, again=again)
        except OSError as error:
            if error.errno == errno.EIO:
                self._health.failed(desk)
            raise
