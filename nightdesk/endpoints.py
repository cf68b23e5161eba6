"""The endpoints whose models work on tasks of agents, as the operator has opened them
(--agent-endpoint and what goes with it). Read by `nightdesk.serve` before anything is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from executors.agent.model.prices import BadPrices, PriceTable, read_prices
from executors.agent.options import Endpoint, key_reason, money_reason
from executors.agent.services import base_of, service_name
from executors.agent.spec import AgentSettings, AgentSpec
from nightdesk.config import Config
from nightdesk.ranges import ConfigError
from state.spending import SpendCap, picousd

_MAX_NAME_CHARS = 100


def agent_spec(config: Config) -> AgentSpec:
    """Raises ConfigError, which quotes no key."""
    settings = AgentSettings(
        endpoints=tuple(_endpoints(config)),
        commands=config.agent_commands == "on",
        day_cap=desk_cap(config),
    )
    prices = _prices(config)
    if settings.endpoints:
        # Here, where nobody waits for anything yet.
        prices.warm()
    return AgentSpec(settings, prices, keys=tuple(_keys(config).values()))


def agent_services(config: Config) -> dict[str, dict[str, str | int]]:
    """Name -> `workers.net.services.ServiceSettings`. Raises ConfigError, which quotes no key."""
    keys = _keys(config)
    services: dict[str, dict[str, str | int]] = {}
    for each in _endpoints(config):
        base = base_of(each.url)
        services[service_name(each.name)] = {
            "origin": base.origin,
            "prefix": base.prefix,
            "authorization": f"Bearer {keys[each.name]}" if each.name in keys else "",
            "calls": config.agent_calls,
        }
    return services


def desk_cap(config: Config) -> SpendCap:
    """What each desk may spend in a day. Raises ConfigError."""
    text = config.desk_spend_cap_usd
    if text and (reason := money_reason(text)) is not None:
        raise ConfigError(f"--desk-spend-cap-usd {text} {reason}")
    return SpendCap(
        tokens=config.desk_spend_cap_tokens or None,
        picousd=picousd(Decimal(text)) if text else None,
    )


def _endpoints(config: Config) -> Iterator[Endpoint]:
    keys = _keys(config)
    urls = _urls(config)
    models: dict[str, list[str]] = {name: [] for name in urls}
    for name, model in _pairs("--agent-model", config.agent_model, "NAME=MODEL", urls):
        models[name].append(model)
    for name, url in urls.items():
        offered = tuple(dict.fromkeys(models[name]))
        yield Endpoint(name=name, url=url, models=offered, has_key=name in keys)


def _urls(config: Config) -> dict[str, str]:
    urls: dict[str, str] = {}
    for name, url in _pairs("--agent-endpoint", config.agent_endpoint, "NAME=URL"):
        if name in urls:
            raise ConfigError(f"--agent-endpoint {name}: there is another of that name")
        try:
            urls[name] = base_of(url).url
        except ValueError as error:
            raise ConfigError(f"--agent-endpoint {name}: {error}") from error
    return urls


def _keys(config: Config) -> dict[str, str]:
    """Raises ConfigError, which quotes none."""
    flag = "--agent-key-file"
    keys: dict[str, str] = {}
    for name, place in _pairs(flag, config.agent_key_file, "NAME=FILE", _urls(config)):
        if name in keys:
            raise ConfigError(f"{flag} {name}: there is another key of that endpoint")
        try:
            key = Path(place).expanduser().read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            # What stands there may be the key itself.
            why = getattr(error, "strerror", None) or "it is not text"
            raise ConfigError(f"{flag} {name}: the file cannot be read: {why}") from None
        if (reason := key_reason(key)) is not None:
            raise ConfigError(f"{flag} {name}: the key {reason}")
        keys[name] = key
    return keys


def _pairs(
    flag: str, texts: Iterable[str], form: str, known: Iterable[str] | None = None
) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            # What stands there may be a key that was put in the wrong place.
            raise ConfigError(f"{flag}: each must be {form}")
        if len(name) > _MAX_NAME_CHARS or not name.isprintable():
            raise ConfigError(f"{flag}: a name has at most {_MAX_NAME_CHARS} printable characters")
        if known is not None and name not in known:
            raise ConfigError(f"{flag} {name}: there is no --agent-endpoint of that name")
        yield name, value


def _prices(config: Config) -> PriceTable:
    if not config.agent_prices:
        return PriceTable()
    try:
        return read_prices(Path(config.agent_prices).expanduser())
    except (OSError, BadPrices) as error:
        raise ConfigError(f"--agent-prices {config.agent_prices}: {_words_of(error)}") from error


def _words_of(error: Exception) -> str:
    """The system's own, without Python's number and the path again."""
    return str(getattr(error, "strerror", None) or error)
