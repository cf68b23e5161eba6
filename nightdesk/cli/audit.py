"""`nightdesk audit`: who did what to a desk. Added by `nightdesk.cli.app`."""

from __future__ import annotations

from nightdesk.cli.reach import At, Reach, operators_key
from nightdesk.cli.terminal import clean, clock, put, put_json
from nightdesk.cli.usage import UsageError
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client.blocking import Client
from nightdesk.client.models import AuditLine, AuditPage

_HERE = Reach()


class AuditCommand:
    """The command; `words` is the user's language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def audit(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            page = self._page(client, at, 0)
            while page.lines or page.bad_lines:
                for line in page.lines:
                    if at.json:
                        put_json(line)
                    else:
                        put(self._said(line))
                page = self._page(client, at, page.next)
        return EXIT_OK

    def _page(self, client: Client, at: Reach, after: int) -> AuditPage:
        """Of the caller's own desk; of any other, as an operator names it, with its token."""
        key = None if at.desk is None else operators_key(at.desk)
        # Without a token `local` is the desk of whoever is at this machine.
        if key is None or (at.desk == "local" and at.token is None):
            return client.audit(after=after)
        if at.token is None:
            raise UsageError(self._words("audit.no_token"))
        return client.audit_of(key, after=after)

    def _said(self, line: AuditLine) -> str:
        notes = [self._words(f"audit.{name}", count=getattr(line, name)) for name in line.counts]
        job = line.job_id or "-"
        wire = self._words.wire
        said = [clock(line.at), wire(line.what), job, wire(line.outcome), self._who(line), *notes]
        return "  ".join(clean(part) for part in said)

    def _who(self, line: AuditLine) -> str:
        means = self._words.wire(line.means)
        if line.means == "system":
            return means
        return self._words("audit.who", who=line.who, means=means, origin=line.origin)
