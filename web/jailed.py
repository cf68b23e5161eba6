"""What is answered where the jail was asked to look into an upload, and did not. Used by all that
have files from outside read or made there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from executors.refusals import MachineLacks, ReaderBusy, ReaderUnavailable, Refused
from web.errors import WebError
from web.uploads import refused


@contextmanager
def jailed(name: str, journal: Any, field: str = "items", done: str = "read") -> Iterator[None]:
    """Raises WebError for what the block could not have done. `name` is the file's, as it is shown,
    `field` the part of the request that it came in, `done` what was to be done with it; `journal`
    is the log that operators read."""
    try:
        yield
    except Refused as refusal:
        raise refused(refusal, name, field, done) from None
    except ReaderBusy:
        reason = "this desk has as many files read at once as it may; try again"
        raise WebError("too_many_requests", reason) from None
    except MachineLacks as lack:
        raise WebError("overloaded", str(lack)) from None
    except ReaderUnavailable as error:
        journal.error("uploads cannot be read", reason=str(error))
        raise WebError("overloaded", "uploads of this kind cannot be read now") from error
