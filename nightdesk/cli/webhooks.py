"""The commands for a desk's webhooks. Added by `nightdesk.cli.app`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from nightdesk.cli.reach import At, Reach
from nightdesk.cli.terminal import clean, clock, put, put_json, put_table, tell
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client.settings import USUAL_EVENTS, Webhook

_HERE = Reach()
Id = Annotated[str, Parameter(name="ID")]


class WebhookCommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def list(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.webhooks()
        if at.json:
            for webhook in kept:
                put_json(webhook)
            return EXIT_OK
        if not kept:
            tell(self._words("webhooks.none"))
            return EXIT_OK
        put_table(("id", "URL", "events", "waiting", "tried", "error"), map(self._row, kept))
        return EXIT_OK

    def add(
        self,
        url: Annotated[str, Parameter(name="URL")],
        /,
        *,
        event: Annotated[tuple[str, ...], Parameter(negative="")] = (),
        at: At = _HERE,
    ) -> int:
        """Its id and its secret are printed; the secret is shown this once.

        Parameters
        ----------
        url
            Who is told, by a signed POST.
        event
            completed, partially_completed, failed, cancelled or pass_skipped; repeatable. Without
            any: the first three.
        """
        with at.client(self._words) as client:
            made = client.add_webhook(url, event or USUAL_EVENTS)
        if at.json:
            put_json(made)
        else:
            put(f"id     {clean(made.id)}")
            put(f"secret {clean(made.secret)}")
            tell(self._words("webhooks.once"))
        return EXIT_OK

    def remove(self, webhook: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            client.remove_webhook(webhook)
        return EXIT_OK

    def test(self, webhook: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            client.test_webhook(webhook)
        tell(self._words("webhooks.sent"))
        return EXIT_OK

    def _row(self, webhook: Webhook) -> tuple[object, ...]:
        events = ", ".join(self._words.wire(event) for event in webhook.events)
        tried, error = clock(webhook.last_at), webhook.last_error or ""
        return webhook.id, webhook.url, events, webhook.waiting, tried, error
