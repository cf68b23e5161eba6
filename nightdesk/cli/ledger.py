"""`nightdesk ledger`: a desk's tokens and what moved them. Added by `nightdesk.cli.app`."""

from __future__ import annotations

from nightdesk.cli.reach import At, Reach
from nightdesk.cli.terminal import clock, put_json, put_table, tell
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client.models import LedgerEntry, LedgerPage

_HERE = Reach()


class LedgerCommand:
    """The command; `words` is the user's language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def ledger(self, *, page: int = 1, size: int = 50, at: At = _HERE) -> int:
        """Print a desk's tokens.

        Parameters
        ----------
        page
            Which page of the history, the newest is 1.
        size
            Entries a page.
        """
        with at.client(self._words) as client:
            found = client.ledger(page=page, size=size)
        if at.json:
            put_json(found)
            return EXIT_OK
        self._tell_sums(found)
        heads = ("when", "tokens", "balance", "what")
        rows = [
            (clock(entry.at), f"{entry.amount:+}", entry.balance, _what(entry))
            for entry in found.entries
        ]
        put_table(heads, rows)
        return EXIT_OK

    def _tell_sums(self, found: LedgerPage) -> None:
        sums = {name: getattr(found, name) for name in ("balance", "free", "held", "spent")}
        tell(self._words("ledger.sums", **sums, granted=found.granted))
        limits = [f"{name} {limit}" for name, limit in found.limits.items() if limit is not None]
        if found.plan or limits:
            plan = found.plan or "default"
            tell(self._words("ledger.plan", plan=plan, limits=", ".join(limits) or "-"))


def _what(entry: LedgerEntry) -> str:
    return " ".join(part for part in (entry.job_id or entry.id, entry.note) if part)
