"""What an agent job may say: every field at its edges, and what is wrong by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from actors.errors import InvalidSpec
from actors.ports import PlanLimits
from executors.agent.items import MAX_PROMPT_BYTES, stored_item
from executors.agent.options import Endpoint, money_reason
from executors.agent.spec import AgentSettings, AgentSpec
from state.spending import SpendCap, picousd

LIMITS = PlanLimits(
    max_items=100, max_url_bytes=8192, max_concurrency=100, max_body_read_bytes=1024
)
OURS = Endpoint("ours", "http://127.0.0.1:9/v1", ("deepseek-chat", "other"), has_key=True)
OPEN = Endpoint("open", "https://open.example/v1")
ENDPOINTS = (OURS, OPEN)


def plan(items=("write a game",), *, settings=None, **spec):
    kind = AgentSpec(settings or AgentSettings(endpoints=ENDPOINTS))
    return kind.plan(spec, list(items), LIMITS)


def wrong(items=("write a game",), *, settings=None, **spec):
    with pytest.raises(InvalidSpec) as refused:
        plan(items, settings=settings, **spec)
    return [
        (each["index"], each["field"], each["reason"]) for each in refused.value.details["errors"]
    ]


def fields(found):
    return [field for _, field, _ in found]


def test_what_is_left_out_is_filled_in():
    stored = plan(max_iterations=None).spec
    assert stored["endpoint"] == stored["judge_endpoint"] == "ours"
    assert stored["model"] == stored["judge_model"] == "deepseek-chat"
    assert (stored["max_iterations"], stored["commands"]) == (10, False)


def test_the_judge_may_be_elsewhere_and_has_its_own_model():
    assert fields(wrong(judge_endpoint="open")) == ["judge_model"]
    stored = plan(judge_endpoint="open", judge_model="gpt-4o", judge_api_key="sk-judge").spec
    assert (stored["judge_endpoint"], stored["judge_model"]) == ("open", "gpt-4o")


def test_a_named_model_judges_itself():
    assert plan(model="other").spec["judge_model"] == "other"


@pytest.mark.parametrize(
    ("field", "low", "high", "below", "above"),
    [
        ("max_iterations", 1, 100, 0, 101),
        ("max_tokens", 1, 1_000_000, 0, 1_000_001),
        ("concurrency", 1, 1_000, 0, 1_001),
        ("time_limit_s", 1, 604_800, 0.9, 604_801),
        ("budget_tokens", 1, 10**12, 0, 10**12 + 1),
        ("task_budget_tokens", 1, 10**12, 0, 10**12 + 1),
    ],
)
def test_each_number_at_its_edges(field, low, high, below, above):
    for value in (low, high):
        assert plan(**{field: value}).spec[field] == value
    for value in (below, above, "3", True, float("nan")):
        assert fields(wrong(**{field: value})) == [field]


@pytest.mark.parametrize("amount", ["0.50", 1, 0.1, "1e-12", "1000000"])
def test_money_is_taken_as_it_is_written(amount):
    assert plan(budget_usd=amount).cap == SpendCap(picousd=picousd(Decimal(str(amount))))


@pytest.mark.parametrize(
    "amount",
    [
        "0",
        "-1",
        "NaN",
        "Infinity",
        "1e-13",
        "1000000.1",
        "five",
        "1_0",
        "１",
        True,
        [],
        "",
        "9" * 5000,
    ],
)
def test_money_that_is_none(amount):
    assert money_reason(amount) is not None
    assert fields(wrong(task_budget_usd=amount)) == ["task_budget_usd"]


def test_both_caps_of_a_job():
    assert plan(budget_usd="2", budget_tokens=7).cap == SpendCap(tokens=7, picousd=2 * 10**12)
    assert plan().cap == SpendCap()


def test_a_cap_in_money_needs_prices():
    spec = {"endpoint": "open", "model": "nobody-knows-this"}
    assert plan(**spec).spec["prices"] == {"coder": None, "judge": None}
    assert fields(wrong(**spec, budget_usd="1")) == ["model", "judge_model"]
    assert plan(**spec, budget_tokens=5).cap == SpendCap(tokens=5)
    capped = AgentSettings(endpoints=ENDPOINTS, day_cap=SpendCap(picousd=1))
    assert fields(wrong(settings=capped, **spec)) == ["model", "judge_model"]


def test_a_known_price_is_stored_with_the_job():
    prices = plan(budget_usd="1").spec["prices"]
    assert prices["coder"] == prices["judge"]
    assert prices["coder"] is not None


def test_a_key_is_a_secret_and_goes_only_where_none_is_set():
    planned = plan(endpoint="open", model="m", api_key="sk-mine")
    assert "sk-mine" not in str(planned.spec)
    assert [*planned.secrets.values()] == ["sk-mine"]
    filled = AgentSpec().fill_secrets(planned.spec, planned.secrets)
    assert filled["api_key"] == filled["judge_api_key"] == "sk-mine"
    assert fields(wrong(api_key="sk-mine")) == ["api_key", "judge_api_key"]


@pytest.mark.parametrize("key", ["a b", "a\nb", "schlüssel", "", "k" * 1_001, 5])
def test_a_key_that_is_none_is_not_quoted(key):
    found = wrong(endpoint="open", model="m", api_key=key)
    assert fields(found) == ["api_key"]
    assert str(key) not in found[0][2] or not key


def test_commands_are_the_operators_to_allow():
    assert fields(wrong(commands=True)) == ["commands"]
    assert plan(commands=True, settings=AgentSettings(ENDPOINTS, commands=True)).spec["commands"]


def test_without_an_endpoint_nothing_is_taken():
    found = wrong(settings=AgentSettings())
    assert fields(found) == ["endpoint"]
    assert "--agent-endpoint" in found[0][2]


@pytest.mark.parametrize("field", ["url", "base_url", "prices"])
def test_what_nobody_knows_is_refused_by_name(field):
    assert fields(wrong(**{field: "x"})) == [field]


def test_tasks_have_folders_of_their_own():
    items = ["one", {"first_prompt": "two", "dir": ""}, {"first_prompt": "3", "dir": "./game/"}]
    dirs = [stored_item(item.item).dir for item in plan(items).items]
    assert dirs == ["task-0001", "task-0002", "game"]


@pytest.mark.parametrize("name", ["/etc", "../x", "a/../..", "~", "~root", "a\\b", "a/.."])
def test_a_folder_outside_is_refused(name):
    ((index, field, reason),) = wrong(["ok", {"first_prompt": "p", "dir": name}])
    assert (index, field) == (1, "dir")
    assert "outside" in reason


@pytest.mark.parametrize("name", ["a/b", "a\tb", ".hidden", "x" * 101, 5, "\ud800"])
def test_a_folder_that_is_no_plain_name(name):
    assert fields(wrong([{"first_prompt": "p", "dir": name}])) == ["dir"]


def test_two_tasks_in_one_folder():
    items = [{"first_prompt": "a", "dir": "game"}, {"first_prompt": "b", "dir": "Game/"}]
    ((index, field, _),) = wrong(items)
    assert (index, field) == (1, "dir")


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({}, "first_prompt"),
        ({"first_prompt": None}, "first_prompt"),
        ({"first_prompt": " "}, "first_prompt"),
        ({"first_prompt": 5}, "first_prompt"),
        ({"first_prompt": "\ud800"}, "first_prompt"),
        ({"first_prompt": "x" * (MAX_PROMPT_BYTES + 1)}, "first_prompt"),
        ({"first_prompt": "é" * (MAX_PROMPT_BYTES // 2 + 1)}, "first_prompt"),
        ({"first_prompt": "x", "prompt": "y"}, "prompt"),
        (5, None),
        ([], None),
    ],
)
def test_an_item_that_is_no_task(item, field):
    assert fields(wrong([item])) == [field]


def test_a_prompt_at_its_limit():
    (item,) = plan(["x" * MAX_PROMPT_BYTES]).items
    assert len(stored_item(item.item).first_prompt) == MAX_PROMPT_BYTES


def test_an_outcome_without_a_worker_says_which_task_it_was():
    (item,) = plan([{"first_prompt": "x" * 500, "dir": "game"}]).items
    assert AgentSpec().describe(item.item) == {"dir": "game", "first_prompt": "x" * 300}


def test_no_prompt_is_kept_with_a_key_of_the_operators():
    kind = AgentSpec(AgentSettings(endpoints=ENDPOINTS), keys=["sk-operators-own"])
    spec = {"endpoint": "open", "model": "m", "api_key": "sk-mine-alone"}
    (item,) = kind.plan(spec, ["a sk-operators-own b sk-mine-alone c"], LIMITS).items
    assert stored_item(item.item).first_prompt == "a ••• b ••• c"
