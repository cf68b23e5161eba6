"""Settings: ranges at their edges, addresses, and how flags and variables become a Config."""

from __future__ import annotations

import dataclasses

import pytest

from actors.rules.change import PlanTier
from nightdesk import parts
from nightdesk.cli import app as cli
from nightdesk.cli import server
from nightdesk.config import Config, flag_of, variable_of
from nightdesk.ranges import RANGES, ConfigError, parse_bind
from nightdesk.tariff import Tariff

NUMBERS = sorted(RANGES)


def edges(name):
    low, high = RANGES[name]
    whole = isinstance(getattr(Config(), name), int)
    return (int(low), int(high), 1) if whole else (low, high, 0.001)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_may_be_at_the_edge_of_its_range(name):
    low, high, _ = edges(name)
    for value in (low, high):
        others = {"stop_s": 600.0} if name == "drain_s" else {"drain_s": 0.0}
        Config(**{**others, name: value}).validate()


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_beyond_its_range_is_refused_by_its_flag(name):
    low, high, step = edges(name)
    for value in (low - step, high + step, float("nan")):
        with pytest.raises(ConfigError, match=flag_of(name)):
            Config(**{name: value}).validate()


def test_the_defaults_are_valid():
    Config().validate()


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ConfigError, match=r"--port .*; --backlog .*"):
        Config(port=65_536, backlog=0).validate()


def test_draining_cannot_outlast_stopping():
    with pytest.raises(ConfigError, match="--drain-s"):
        Config(drain_s=6.0, stop_s=5.0).validate()


@pytest.mark.parametrize(
    ("text", "bind"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("box.lan:0", ("box.lan", 0)),
        ("[::1]:8400", ("::1", 8400)),
        ("0.0.0.0:65535", ("0.0.0.0", 65_535)),
    ],
)
def test_an_address_to_serve_at(text, bind):
    assert parse_bind(text) == bind


@pytest.mark.parametrize(
    "text", ["", "8400", ":8400", "::1:8400", "host:", "host:x", "host:65536", "host:-1", "h:٣"]
)
def test_what_is_no_address_to_serve_at(text):
    with pytest.raises(ConfigError, match="--bind"):
        Config(bind=(text,)).validate()


@pytest.fixture
def parsed(monkeypatch):
    """Run the command line up to the Config that `serve` was given."""
    seen = []

    def start(config):
        seen.append(config)
        return 0

    def parse(*arguments, environment=None):
        for name, value in (environment or {}).items():
            monkeypatch.setenv(name, value)
        code = cli.run(["serve", *arguments], {}, start)
        return code, (seen[-1] if seen else None)

    return parse


def test_flags_and_variables_and_which_wins(parsed):
    code, config = parsed(
        "--port", "9", "--save-every-s", "0.5",
        environment={"NIGHTDESK_PORT": "8", "NIGHTDESK_LANE_WIDTH": "3"},
    )  # fmt: skip
    assert code == 0
    assert config == Config(port=9, save_every_s=0.5, lane_width=("3",))


def test_lists_repeat_as_flags_and_have_commas_as_variables(parsed):
    _, config = parsed("--allow-target", "a:1", "--allow-target", "b")
    assert config.allow_target == ("a:1", "b")
    _, config = parsed(environment={"NIGHTDESK_BIND": "[::1]:1, b:2 ,", "NIGHTDESK_DATA": "a,b"})
    assert config.bind == ("[::1]:1", "b:2")
    assert str(config.data) == "a,b"


def test_every_setting_has_its_flag_and_its_variable(parsed):
    words = {
        "local_desk": "on", "sample_site": "off", "boot": "paused", "log_format": "json",
        "log_level": "debug", "host": "::1", "data": "elsewhere", "jail": "strict",
        "crawl_without_robots": "on", "agent_commands": "on",
    }  # fmt: skip
    names = [field.name for field in dataclasses.fields(Config)]
    values = {name: words.get(name, str(number)) for number, name in enumerate(names, 1_000)}
    flags = [part for name, value in values.items() for part in (flag_of(name), value)]
    _, by_flags = parsed(*flags)
    shown = {name: getattr(by_flags, name) for name in names}
    assert {n: str(v[0]) if isinstance(v, tuple) else f"{v}" for n, v in shown.items()} == {
        name: f"{value}.0" if isinstance(shown[name], float) else value
        for name, value in values.items()
    }
    _, by_variables = parsed(
        environment={variable_of(name): value for name, value in values.items()}
    )
    assert by_variables == by_flags


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "1.5"),
        ("--port", "0x10"),
        ("--port", "1_0"),
        ("--port", ""),
        ("--drain-s", "nan"),
        ("--drain-s", "1e0"),
        ("--drain-s", "2s"),
        ("--local-desk", "maybe"),
        ("--no-such-flag", "1"),
        ("--port",),
        ("stray",),
    ],
    ids=" ".join,
)
def test_a_bad_value_is_refused_with_code_2_and_its_name(arguments, parsed, capsys):
    code, config = parsed(*arguments)
    assert (code, config) == (2, None)
    told = capsys.readouterr().err
    assert told.startswith("nightdesk: ")
    assert "Traceback" not in told


def test_several_values_belong_to_repeatable_settings_only():
    assert server.split_variable(str, "a,b") == ["a,b"]
    assert server.split_variable(tuple[str, ...], "a,b") == ["a", "b"]


def test_the_local_desk_is_for_loopback_unless_said_otherwise():
    loopback, lan = [("127.0.0.1", 1), ("::1", 1)], [("127.0.0.1", 1), ("192.168.0.2", 1)]
    assert parts.has_local_desk(Config(), loopback)
    assert not parts.has_local_desk(Config(), lan)
    assert parts.has_local_desk(Config(local_desk="on"), lan)
    assert not parts.has_local_desk(Config(local_desk="off"), loopback)


def test_the_settings_of_every_layer_are_those_of_the_config():
    config = Config(
        retention_h=2.0, max_jobs=7, worker_idle_s=9.0, max_page_size=11, bind=("Box:1",)
    )
    tariff = Tariff(plans={"small": PlanTier(max_items=3)})
    actors = parts.actor_settings(config, tariff)
    assert (actors.retention_s, actors.max_jobs) == (7_200.0, 7)
    pool = parts.pool_settings(config, [("127.0.0.1", 80)], ["127.0.0.1:5"], 99)
    assert (pool.worker_idle_s, pool.max_outgoing_sockets) == (9.0, 99)
    assert pool.tool_settings["http"]["allow_target"] == ["127.0.0.1:5"]
    assert pool.tool_settings["http"]["own_ports"] == [80]
    assert actors.limits.plans == tariff.plans
    web = parts.web_settings(config, [("127.0.0.1", 80)], tariff)
    assert (web.prices, web.plans) == (tariff.prices, tariff.plans)
    assert (web.max_page_size, web.own_hosts) == (11, frozenset({"box"}))


def test_a_target_that_names_nothing_is_refused():
    with pytest.raises(ConfigError, match="--allow-target"):
        parts.check_targets(Config(allow_target=("127.0.0.1:99999",)))
    with pytest.raises(ConfigError, match=r"--allow-domain \*\.1\.2\.3\.4: "):
        parts.check_targets(Config(allow_domain=("a.example", "*.1.2.3.4")))
    with pytest.raises(ConfigError, match="--deny-domain a b: "):
        parts.check_targets(Config(deny_domain=("a b",)))


def test_the_lists_of_domains_need_not_name_what_is_ours():
    config = Config(allow_domain=("a.example",), deny_domain=("b.example",))
    http = parts.pool_settings(config, [], ["127.0.0.1:5"], 9).tool_settings["http"]
    assert (http["allow_domain"], http["deny_domain"]) == (("a.example",), ("b.example",))
    assert http["own_sites"] == ["127.0.0.1"]


def test_a_lane_is_as_wide_as_the_operator_says():
    texts = ("2", "crawl=4", "a=b=3")
    settings = parts.actor_settings(Config(lane_width=texts, documents_at_once=7), Tariff())
    assert settings.lane_width == 2
    assert settings.lane_widths == {"crawl": 4, "a=b": 3, "documents": 7}
    assert parts.actor_settings(Config(), Tariff()).lane_width == 1


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (("0",), "from 1 to 1000"),
        (("crawl=1001",), "from 1 to 1000"),
        (("crawl",), "from 1 to 1000"),
        (("crawl=",), "from 1 to 1000"),
        (("crawl=٣",), "from 1 to 1000"),
        (("=3",), "neither NUMBER nor"),
        (("documents=3",), "--documents-at-once"),
        (("crawl=2", "crawl=3"), "said twice"),
        (("2", "2"), "said twice"),
    ],
)
def test_a_width_that_says_nothing_is_refused(texts, why):
    with pytest.raises(ConfigError, match=f"--lane-width .*{why}"):
        Config(lane_width=texts).validate()
