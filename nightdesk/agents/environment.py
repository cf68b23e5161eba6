"""Which model at which endpoint with which key: from flags, the environment and `.env`. Pure.

The names come in sets, newer and older; the first set that says anything is taken as a whole, so a
key never goes to the address of another set. Called by `nightdesk.agents.plan`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from executors.agent.options import key_reason
from executors.agent.services import Base, base_of

OPENAI_URL = "https://api.openai.com/v1"
# What the judge of the original program was, wherever a key for it was given.
JUDGE_MODEL = "deepseek-chat"
DEEPSEEK_URL = "https://api.deepseek.com/v1"


class Names(Struct, frozen=True):
    """The variables of a set; `default_url` is where their key belongs if no address is given."""

    key: str
    url: str
    model: str
    default_url: str = ""


CODER = (
    Names("CODER_API_KEY", "CODER_ENDPOINT", "CODER_MODEL"),
    Names("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", OPENAI_URL),
    Names("MODELSCOPE_API_KEY", "MODELSCOPE_ENDPOINT", "MODELSCOPE_MODEL"),
    Names("CUSTOM_LLM_API_KEY", "CUSTOM_LLM_ENDPOINT", "CUSTOM_LLM_MODEL_NAME"),
)
JUDGE = (
    Names("EVALUATION_API_KEY", "EVALUATION_BASE_URL", "EVALUATION_MODEL"),
    Names("DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL", "DEEPSEEK_MODEL", DEEPSEEK_URL),
)


class EnvironmentProblem(Exception):
    """Something is missing or wrong: `key` is of the command line's words, `values` what they
    name, never a key."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values


class Access(Struct, frozen=True):
    """A model at an endpoint. The key is empty where the endpoint wants none."""

    model: str
    base: Base
    key: str = ""

    def __repr__(self) -> str:
        """Without the key, whatever prints it."""
        return f"Access(model={self.model!r}, base={self.base.url!r})"


class Flags(Struct, frozen=True, kw_only=True):
    """What the command line says; None: nothing."""

    model: str | None = None
    base_url: str | None = None
    judge_model: str | None = None
    judge_base_url: str | None = None


def coder_of(flags: Flags, values: Mapping[str, str]) -> Access:
    """Raises EnvironmentProblem."""
    names = _first(CODER, values)
    if names is None and flags.base_url is None:
        raise EnvironmentProblem("no_endpoint")
    url = flags.base_url or (names and (_said(values, names.url) or names.default_url))
    if not url:
        raise EnvironmentProblem("no_url", name=names.url if names else "OPENAI_BASE_URL")
    model = flags.model or (names and _said(values, names.model))
    if not model:
        raise EnvironmentProblem("no_model", name=names.model if names else "OPENAI_MODEL")
    where = "--base-url" if flags.base_url else (names.url if names else "")
    return Access(model, _base(url, where), _key(values, names))


def judge_of(flags: Flags, values: Mapping[str, str], coder: Access) -> Access:
    """The judge is the coder's model at its endpoint unless something else is said. Raises
    EnvironmentProblem."""
    names = _first(JUDGE, values)
    if names is None:
        base = coder.base
        if flags.judge_base_url is not None:
            base = _base(flags.judge_base_url, "--judge-base-url")
        # A key goes to the origin that it was given for, and to no other.
        key = coder.key if base.origin == coder.base.origin else ""
        return Access(flags.judge_model or coder.model, base, key)
    url = flags.judge_base_url or _said(values, names.url) or names.default_url
    where = "--judge-base-url" if flags.judge_base_url else names.url
    base = _base(url, where) if url else coder.base
    model = flags.judge_model or _said(values, names.model)
    if not model:
        model = coder.model if base.origin == coder.base.origin else JUDGE_MODEL
    key = _key(values, names)
    if not key and base.origin == coder.base.origin:
        key = coder.key
    return Access(model, base, key)


def _first(sets: tuple[Names, ...], values: Mapping[str, str]) -> Names | None:
    """The first set of which a key or an address is given."""
    return next((each for each in sets if _said(values, each.key) or _said(values, each.url)), None)


def _said(values: Mapping[str, str], name: str) -> str:
    return values.get(name, "").strip()


def _key(values: Mapping[str, str], names: Names | None) -> str:
    key = "" if names is None else _said(values, names.key)
    if key and (reason := key_reason(key)) is not None:
        raise EnvironmentProblem("bad_key", name=names.key if names else "", reason=reason)
    return key


def _base(url: str, where: str) -> Base:
    try:
        return base_of(url)
    except ValueError as error:
        raise EnvironmentProblem("bad_url", name=where, reason=str(error)) from None
