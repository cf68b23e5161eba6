"""The batches that the screenshots show, handed over as a user would, by the client."""

from __future__ import annotations

import io

import docx
import httpx
from msgspec import Struct

from nightdesk import Client
from nightdesk.client import Job, Schedule

PEOPLE = (
    {"name": "Ada Lovelace", "first": "Ada", "city": "London"},
    {"name": "Alan Turing", "first": "Alan", "city": "Bletchley"},
    {"name": "Grace Hopper", "first": "Grace", "city": "New York"},
)
TASKS = (
    ("guessing-game", "Write a guessing game in Python: the computer takes a number from 1 to 10."),
    ("calculator", "Write a calculator in HTML and JavaScript, with a history of what it did."),
    ("poem", "Write a poem about a desk that works at night."),
    ("csv-tool", "Write a command that adds up the columns of a CSV file."),
)
LETTERS = 240
LISTS = 6


class Jobs(Struct, frozen=True):
    """The ids of those that the scenes open, and addresses for a new one."""

    desk: str
    fetched: str
    running: str
    agents: str
    urls: tuple[str, ...]


def fill(server: str, model: str) -> Jobs:
    """A desk with something of everything; returns when all but one have ended."""
    with Client(server) as anybody:
        key = anybody.create_desk().desk_id
    with Client(server, desk=key) as desk:
        sample = httpx.get(f"{server}/api/sample").raise_for_status().json()
        urls, journeys = sample["items"], sample["journeys"]
        fetched = desk.submit(urls, name="Spring list", spec={"concurrency": 10})
        agents = desk.submit(
            [{"dir": name, "first_prompt": prompt} for name, prompt in TASKS],
            kind="agent",
            name="Four small programs",
            spec={"endpoint": "demo", "model": model, "budget_usd": "0.50"},
        )
        letters = _letters(desk)
        visit = desk.submit(journeys, kind="visit", name="Bookshop, every evening")
        desk.submit(urls[:40], name="Prices, at night", schedule=NIGHTLY)
        for job in (fetched, agents, letters, visit):
            desk.wait(job.id, timeout_s=300)
        slow = [f"{url}?list={at}" for at in range(LISTS) for url in urls]
        running = desk.submit(slow, name="Catalogue, all pages", spec={"concurrency": 12})
        desk.submit(urls[:120], name="Waits for its turn")
    return Jobs(key, fetched.id, running.id, agents.id, tuple(urls[:40]))


NIGHTLY = Schedule(
    start="22:00",
    end="06:00",
    interval_min=60,
    work_days=(1, 2, 3, 4, 5),
    timezone="Europe/London",
)


def _letters(desk: Client) -> Job:
    document = docx.Document()
    document.add_heading("Invitation", 1)
    document.add_paragraph("Dear {{ first }},")
    document.add_paragraph("we would be glad to see you in {{ city }} on Friday.")
    buffer = io.BytesIO()
    document.save(buffer)
    kept = desk.add_template("invitation.docx", buffer.getvalue(), name="Invitation")
    rows = [PEOPLE[at % len(PEOPLE)] for at in range(LETTERS)]
    spec = {"templates": [kept.template.id], "file_name": "{{ name }}-{{ _index }}"}
    return desk.submit_documents(spec, rows=rows, name="Invitations", start=True)
