"""A server whose desks have a library: real desks on the virtual clock, the memory store, documents
made in this process."""

from __future__ import annotations

from contextlib import asynccontextmanager
from io import BytesIO

import trio
from msgspec.structs import replace
from quart.datastructures import FileStorage

from executors.documents.inline import InlineDocuments
from executors.documents.spec import DocumentSpec
from executors.tables.inline import InlineReader
from executors.tables.limits import TableLimits
from state.model import TERMINAL
from state.views import desk_key
from tests.support.servers import Server
from tests.web.conftest import GUEST
from web.app import build_app

DESK = f"/api/desks/{GUEST}"
TEMPLATES = f"{DESK}/templates"
SOURCES = f"{DESK}/data-sources"
JOBS = f"{DESK}/jobs"
LETTER = b"Dear {{ name }} of {{ city }},\n"
PEOPLE = "name,city\nAda,London\nGrace,New York\nZoë,北京\n".encode()


@asynccontextmanager
async def stocking(deps, *, documents=None, limits=None, executor=None, **settings):
    """A server with its front end; yields (client, server). Whoever uses it also asks for the
    virtual clock."""
    server = Server(**(limits or {}))
    server.executors = {"document": executor or DocumentSpec()}
    async with server.running() as directory:
        app = build_app(
            replace(
                deps,
                desks=directory,
                store=server.store,
                executors=server.executors,
                documents=documents or InlineDocuments(),
                tables=InlineReader(TableLimits()),
                now=server.now,
                settings=replace(deps.settings, **settings),
            )
        )
        await directory.create(desk_key(GUEST))
        yield app.test_client(), server


async def upload(client, path, filename, data, *, method="POST", **fields):
    """(status, body) of a form with a file."""
    answer = await client.open(
        path,
        method=method,
        form=fields,
        files={"file": FileStorage(BytesIO(data), filename=filename)},
    )
    return answer.status_code, await answer.get_json()


async def asked(client, method, path, **json):
    """(status, body) of a request; with a JSON body where there is something to say."""
    sent = {"json": json} if json else {}
    answer = await client.open(path, method=method, **sent)
    return answer.status_code, await answer.get_json()


async def stock(client):
    """The letter and the people, by these names."""
    assert (await upload(client, TEMPLATES, "Letter.txt", LETTER, id="letter"))[0] == 201
    assert (await upload(client, SOURCES, "people.csv", PEOPLE, id="people"))[0] == 201


async def end_of(client, job_id):
    """The job as soon as it has ended."""
    with trio.fail_after(3_600):
        while True:
            _, body = await asked(client, "GET", f"{JOBS}/{job_id}")
            if body["job"]["status"] in {str(status) for status in TERMINAL}:
                return body["job"]
            await trio.sleep(1)
