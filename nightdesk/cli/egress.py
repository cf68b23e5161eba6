"""The command that shows and changes a desk's lists of domains. Added by `nightdesk.cli.app`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from nightdesk.cli.reach import At, Reach
from nightdesk.cli.terminal import clean, put, put_json, tell
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words

Names = Annotated[tuple[str, ...], Parameter(negative="")]

_HERE = Reach()


class EgressCommand:
    """Knows the words."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def egress(
        self,
        *,
        allow: Names = (),
        deny: Names = (),
        clear: Annotated[bool, Parameter(negative="")] = False,
        at: At = _HERE,
    ) -> int:
        """Without options the lists are shown.

        Parameters
        ----------
        allow
            Add a domain (with all below it; *.NAME: only what is below), address or network that
            jobs may reach; as soon as there is one, they may reach nothing else. Repeatable.
        deny
            Add one that jobs may not reach, whatever else allows it. Repeatable.
        clear
            Empty both lists first.
        """
        with at.client(self._words) as client:
            lists = client.egress()
            if clear or allow or deny:
                kept = ((), ()) if clear else (lists.allow, lists.deny)
                lists = client.set_egress(allow=(*kept[0], *allow), deny=(*kept[1], *deny))
        if at.json:
            put_json(lists)
            return EXIT_OK
        for name in lists.allow:
            put(f"allow {clean(name)}")
        for name in lists.deny:
            put(f"deny  {clean(name)}")
        if not lists.allow and not lists.deny:
            tell(self._words("no_egress"))
        return EXIT_OK
