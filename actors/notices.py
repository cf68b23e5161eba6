"""What is said to a desk of its webhooks: two of the commands and two of the facts of
`actors.messages`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from state.notices import Webhook


class SetWebhooks(Struct, frozen=True, kw_only=True):
    """Tell these webhooks instead of the present ones. `secrets` are what the new ones of them are
    signed with, by the names that they have for them."""

    webhooks: tuple[Webhook, ...]
    secrets: Mapping[str, str] = {}


class TestWebhook(Struct, frozen=True):
    """Tell the webhook of that id something that says nothing."""

    # No class of tests, whatever its name begins with.
    __test__ = False

    webhook: str


class NoticesDue(Struct, frozen=True):
    """A webhook may have to be told something."""


class NoticeTried(Struct, frozen=True):
    """A webhook was told the notice of that id; `error` says why it did not take it."""

    notice: str
    error: str | None
