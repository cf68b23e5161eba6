"""A small healthy data folder, made by the real store, and the doctor's look at it."""

from __future__ import annotations

import shutil
import stat
import subprocess
import time

import trio
from msgspec.structs import replace

from state.audit import AuditLine
from state.digests import digest_of
from state.doctor.examine import Orders, examine
from state.errors import StateError
from state.files import RealFiles
from state.journeys import Journey, encode_journeys
from state.library import Picture, Template
from state.model import Counts, JobStatus, JourneyBook, LogLine, OutcomeStatus
from state.secret import load_secret
from state.store import FileStore
from state.views import link_of
from tests.support.states import ALICE, BOB, a_desk, a_job, an_outcome, items

# Alice has one job that has ended, with everything a job can have, and one that waits to run.
AUDITED = AuditLine(
    at="2026-11-22T03:01:00.000Z", who="a" * 16, means="link", what="create_job", origin="::1"
)
DONE, WAITING = "job-done", "job-waiting"
# Alice keeps a journey.
JOURNEYS = encode_journeys([Journey(id="0" * 8, name="shop", url="http://h/")])
# And a template, of which the job that has ended has a copy.
LETTER = b"Dear {{ name }}"
TEMPLATE = Template(
    id="letter",
    name="Letter",
    digest=digest_of(LETTER),
    facts=digest_of(b"{}"),
    format="txt",
    size_bytes=len(LETTER),
)
# And a picture.
LOGO = b"a logo"
PICTURE = Picture(
    id="logo",
    name="Logo",
    digest=digest_of(LOGO),
    thumbnail=digest_of(LOGO[:1]),
    format="png",
    width=2,
    height=1,
    size_bytes=len(LOGO),
)
# Bob's address is not his first.
LINK = link_of("the second of Bob")


def open_store(data):
    return FileStore.opened(
        data, threads=2, max_log_bytes=4096, max_artifact_bytes=4096, ballast_bytes=4096
    )


async def _write(data):
    async with open_store(data) as store:
        for desk in (ALICE, BOB):
            await store.save(desk, a_desk(1))
        for job_id in (DONE, WAITING):
            await store.write_inputs(ALICE, job_id, items(3))
        await store.save_secrets(ALICE, DONE, {"header.0": "hush"})
        log = await store.open_outcomes(ALICE, DONE)
        await log.append([an_outcome(0), an_outcome(1), an_outcome(2, OutcomeStatus.FAILED)])
        await log.sync()
        await log.aclose()
        for desk in (ALICE, BOB):
            await store.append_audit(desk, [AUDITED])
        await store.append_log(ALICE, DONE, [LogLine(5.0, "info", "begun")])
        artifact = await store.create_artifact(ALICE, DONE, "pages/0.html")
        await artifact.write(b"<p>")
        pack = await store.open_artifacts(ALICE, DONE)
        pack.record(await artifact.commit())
        pack.add("letters/Ada.docx", b"dear Ada")
        pack.add("letters/Bob.docx", b"dear Bob")
        await pack.sync()
        await pack.aclose()
        spec = {"headers": {"Cookie": {"secret": "header.0"}}}
        done = a_job(DONE, JobStatus.PARTIALLY_COMPLETED, run=1, spec=spec)
        done = replace(done, counts=Counts(3, 2, 1), assets=(TEMPLATE.digest,))
        for data in (LETTER, b"{}", LOGO, LOGO[:1]):
            await store.save_library(ALICE, data)
        await store.copy_assets(ALICE, DONE, done.assets)
        await store.save_journeys(ALICE, JOURNEYS)
        book = JourneyBook(digest_of(JOURNEYS), 1, len(JOURNEYS))
        jobs = (done, a_job(WAITING, JobStatus.QUEUED))
        library = {"templates": {TEMPLATE.id: TEMPLATE}, "pictures": {PICTURE.id: PICTURE}}
        await store.save(ALICE, a_desk(2, *jobs, journeys=book, **library))
        await store.save_link(BOB, LINK)
        await store.save(BOB, replace(a_desk(2), link=LINK))


def make_healthy(data):
    """Write it; only what a server writes is in it."""
    trio.run(_write, data)
    load_secret(data)


def copy_of(healthy, data):
    """A copy of all there is, of whatever kind, with times and modes. Only root may read what
    nobody may: such files are opened up while they are copied."""
    locked = {path: path.lstat().st_mode for path in healthy.rglob("*") if _is_locked(path)}
    for path in locked:
        path.chmod(0o600)
    subprocess.run(["cp", "-a", "--", healthy, data], check=True)
    for path, mode in locked.items():
        path.chmod(mode & 0o7777)
        (data / path.relative_to(healthy)).chmod(mode & 0o7777)
    return data


def _is_locked(path):
    mode = path.lstat().st_mode
    return stat.S_ISREG(mode) and not mode & stat.S_IRUSR


def examined(data, *, repair=False, live=False, files=None, **orders):
    """The doctor's report."""
    given = {"max_log_bytes": 4096, "free_bytes": 1 << 40, "now": time.time, **orders}
    return examine(files or RealFiles(), data, Orders(repair=repair, live=live, **given))


def codes(report):
    """The codes of what is wrong and was not repaired."""
    return sorted({finding.code for finding in report.findings if not finding.repaired})


def loaded(data, scratch):
    """What a server would read of each desk, or the kind of its refusal; `data` stays as it is."""

    copy_of(data, scratch)

    async def load():
        found = {}
        async with open_store(scratch) as store:
            for desk in (ALICE, BOB):
                try:
                    found[desk] = (await store.load(desk)).state
                except StateError as error:
                    found[desk] = type(error)
        return found

    try:
        return trio.run(load)
    finally:
        shutil.rmtree(scratch)
