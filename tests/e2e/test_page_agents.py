"""What the page makes of tasks, transcripts and bills, whatever they hold: its pure parts, and a
task whose transcript has everything that there may be in one."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.fake_journeys import at_work, step_of
from tests.e2e.support.reading import holds
from tests.e2e.support.samples import make_job, stamp
from tests.support.agent_jobs import begin, call, end, tool, verdict

pytestmark = pytest.mark.browser

USE = [{"id": "c1", "name": "write_file", "arguments": '{"path": "a.py", "content": "x"}'}]
LONG = "@@ -0,0 +1,300 @@\n" + "".join(f"+{at}\n" for at in range(299))
HEADED = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n---x\n+++y\n same\n"
CHANGES = [
    {"path": "a.py", "became": "text", "size_bytes": 9, "diff": HEADED},
    {"path": "logo.png", "became": "binary", "size_bytes": 3000, "diff": ""},
    {"path": "old.py", "became": "gone", "size_bytes": 0, "diff": ""},
    {"path": "long.py", "became": "text", "size_bytes": 900, "diff": LONG},
]
EVERYTHING = [
    begin(),
    call(1, tool_calls=USE, finish="length", usage_from="counted", cost_usd=None, unpriced=1),
    tool(1, *CHANGES),
    call(1, error="the endpoint was away", left_out=3, shortened=1),
    tool(1, id="nobody", name="read_file", ok=False, output="there is no file b.py"),
    call(1, role="judge", text="so"),
    verdict(1, None, judged=False, text="it could not be judged"),
    {"type": "unread", "reason": "it cannot be read", "name": "game/transcript/0009.jsonl",
     "size_bytes": 3, "piece": 9},
    end("timeout", "rounds"),
    begin(2),
    call(2, cost_usd="0.000000000001"),
    {"type": "restored", "at": stamp(), "round": 1, "changes": []},
    {"type": "what newer servers say", "at": stamp(), "round": 2},
    verdict(2, 90, done=True),
    end(round=2),
]  # fmt: skip


@pytest.fixture
def page(fake, open_desk):
    return open_desk()


def evaluated(page, module, call):
    """What a function of one of the page's modules makes of values, written as JavaScript, once the
    words of all parts are there."""
    return page.evaluate(
        f"""async () => {{
            const found = await import('/page/app/{module}.js');
            const {{ LATER }} = await import('/page/app/later.js');
            const {{ learn, learned }} = await import('/page/app/words.js');
            learn(LATER);
            await learned();
            return found.{call};
        }}"""
    )


TEXTS = [
    ("one\n\n two \n", ["one", "two"]),
    ("one\nof two\n---\nanother\n  -----  \n", ["one\nof two", "another"]),
    ('{"tasks": [{"first_prompt": "a"}]}', [{"first_prompt": "a"}]),
    ('\ufeff ["a", "b"]', ["a", "b"]),
    ("", []),
]


def test_tasks_are_read_from_what_is_typed(page):
    for text, tasks in TEXTS:
        found = evaluated(page, "agents", f"readTasks({json.dumps(text)})")
        assert found == {"tasks": tasks, "wrong": None}, text


def test_what_is_no_task_file_says_so(page):
    wrong = [
        "'{\"tasks\": 3}'", "'{\"tasks\": [], \"more\": 1}'", "'[1'",
    ]  # fmt: skip
    said = [evaluated(page, "agents", f"readTasks({text}).wrong.message") for text in wrong]
    assert said == ["tasks", "unknown", "json"]


SHOWN = {
    "0": "$0.00",
    "0.5": "$0.50",
    "0.000000000001": "$0.000000000001",
    "0.00946756": "$0.00947",
    "0.999999": "$1.00",
    "1234.5": "$1,234.50",
}


def test_money_is_rounded_where_there_is_little_room(page):
    for usd, shown in SHOWN.items():
        assert evaluated(page, "agent-money", f"money('{usd}')") == shown
        assert evaluated(page, "agent-money", f"exactly('{usd}')") == f"${usd}"
    assert evaluated(page, "agent-money", "money(null)") == "price unknown"


def test_sums_of_a_transcript_are_exact(page):
    adds = "sumOf(['0.1', '0.2', '0.000000000001', '9007199254740993'])"
    assert evaluated(page, "agent-transcript", adds) == "9007199254740993.300000000001"
    assert evaluated(page, "agent-transcript", "sumOf([])") == "0"


def test_many_tasks_are_a_few_bars(page):
    tasks = "Array.from({length: 1000}, (_, index) => ({index, dir: 'd', tokens: 1, usd: null}))"
    bars = evaluated(page, "agent-costs", f"barsOf({tasks}, 'tokens')")
    assert len(bars) <= 120
    assert (bars[0]["first"], bars[-1]["last"], bars[-1]["total"]) == (0, 999, 1000)
    assert evaluated(page, "agent-costs", f"barsOf({tasks}, 'usd')")[0]["unknown"] is True
    scales = [evaluated(page, "agent-costs", f"scaleOf({top})") for top in (0, 3, 0.0007)]
    assert [scale["top"] for scale in scales] == [1, 5, pytest.approx(0.001)]


STAGES = {
    "round 3: is judged": "Round 3: being judged",
    "round 1: works, 1,234 characters": "Round 1: at work, 1,234 characters",
    "waits for the model's endpoint": "Waits for the model's endpoint",
    "waits for room on the server's disk": "Waits for room on the server's disk",
    "toString": "toString",
    "what newer servers say": "what newer servers say",
}


def test_what_a_task_does_is_said_in_words(page):
    for stage, shown in STAGES.items():
        assert evaluated(page, "agent-stages", f"stageText({json.dumps(stage)})") == shown


@pytest.fixture
def task(fake, windows):
    """The page at a task that has everything."""
    job = make_job("agents", kind="agent", status="completed", total=1, ok=1)
    fake.put(job)
    context = windows.context()
    answer = {"index": 0, "dir": "game", "prompt": "p" * 900, "next": 9, "more": False}
    records = [{"piece": at, **record} for at, record in enumerate(EVERYTHING, 1)]
    asked = []

    def answered(route):
        asked.append(route.request.url)
        route.fulfill(json={**answer, "records": records}, headers={"ETag": '"1"'})

    context.route("**/transcript?after=0", answered)
    context.route("**/transcript?after=9", lambda route: route.fulfill(status=304))
    page = context.new_page()
    page.goto(f"{fake.address}/jobs/{job['id']}#tasks/0")
    page.wait_for_selector(".round")
    return page


def test_a_transcript_may_hold_anything(task):
    rounds = task.locator(".round")
    expect(rounds).to_have_count(2)
    expect(rounds.nth(1)).to_contain_text("run 2")
    expect(task.locator(".task-sums")).to_contain_text("at least $0.000246")
    rounds.first.locator("summary").first.click()
    first = rounds.first
    for said in (
        "counted here", "price unknown", "as long as it may be", "the endpoint was away",
        "3 further uses of tools", "had been shortened", "Could not be judged", "logo.png",
        "not text", "3.0 kB", "deleted", "all rounds are used",
    ):  # fmt: skip
        expect(first).to_contain_text(said)
    expect(first.get_by_text("game/transcript/0009.jsonl")).to_be_visible()
    # A tool of no call that is here stands for itself.
    expect(first.locator(".use.failed")).to_contain_text("read_file")
    expect(rounds.nth(1)).to_contain_text("put back to how it was after round 1")


def test_lines_of_a_file_are_not_taken_for_heads(task):
    task.locator(".round summary").first.click()
    lines = task.locator(".diff").first.locator(".line-of")
    expect(lines).to_have_class(
        [
            re.compile(rf"\b{kind}\b")
            for kind in ("head", "head", "hunk", "removed", "added", "same")
        ]
    )


def test_long_differences_and_prompts_are_folded(task):
    expect(task.locator(".prompt")).to_have_count(0)
    task.locator(".task-body > details > summary").first.click()
    expect(task.locator(".prompt")).to_have_text(re.compile("^p{900}$"))
    task.locator(".round > summary").first.click()
    change = task.locator(".change", has_text="long.py")
    expect(change.locator(".line-of")).to_have_count(0)
    change.locator("summary").click()
    expect(change.locator(".line-of")).to_have_count(200)
    change.get_by_role("button", name="100 more lines").click()
    expect(change.locator(".line-of")).to_have_count(300)


def test_a_transcript_is_read_on_from_where_it_is_known(fake, windows):
    job = make_job("agents", kind="agent", status="running", total=1)
    fake.put(job)
    context = windows.context()
    grows = [call(1, text="first"), call(1, text="second"), call(1, text="third")]
    asked = []

    def answered(route):
        after = int(route.request.url.rpartition("=")[2])
        known = route.request.headers.get("if-none-match")
        asked.append((after, known))
        if after >= len(grows):
            route.fulfill(status=304)
            return
        page = {"index": 0, "dir": "game", "prompt": "p", "next": after + 1}
        records = [{"piece": after + 1, **grows[after]}]
        more = after + 1 < len(grows)
        route.fulfill(json={**page, "records": records, "more": more}, headers={"ETag": '"t"'})

    context.route("**/transcript?after=*", answered)
    page = context.new_page()
    page.goto(f"{fake.address}/jobs/{job['id']}#tasks/0")
    expect(page.locator(".call .said")).to_have_text(["first", "second", "third"])
    grows.append(call(2, text="fourth"))
    fake.put(fake.do(lambda desk: {**desk.jobs[job["id"]], "name": "agents at work"}))
    expect(page.locator(".round")).to_have_count(2)
    # What its reader had open stays so.
    expect(page.locator(".call .said")).to_have_text(["first", "second", "third", "fourth"])
    # Nothing is asked for twice.
    assert [after for after, _ in asked if after < 3] == [0, 1, 2]
    refused = {"error": {"code": "storage_unavailable", "message": "no", "details": {}}}
    context.route("**/transcript?after=*", lambda route: route.fulfill(status=503, json=refused))
    fake.put(fake.do(lambda desk: {**desk.jobs[job["id"]], "name": "agents still at work"}))
    expect(page.locator(".tab-error")).to_contain_text("storage_unavailable")
    expect(page.locator(".round")).to_have_count(2)


AT_END = """() => {
    const body = document.querySelector('.task-body');
    return body && body.scrollHeight > 2 * body.clientHeight
        && body.scrollHeight - body.scrollTop - body.clientHeight < 5;
}"""
AT_TOP = "document.querySelector('.task-body').scrollTop === 0"


def test_who_reads_along_sees_the_last_words(fake, windows):
    """They come when the task is at work no more."""
    job = make_job("agents", kind="agent", status="running", total=1)
    fake.put(at_work(job, step_of(0, 0, 9, "round 1: works")))
    context = windows.context()
    pages = {0: [call(1, text="first")] * 20}

    def answered(route):
        after = int(route.request.url.rpartition("=")[2])
        if after not in pages:
            route.fulfill(status=304)
            return
        records = [{"piece": after + 1, **record} for record in pages[after]]
        page = {"index": 0, "dir": "game", "prompt": "p", "next": after + 1}
        more = after + 1 in pages
        route.fulfill(json={**page, "records": records, "more": more}, headers={"ETag": '"t"'})

    context.route("**/transcript?after=*", answered)
    page = context.new_page()
    page.goto(f"{fake.address}/jobs/{job['id']}#tasks/0")
    page.wait_for_function(AT_END)
    pages[1] = [*[call(1, text="last")] * 20, end()]
    fake.put(make_job("agents", kind="agent", status="completed", total=1, ok=1, id=job["id"]))
    expect(page.locator(".call .said")).to_have_count(40)
    page.wait_for_function(AT_END)
    # What was over before is read from its beginning.
    page.reload()
    expect(page.locator(".call .said")).to_have_count(40)
    holds(page, AT_TOP)
