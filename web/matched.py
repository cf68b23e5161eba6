"""The rules by which a path finds its handler. `web.app` makes the application's of this class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from quart.routing import QuartRule


class MatchedRule(QuartRule):
    """A rule that paths are matched with, and no address is made of.

    Werkzeug writes and compiles two functions for each rule, by which addresses are made. Nothing
    here asks for one, and 450 rules of two functions each take most of the time in which the
    application is put together: a tenth of a second of every start of the server."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _no_address


def _no_address(rule: MatchedRule, **values: Any) -> NoReturn:
    raise NotImplementedError(f"no address is made of the rule {rule.rule}")
