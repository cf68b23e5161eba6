"""Keeps secret values out of what is stored with a job: names in their place, and back again.

A name stands in the spec and the items as `{"secret": "header.3"}`. Used by the specs of
several kinds (hide, fill) and by their runs (the secrets of items).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from state.errors import JobFilesMissing

MAX_SECRETS = 1_000

# Where the filled spec carries the secrets that items name.
ITEM_SECRETS = "item_secrets"
_ITEM_PREFIX = "item."


class SecretNames:
    """Gives each distinct value one name. Written by the one plan that made it."""

    def __init__(self) -> None:
        # By (prefix, value): a value that items and the job share has a name of each kind.
        self._names: dict[tuple[str, str], str] = {}

    def hide(self, prefix: str, value: str) -> dict[str, str]:
        """The stand-in for a value. Raises ValueError where there are too many."""
        name = self._names.get((prefix, value))
        if name is None:
            if len(self._names) >= MAX_SECRETS:
                raise ValueError(f"a job can hold {MAX_SECRETS} different secret values, not more")
            name = self._names[prefix, value] = f"{prefix}{len(self._names)}"
        return {"secret": name}

    def hide_for_items(self, value: str) -> dict[str, str]:
        return self.hide(_ITEM_PREFIX, value)

    @property
    def values(self) -> dict[str, str]:
        """name -> value, as the store keeps them."""
        return {name: value for (_, value), name in self._names.items()}


def fill(spec: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """The spec with its stand-ins replaced. Raises JobFilesMissing for a secret that is gone."""
    filled = {key: _filled(value, secrets) for key, value in spec.items()}
    of_items = {name: text for name, text in secrets.items() if name.startswith(_ITEM_PREFIX)}
    return {**filled, ITEM_SECRETS: of_items} if of_items else filled


def fill_headers(headers: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, str]:
    """An item's headers with their stand-ins replaced."""
    return {
        name: secrets[value["secret"]] if isinstance(value, dict) else value
        for name, value in headers.items()
    }


def _filled(value: Any, secrets: Mapping[str, str]) -> Any:
    match value:
        case {"secret": str(name), **rest} if not rest:
            # A header that is itself called `secret` has a stand-in here, and never text.
            return _secret(name, secrets)
        case dict():
            return {key: _filled(each, secrets) for key, each in value.items()}
        case list():
            return [_filled(each, secrets) for each in value]
        case _:
            return value


def _secret(name: str, secrets: Mapping[str, str]) -> str:
    if name not in secrets:
        raise JobFilesMissing(f"the secret {name!r} of this job is lost: make the job anew")
    return secrets[name]
