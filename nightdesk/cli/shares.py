"""The commands for links by which others may look at a desk, and for its address as a code. Added
by `nightdesk.cli.app`."""

from __future__ import annotations

import io
import sys
from typing import Annotated

from cyclopts import Parameter

from nightdesk.cli.reach import At, Reach, find_job
from nightdesk.cli.terminal import clean, clock, put, put_json, put_table, tell
from nightdesk.cli.tokens import seconds
from nightdesk.cli.usage import UsageError
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client.shares import Share

_HERE = Reach()
_LEAST_S = 3_600


class ShareCommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def share(
        self,
        job: Annotated[str | None, Parameter(name="JOB")] = None,
        /,
        *,
        for_: Annotated[str, Parameter(name="--for")] = "7d",
        files: Annotated[bool, Parameter(negative="")] = False,
        name: str = "",
        at: At = _HERE,
    ) -> int:
        """Let others look. The address of the link is printed, this once.

        Parameters
        ----------
        job
            The job: its id, the beginning of it, or last. Without one the whole desk.
        for_
            How long the link opens something: 1h to 90d.
        files
            Also show what the jobs have made.
        name
            Whom it is for; only to tell links apart.
        """
        ttl_s = seconds("--for", for_, least_s=_LEAST_S)
        with at.client(self._words) as client:
            shown = None if job is None else find_job(client, job, self._words).id
            made = client.share(shown, name=name, files=files, ttl_s=ttl_s)
        if at.json:
            put_json(made)
        else:
            put(clean(made.url))
            until = clock(made.share.expires_at)
            tell(self._words("share.once", id=clean(made.share.id), until=until))
        return EXIT_OK

    def shares(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.shares()
        if at.json:
            for share in kept:
                put_json(share)
        elif not kept:
            tell(self._words("shares.none"))
        else:
            put_table(("id", "name", "shows", "files", "until", "used"), map(self._row, kept))
        return EXIT_OK

    def unshare(self, share: Annotated[str, Parameter(name="ID")], /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            client.unshare(share)
        return EXIT_OK

    def qr(self, *, at: At = _HERE) -> int:
        """Whoever photographs it has the desk, unless it is the one of this computer."""
        import segno

        with at.client(self._words) as client:
            address = client.desk_url()
        if address is None:
            raise UsageError(self._words("qr.no_page"))
        if at.json:
            put_json({"url": address})
            return EXIT_OK
        picture = io.StringIO()
        segno.make(address, error="m", micro=False).terminal(picture, compact=True)
        # Blocks and colours of our own making: nothing in it is from outside.
        sys.stdout.write(picture.getvalue())
        tell(clean(address))
        return EXIT_OK

    def _row(self, share: Share) -> tuple[object, ...]:
        words = self._words
        shows = words("share.whole") if share.job is None else share.job
        files = words("share.files" if share.files else "share.rows")
        used = share.used_on or words("share.never")
        return share.id, share.name, shows, files, clock(share.expires_at), used
