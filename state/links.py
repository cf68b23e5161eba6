"""The addresses of guests' desks that are not their first: `links/<sha256 of the UUID>` holds the
key of the desk. Called in the store's threads.

A file here leads to a desk and no further: the desk's own state says which link opens it. So one
that was left by a rotation that did not happen, or by one that replaced it, opens nothing.
"""

from __future__ import annotations

from state.atomic import discard, opened, replace_file
from state.desks import checked_key, is_key
from state.errors import DeskUnreadable, DeskUnreadableNow, JobFilesMissing
from state.files import Files
from state.plain import open_plain
from state.views import DeskKey, Link

_END = b"\n"
_SIZE_BYTES = 65


class LinkFiles:
    """The folder `links/`, one small file for each desk whose address was ever replaced."""

    def __init__(self, files: Files, folder: int) -> None:
        self._files = files
        self._folder = folder

    def find(self, link: Link) -> DeskKey | None:
        """The desk that it leads to, if it leads to one. Raises DeskUnreadable."""
        try:
            data = self._read(checked_key(link))
        except FileNotFoundError:
            return None
        except JobFilesMissing as error:
            raise DeskUnreadable(f"its link is damaged: {error}") from error
        except OSError as error:
            raise DeskUnreadableNow(f"its link cannot be read now: {error.strerror}") from error
        desk = data.removesuffix(_END).decode("ascii", "replace")
        if len(data) != _SIZE_BYTES or not is_key(desk):
            raise DeskUnreadable("its link is damaged: it names no desk")
        return DeskKey(desk)

    def _read(self, name: str) -> bytes:
        with opened(self._files, open_plain(self._files, self._folder, name)) as handle:
            return self._files.read(handle, _SIZE_BYTES + 1, 0)

    def save(self, desk: DeskKey, link: Link) -> None:
        """Let the link lead to the desk, durably."""
        data = checked_key(desk).encode() + _END
        replace_file(self._files, self._folder, checked_key(link), data)

    def remove(self, link: Link) -> None:
        """Durable with the folder's next sync: one that comes back opens nothing."""
        discard(self._files, self._folder, checked_key(link))
