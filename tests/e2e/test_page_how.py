"""How to do by a program what the page does: every text that is shown is run, at a real server."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from nightdesk.cli.app import run as command_line
from nightdesk.client import Client
from tests.e2e.support.real_server import serving

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
# Ends at once, and fails: nothing listens there.
DEAD = "http://127.0.0.1:9/"
SPEC = {"keep_body": True, "retries": 0}
# What a shell, a form of curl's, or a reader's eye would take for something else.
NAME = '-spring list, it\'s "ü"; type=a \u202egnp $(id)'
# What each text says of what it has done, in whatever language; for the others the desk is asked.
SAID = {
    "make": "",
    "again": "",
    "wait": r'"revision"|3 of 3|completed',
    "socket": r"3 of 3|snapshot -spring",
    "text": r"spring list",
    "failed": r"127\.0\.0\.1:9",
    "retry": "",
    "outcomes": "",
    "files": "",
    "upload": "",
    "webhook": r"\S",
}
# A script of a page, with what it logs; one that only listens is given until it has heard.
SCRIPT = """async () => {
    const said = [];
    const console = {log: (...words) => said.push(words.join(" "))};
    %s
    for (let at = 0; said.length === 0 && at < 2000; at += 1)
        await new Promise((done) => setTimeout(done, 10));
    return said.join("\\n");
}"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(address, desk, job) of a job that has ended, with a failure and a file."""
    data = tmp_path_factory.mktemp("how") / "data"
    with serving(data, "--allow-target", "127.0.0.1") as address:
        sample = httpx.get(f"{address}/api/sample").json()["items"]
        with Client(address) as client:
            desk = client.create_desk().desk_id
        with Client(address, desk=desk) as client:
            items = [sample[0], sample[1], DEAD]
            job = client.submit(items, name=NAME, spec=SPEC)
            assert [*client.watch(job.id)][-1].counts.failed == 1
        yield address, desk, job.id


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a text as a shell or Python does, in a folder of its own; what it prints. Our own
    command is run in this process: it would be most of the time else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NIGHTDESK_")}
    environment = {**kept, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    for name in os.environ.keys() - kept.keys():
        monkeypatch.delenv(name)

    def ran(topic, language, text):
        folder = tmp_path / f"{topic}-{language}"
        folder.mkdir()
        before, _, command = text.rpartition("\n") if language == "cli" else (text, "", "")
        program = [sys.executable, "-c"] if language == "python" else ["bash", "-euc"]
        done = subprocess.run(
            [*program, before],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (topic, language, done.stdout, done.stderr)
        said = done.stdout
        if command:
            monkeypatch.chdir(folder)
            name, *arguments = shlex.split(command)
            # `watch` ends with 1 where items have failed: so they have.
            assert (name, command_line(arguments, {})) == ("nightdesk", int(topic == "wait"))
            said += "".join(capsys.readouterr())
        if topic in ("outcomes", "files"):
            left = [file for file in folder.rglob("*") if file.is_file()]
            assert [file.stat().st_size > 0 for file in left].count(True) > 0, (topic, language)
        return said

    return ran


def wait_ended(address, desk, job):
    with Client(address, desk=desk) as client:
        return [*client.watch(job)][-1]


def test_every_text_does_what_it_says(made, run, windows):
    address, desk, job = made
    page = windows.open(f"{address}/s/{desk}/jobs/{job}#how")
    expect(page.locator(".how-topic")).to_have_count(len(SAID))
    asked = httpx.get(f"{address}/api/desks/{desk}/jobs/{job}/asked").json()
    seen = {"origin": address, "desk": desk, "job": job, "items": asked["items"][:2]}
    seen |= {name: asked[name] for name in ("kind", "name", "spec")}
    topics = page.evaluate(
        "async (seen) => (await import('/page/app/how-snippets.js')).topicsOf(seen)", seen
    )
    assert set(topics) == set(SAID)
    shown = page.get_by_role("region", name="Make a job like this")
    expect(shown).to_have_text(topics["make"]["curl"].replace(desk, "••••••••"))
    expect(page.locator("body")).not_to_contain_text(desk)
    page.get_by_role("button", name="Show the address").click()
    expect(shown).to_have_text(topics["make"]["curl"])

    texts = [
        (topic, language, text)
        for topic, by_language in topics.items()
        for language, text in by_language.items()
    ]
    for topic, language, text in texts:
        if topic == "retry":
            wait_ended(address, desk, job)
        is_script = language == "javascript"
        said = page.evaluate(SCRIPT % text) if is_script else run(topic, language, text)
        assert re.search(SAID[topic], said), (topic, language, said)
    wait_ended(address, desk, job)
    with Client(address, desk=desk) as client:
        jobs = [one.name for one in client.jobs()]
    # The first, and from each of four languages one made, one repeated and one of a table.
    assert len(jobs) == 1 + 4 * 3
    # A table that our own command hands over is called as its file is.
    assert sorted({*jobs}) == [NAME, "urls.csv"]
    assert not any("\u202e" in text for _, language, text in texts if language != "cli")
    assert "hooks.example" in httpx.get(f"{address}/api/desks/{desk}/webhooks").text


def test_on_a_desk_and_where_it_is_not_one(made, windows):
    address, desk, _ = made
    # A browser of its own, since it keeps the language that is chosen.
    page = windows.open(f"{address}/s/{desk}/how", locale="en-GB")
    expect(page).to_have_url(f"{address}/s/{desk}#how")
    expect(page.get_by_role("heading", name="Move here from an older system")).to_be_visible()
    # There is no job that another could be like.
    expect(page.get_by_role("heading", name="Make a job", exact=True)).to_be_visible()
    page.get_by_role("button", name="nightdesk", exact=True).click()
    expect(page.get_by_role("region", name="Hand over a table")).to_contain_text("submit fetch")
    # The language stays chosen.
    page.reload()
    expect(page.get_by_role("region", name="Hand over a table")).to_contain_text("submit fetch")
    other = "11111111-2222-4333-8444-555555555555"
    answer = httpx.get(f"{address}/s/{other}/how", headers={"Accept": "text/html"})
    assert (answer.status_code, "Location" in answer.headers) == (404, False)
