"""A job's items share files of the desk's library, those that were there when it was made."""

from __future__ import annotations

from hashlib import sha256

from msgspec.structs import replace

from actors.library import SaveTemplate
from actors.messages import RetryJob
from state.library import Template
from state.model import JobStatus
from tests.support.servers import ALICE, ENDED, Server, create, until


def template(data):
    digest, facts = sha256(data).hexdigest(), sha256(b"{}").hexdigest()
    made = Template(
        id="letter", name="letter", digest=digest, facts=facts, format="txt", size_bytes=len(data)
    )
    return SaveTemplate(template=made, data=data, facts=b"{}")


async def sizes(server):
    page = await server.store.read_outcomes(ALICE, "job")
    return [record.result for record, _ in page.records], [r.error for r, _ in page.records]


async def test_a_job_keeps_the_version_that_it_was_made_with(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        first, later = template(b"Dear you"), template(b"Dear all of you")
        await desk.ask(first)
        wish = {"do": "asset", "name": first.template.digest}
        command = create([wish, wish], start=True)
        await desk.ask(replace(command, assets=(first.template.digest,)))
        await desk.ask(later)
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.COMPLETED
        assert view.job.assets == (first.template.digest,)
        results, _ = await sizes(server)
        assert [bytes(result) for result in results] == [b'{"size":8}'] * 2


async def test_a_job_whose_files_are_gone_says_so(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        saved = template(b"Dear you")
        await desk.ask(saved)
        command = create([{"do": "fail"}])
        await desk.ask(replace(command, assets=(saved.template.digest,)))
        await until(desk, "job", JobStatus.FAILED)
        server.store._job(ALICE, "job").assets.clear()
        await desk.ask(RetryJob("job"))
        await until(desk, "job", JobStatus.RUNNING)
        view = await until(desk, "job", *ENDED)
        assert view.job.error == "a file that the items of this job share is gone"
