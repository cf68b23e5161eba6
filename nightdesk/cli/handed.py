"""What is told of a job that was just handed over, and how it is followed from there. Used by every
command that makes one."""

from __future__ import annotations

from nightdesk.cli.reach import Reach
from nightdesk.cli.terminal import clock, put, put_json, tell
from nightdesk.cli.watch import EXIT_OK, about, leaving_it_running, watch_job
from nightdesk.cli.words import Words
from nightdesk.client import Client, Job
from nightdesk.client.models import Schedule


def tell_passes(client: Client, schedule: Schedule | None, at: Reach, words: Words) -> None:
    """For people: when its next passes would be."""
    if schedule is None or at.json:
        return
    passes = [clock(each.at) for each in client.preview_schedule(schedule)]
    tell(words("passes", times=", ".join(passes)))


def handed_over(client: Client, made: Job, at: Reach, words: Words, *, wait: bool) -> int:
    """Its id, where it is to be seen, and with `wait` how it ends. Returns the exit code."""
    with leaving_it_running(made.id, words):
        if not at.json:
            put(made.id)
            tell(about("submitted", made, words))
            at.tell_page(client, made.id, words)
        elif not wait:
            put_json(made)
        if wait:
            return watch_job(client, made.id, words, as_json=at.json)
    return EXIT_OK
