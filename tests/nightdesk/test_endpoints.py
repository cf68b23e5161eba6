"""The operator's flags for endpoints of models: what they come to, and what is wrong by flag."""

from __future__ import annotations

import pytest

from nightdesk.config import Config
from nightdesk.endpoints import agent_services, agent_spec, desk_cap
from nightdesk.ranges import ConfigError
from state.spending import SpendCap

KEY = "sk-of-the-operator"


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    return str(path)


def opened(*endpoints, **more):
    return Config(agent_endpoint=endpoints, **more)


def test_an_endpoint_is_a_service_with_its_path_in_front(key):
    config = opened("a=https://api.example.com/v1/", agent_key_file=(f"a={key}",), agent_calls=3)
    assert agent_services(config) == {
        "agent:a": {
            "origin": "https://api.example.com:443",
            "prefix": "/v1",
            "authorization": f"Bearer {KEY}",
            "calls": 3,
        }
    }


@pytest.mark.parametrize(
    "url", ["https://h/v1", "https://h/v1/", "https://h/v1/chat/completions", " https://H/v1"]
)
def test_one_address_is_written_in_many_ways(url):
    (service,) = agent_services(opened(f"a={url}")).values()
    assert (service["origin"], service["prefix"]) == ("https://h:443", "/v1")


def test_what_jobs_may_name(key):
    config = opened(
        "a=http://127.0.0.1:1",
        "b=http://[::1]:2/x",
        agent_key_file=(f"b={key}",),
        agent_model=("a=one", "a=two", "a=one", "b=three=3"),
    )
    a, b = agent_spec(config).settings.endpoints
    assert (a.name, a.models, a.has_key) == ("a", ("one", "two"), False)
    assert (b.name, b.models, b.has_key) == ("b", ("three=3",), True)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (opened("https://h"), "--agent-endpoint: each must be NAME=URL"),
        (opened("a="), "--agent-endpoint: each must be NAME=URL"),
        (opened("a=ftp://h"), "--agent-endpoint a: its address"),
        (opened("a=https://u:secret@h"), "--agent-endpoint a: its address"),
        (opened("a=https://h/?key=secret"), "--agent-endpoint a: its address must have no query"),
        (opened("a=https://h", "a=https://i"), "--agent-endpoint a: there is another"),
        (opened("x" * 101 + "=https://h"), "--agent-endpoint: a name has at most"),
        (opened("a=https://h", agent_model=("b=m",)), "--agent-model b: there is no"),
        (opened("a=https://h", agent_key_file=("b=/k",)), "--agent-key-file b: there is no"),
        (
            opened("a=https://h", agent_key_file=("a=/no/secret",)),
            "--agent-key-file a: the file cannot be read: No such file",
        ),
        (opened("a=https://h", agent_key_file=("secret",)), "--agent-key-file: each must be"),
        (opened("a=https://h", agent_prices="/no/such"), "--agent-prices /no/such:"),
    ],
)
def test_what_is_wrong_is_said_by_flag_and_quotes_no_secret(config, said):
    def read():
        agent_services(config)
        agent_spec(config)

    with pytest.raises(ConfigError) as refused:
        read()
    assert str(refused.value).startswith(said)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "two\nlines", "with space", "schlüssel", "k" * 1_001])
def test_a_key_file_that_holds_no_key(tmp_path, text):
    path = tmp_path / "key"
    path.write_text(text)
    with pytest.raises(ConfigError, match="the key ") as refused:
        agent_services(opened("a=https://h", agent_key_file=(f"a={path}",)))
    assert not text or text not in str(refused.value)


def test_two_keys_of_one_endpoint(key):
    with pytest.raises(ConfigError, match="another key"):
        agent_services(opened("a=https://h", agent_key_file=(f"a={key}", f"a={key}")))


def test_what_a_desk_may_spend_in_a_day():
    assert desk_cap(Config()) == SpendCap()
    capped = Config(desk_spend_cap_usd="2.5", desk_spend_cap_tokens=7)
    assert desk_cap(capped) == SpendCap(tokens=7, picousd=25 * 10**11)
    assert agent_spec(capped).settings.day_cap == desk_cap(capped)


@pytest.mark.parametrize("text", ["0", "-1", "lots", "NaN", "1e99"])
def test_a_cap_that_is_none(text):
    with pytest.raises(ConfigError, match="--desk-spend-cap-usd"):
        desk_cap(Config(desk_spend_cap_usd=text))


def test_the_users_own_prices_come_first(tmp_path):
    path = tmp_path / "prices.json"
    path.write_text(
        '{"mine": {"input_usd_per_mtok": "0.000001", "output_usd_per_mtok": "1000000"}}'
    )
    agent_spec(opened("a=https://h", agent_prices=str(path)))
    path.write_text('{"mine": {"input": 1}}')
    with pytest.raises(ConfigError, match=r"--agent-prices .*input"):
        agent_spec(opened("a=https://h", agent_prices=str(path)))
