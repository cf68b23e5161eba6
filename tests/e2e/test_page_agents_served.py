"""Agents the whole way on the page, with an endpoint that is scripted: from the form to files and a
bill, watched while it goes on, in whatever words a model chooses."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from zipfile import ZipFile

import httpx
import pytest
from playwright.sync_api import expect

from nightdesk import Client
from nightdesk.client import Conflict
from nightdesk.demo_model.endpoint import Manner
from nightdesk.demo_model.script import Round, Say, Script, Scripts, Trouble, Use, verdict, writes
from tests.e2e.support.reading import holds
from tests.e2e.support.real_server import serving
from tests.support.agent_batches import served
from tests.support.canaries import canary

pytestmark = pytest.mark.browser

# Workers start: on a busy machine longer than pages take.
WORK_MS = 120_000
KEY = canary("agent-key")
MODEL = "demo-small"
UNFOLD = "document.querySelectorAll('.task-body details').forEach((one) => (one.open = true))"
TURNED = "\u202e"
HOSTILE = f'"><img src=x onerror="document.title=1"></script><b>\x1b[31m{TURNED}gnp.exe http://a.b/'
GAME = Script(
    rounds=(
        Round(
            coder=(
                writes("main.py", "one\ntwo\n", text="I write it."),
                Say(tools=(Use(name="@read", arguments={"path": "../../etc/passwd"}),)),
                Say(text="It is written."),
            ),
            judge=(verdict(False, 60, "it counts nothing"),),
        ),
        Round(
            coder=(writes("main.py", "one\nthree\n"), Say(text="It counts.")),
            judge=(verdict(True, 95),),
        ),
    )
)
SAID = Script(
    rounds=(
        Round(
            coder=(writes("x.html", HOSTILE, text=HOSTILE), Say(text=HOSTILE)),
            judge=(verdict(True, 90, HOSTILE),),
        ),
    )
)
# Its second round hangs for as long as the test looks at the first.
HANGS = Script(
    rounds=(
        Round(coder=(writes("a.txt", "a\n"),), judge=(verdict(False, 40, "the rest"),)),
        Round(coder=(Say(before=(Trouble(hang_s=3_600.0),)),)),
    )
)
# A task is known by these words: each belongs to one.
GAMES = dict.fromkeys(("numbers", "letters", "riddles"), GAME)
SCRIPTS = Scripts(by_text={**GAMES, "hostile": SAID, "hangs": HANGS})


@pytest.fixture(scope="module")
def nightdesk(tmp_path_factory):
    """Nobody is welcome at the endpoint who does not bring the key."""
    folder = tmp_path_factory.mktemp("agents")
    prices = folder / "prices.json"
    prices.write_text(json.dumps({MODEL: {"input_usd_per_mtok": "1", "output_usd_per_mtok": "2"}}))
    with served(Manner(scripts=SCRIPTS, keys=(KEY,))) as endpoint:
        opened = ("--agent-endpoint", f"demo={endpoint.base_url}")
        offered = ("--agent-model", f"demo={MODEL}", "--agent-prices", str(prices))
        with serving(folder / "data", *opened, *offered) as address:
            yield address


@pytest.fixture(scope="module")
def finished(nightdesk):
    """The address of a job with a task that is done and one in hostile words."""
    tasks = [{"dir": "game", "first_prompt": "riddles"}, "one in hostile words " + HOSTILE]
    with Client(nightdesk) as desk:
        job = desk.submit(tasks, kind="agent", name="two", spec={"api_key": KEY}, start=True)
        assert desk.wait(job.id, timeout_s=WORK_MS / 1000).status == "completed"
    return f"{nightdesk}/s/local/jobs/{job.id}"


def fill_form(page, prompts):
    page.get_by_role("link", name="New job").click()
    page.locator("input[name=kind][value=agent]").check()
    page.locator("textarea[name=prompts]").fill(prompts)


def tab(page, name):
    page.locator(".tabs").get_by_role("link", name=name, exact=True).click()


def test_from_the_form_to_files_and_a_bill(windows, nightdesk, tmp_path):
    page = windows.open(f"{nightdesk}/s/local")
    fill_form(page, "A game to guess numbers\nAnother one to guess letters")
    expect(page.get_by_text("2 tasks")).to_be_visible()
    expect(page.get_by_label("Model", exact=True)).to_have_attribute("placeholder", MODEL)
    page.get_by_label("Your key").fill(KEY)
    page.get_by_label("The job, US $").fill("0.50")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/jobs/*")
    status = page.locator(".job-head .status-text")
    expect(status).to_have_text("Completed", timeout=WORK_MS)
    rows = page.locator("[data-task-row]")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("95 of 100")
    expect(rows.first.locator(".c-rounds")).to_have_text("2")

    rows.first.click()
    expect(page).to_have_url(re.compile("#tasks/0$"))
    expect(page.locator(".round")).to_have_count(2)
    # The newest round is open; one that is asked for opens too.
    expect(page.locator(".diff .removed")).to_have_text("removed: -two")
    expect(page.locator(".diff .line-of.added")).to_have_text("added: +three")
    page.locator(".round > summary").first.click()
    expect(page.get_by_text("it counts nothing")).to_be_visible()
    expect(page.locator(".use.failed")).to_have_count(1)
    expect(page.get_by_text("the judge is content")).to_be_visible()

    page.get_by_text("Its files").click()
    with page.expect_download() as found:
        page.locator(".files").get_by_role("link", name="main.py").click()
    found.value.save_as(tmp_path / "main.py")
    assert (tmp_path / "main.py").read_text() == "one\nthree\n"
    page.keyboard.press("Escape")
    expect(rows).to_have_count(2)

    tab(page, "Settings")
    expect(page.get_by_text("kept secret")).to_have_count(2)
    assert KEY not in page.content()

    tab(page, "Tasks")
    with page.expect_download() as found:
        page.get_by_role("link", name="Download all files (ZIP)").click()
    found.value.save_as(tmp_path / "all.zip")
    names = ZipFile(tmp_path / "all.zip").namelist()
    assert {"task-0001/main.py", "task-0002/main.py"} <= set(names)
    assert not any("transcript" in name for name in names)
    with page.expect_download() as found:
        page.get_by_role("link", name="Results (JSON)").click()
    found.value.save_as(tmp_path / "results.json")
    assert json.loads((tmp_path / "results.json").read_text())["summary"]["completedTasks"] == 2


def test_who_may_look_reads_of_each_task_by_its_name(windows, nightdesk, finished):
    home, _, job = finished.rpartition("/jobs/")
    shares = home.replace("/s/", "/api/desks/") + "/shares"
    made = httpx.post(shares, json={"job": job, "ttl_s": 3_600}).json()
    page = windows.open(f"{made['url']}/jobs/{job}#items")
    expect(page.get_by_role("columnheader", name="Task")).to_be_visible()
    row = page.locator("[data-item-row='0']")
    expect(row.locator(".c-what")).to_have_text("game")
    expect(row.locator(".c-result")).to_have_text("95 of 100")
    row.click()
    expect(page.get_by_role("term").filter(has_text="It said last")).to_be_visible()


def test_the_bill_and_its_limit(windows, finished):
    page = windows.open(f"{finished}#costs")
    expect(page.locator(".cost-bar")).to_have_count(2)
    expect(page.get_by_role("row", name="GPT-4")).to_contain_text("$")
    page.get_by_text("Change the limit").click()
    page.locator("input[name=usd]").fill("9999999")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator(".cap-form .wrong")).to_contain_text("must be at most 1,000,000")
    page.locator("input[name=usd]").fill("2")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator(".sums")).to_contain_text("of at most $2.00")


@pytest.fixture
def hanging(nightdesk):
    """A job whose only task is in its second round, and stays there."""
    with Client(nightdesk) as desk:
        job = desk.submit(["it hangs"], kind="agent", spec={"api_key": KEY}, start=True)
        yield job
        with suppress(Conflict):
            desk.cancel(job.id)


def test_a_task_is_watched_while_it_goes_on(windows, nightdesk, hanging):
    job = hanging
    page = windows.open(f"{nightdesk}/s/local/jobs/{job.id}#tasks/0")
    verdict_of = page.locator(".verdict")
    expect(verdict_of).to_contain_text("Not done yet", timeout=WORK_MS)
    expect(verdict_of).to_contain_text("the rest")
    expect(page.locator("span.stage")).to_have_text("Round 2: at work", timeout=WORK_MS)
    page.get_by_role("link", name="Back to the tasks").click()
    row = page.locator("[data-task-row='0']")
    expect(row).to_contain_text("Round 2: at work")
    page.locator(".job-head").get_by_role("button", name="Cancel").click()
    expect(page.locator(".job-head .status-text")).to_have_text("Cancelled", timeout=WORK_MS)


@pytest.mark.parametrize("width", [1440, 380])
def test_what_models_write_is_text(windows, finished, width):
    size = {"viewport": {"width": width, "height": 900}}
    page = windows.open(f"{finished}#tasks", **size)
    expect(page).to_have_title("Nightdesk")
    page.locator("[data-task-row='1']").click()
    expect(page.locator(".round")).to_have_count(1)
    page.evaluate(UNFOLD)
    body = page.locator(".task-body")
    expect(body.locator(".diff .line-of.added")).to_contain_text("<img src=x onerror=")
    expect(body.locator(".verdict")).to_contain_text("</script><b>")
    # Signs that turn text, or mean something to a terminal, are seen instead of done.
    expect(body.locator(".diff .line-of.added")).to_contain_text("␛[31m[U+202E]gnp.exe")
    expect(body).not_to_contain_text(TURNED)
    foreign = body.locator(".round").locator("img, script, a, .said b, .diff b")
    expect(foreign).to_have_count(0)
    expect(page).to_have_title("Nightdesk")


def test_on_a_phone_in_chinese_and_by_the_keyboard(windows, finished):
    size = {"viewport": {"width": 380, "height": 780}, "locale": "zh-CN", "color_scheme": "dark"}
    page = windows.open(finished, **size)
    fits = "document.documentElement.scrollWidth <= innerWidth"
    page.locator("[data-task-row='0']").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-task-row='1']")).to_be_focused()
    holds(page, fits)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".round").first).to_contain_text("第 1 轮")
    summary = page.locator(".round > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".verdict").first).to_contain_text("尚未完成")
    holds(page, fits)
    page.keyboard.press("Tab")
    tab(page, "费用")
    expect(page.locator(".cost-chart svg")).to_be_visible()
    holds(page, fits)


def test_a_task_file_is_read_and_what_is_wrong_with_it_is_said(windows, nightdesk):
    page = windows.open(f"{nightdesk}/s/local")
    fill_form(page, '{"tasks": [\n {"dir": "a" "first_prompt": "b"}]}')
    expect(page.locator("#agent-tasks-note")).to_contain_text("look at line 2, column")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    tasks = {"tasks": [{"dir": "", "first_prompt": "a"}, {"first_prompt": "b"}, {"dir": "../c"}]}
    file = {"name": "task.json", "mimeType": "application/json"}
    page.locator("input[name=tasks_file]").set_input_files(
        {**file, "buffer": json.dumps(tasks).encode()}
    )
    expect(page.get_by_text("3 tasks")).to_be_visible()
    page.get_by_label("The job, US $").fill("0.0")
    page.get_by_role("button", name="Save for later").click()
    error = page.locator(".form-error")
    expect(error).to_contain_text("Task #2 first_prompt is missing")
    # What stands at its field is not counted among the rest.
    expect(error).not_to_contain_text("more")
    page.locator("textarea[name=prompts]").fill("one\nof two lines\n---\nanother")
    expect(page.get_by_text("2 tasks")).to_be_visible()
    page.locator("textarea[name=prompts]").fill("one")
    page.get_by_role("button", name="Save for later").click()
    expect(page.locator("#agent-budget-usd-note")).to_contain_text("more than 0")
