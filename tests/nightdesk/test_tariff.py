"""The operator's tariff: what it may say, and how it is refused."""

import pytest

from actors.rules.change import PlanTier
from nightdesk.ranges import ConfigError
from nightdesk.tariff import Tariff, read_tariff

KINDS = ("fetch", "visit")


@pytest.fixture
def read(tmp_path):
    def call(text):
        path = tmp_path / "tariff.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_tariff(str(path), KINDS)

    return call


def test_without_a_file_the_contracts_prices_hold():
    tariff = read_tariff("", KINDS)
    assert dict(tariff.prices.by_feature) == {
        "basic": 1, "silent": 1, "autoclick": 2, "browser": 2,
    }  # fmt: skip
    assert tariff.prices.price_of("autoclick", 7) == 14
    assert tariff.prices.price_of("fetch", 7) == 0
    assert tariff.plans == {}


def test_an_empty_file_says_nothing(read):
    assert read("") == Tariff()


def test_prices_and_plans_are_read(read):
    tariff = read("""
        [prices]
        silent = 3
        [prices.kinds]
        visit = 5
        [plans.default]
        max_items = 10
        max_priority = -5
        [plans."年费"]
        max_running = 2
        max_concurrency = 4
        """)
    assert tariff.prices.price_of("silent", 2) == 6
    assert tariff.prices.price_of("basic", 2) == 2
    assert tariff.prices.price_of("visit", 2) == tariff.prices.price_of_kind("visit", 2) == 10
    assert tariff.plans == {
        "default": PlanTier(max_items=10, max_priority=-5),
        "年费": PlanTier(max_running=2, max_concurrency=4),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[price]", r"\[price\] is not known; there are: prices, plans"),
        ("[prices]\ngold = 1", r"\[prices\] gold is not known"),
        (
            "[prices.kinds]\ngold = 1",
            r"\[prices.kinds\] gold is not known; there are: fetch, visit",
        ),
        ("[prices]\nbasic = -1", r"\[prices\] basic must be a whole number from 0 to 1000000"),
        ("[prices]\nbasic = 1.0", r"\[prices\] basic must be a whole number"),
        ("[prices]\nbasic = true", r"\[prices\] basic must be a whole number"),
        ("[prices]\nbasic = nan", r"\[prices\] basic must be a whole number"),
        ("[prices]\nbasic = '1'", r"\[prices\] basic must be a whole number"),
        ("[prices]\nbasic = 1000001", r"\[prices\] basic must be a whole number"),
        ("prices = 3", "prices must be a table"),
        ("[prices]\nkinds = 3", "prices.kinds must be a table"),
        ("[plans]\npro = 3", "plans.pro must be a table"),
        ("[plans.pro]\nmax_item = 3", r"\[plans.pro\] max_item is not known"),
        ("[plans.pro]\nmax_items = 0", r"\[plans.pro\] max_items must be a whole number from 1"),
        ("[plans.pro]\nmax_priority = 101", r"\[plans.pro\] max_priority must be .* -100 to 100"),
        ('[plans.""]', r"\[plans\] .*is no name of a plan"),
        ("[prices]\nbasic = 1\nbasic = 2", "it is not TOML"),
        ("[prices", "it is not TOML"),
        (b"\xff\xfe", "it is not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_file_table_and_key(read, text, said):
    with pytest.raises(ConfigError, match=rf"--tariff .*tariff\.toml: {said}"):
        read(text)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"--tariff .*gone\.toml: No such file"):
        read_tariff(str(tmp_path / "gone.toml"), KINDS)
