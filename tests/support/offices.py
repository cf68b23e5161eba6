"""The office pool as it is served, with the executor of `tests.support.clerk` in it."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import pypdfium2
import trio

from actors.ports import ArtifactChunk, WorkerEvent
from tests.support.clerk import RUNNER
from tests.support.houses import Heard
from tests.support.leasing import brief, leased
from workers.attachment import JobAttachment
from workers.office_pool import OfficePoolSettings
from workers.pool import Pools, PoolSettings

ROOT = Path(__file__).resolve().parents[2]
_LINK = (
    '<Relationship Id="rId99" TargetMode="External" Target="{}" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"/>'
)
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_PICTURE = (
    f'<w:p><w:r><w:drawing xmlns:wp="{_DRAWING}/wordprocessingDrawing" xmlns:a="{_DRAWING}/main"'
    f' xmlns:pic="{_DRAWING}/picture"><wp:inline><wp:extent cx="990000" cy="990000"/>'
    f'<wp:docPr id="1" name="p"/><a:graphic><a:graphicData uri="{_DRAWING}/picture"><pic:pic>'
    '<pic:nvPicPr><pic:cNvPr id="1" name="p"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
    '<a:blip r:link="rId99"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr>'
    '<a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>'
    "</w:drawing></w:r></w:p>"
)
# Waited so long only where a test fails, or its machine is busy.
PATIENCE_S = 120.0


def _nothing() -> None:
    """Nobody waits for a PDF."""


class ClerkSpec:
    """The server's half: only what pools look at."""

    kind = "clerk"
    pool = "office"
    runner = RUNNER


class Bureau:
    """An office pool of one worker under `data`. `run` it in a nursery."""

    def __init__(self, data: Path, **changes: Any) -> None:
        self.heard = Heard()
        values: dict[str, Any] = {"office_workers": 1, "readable": (str(ROOT),)}
        office = OfficePoolSettings(scratch=data / "offices", **(values | changes))
        self.pools = Pools(PoolSettings(office=office), {"clerk": ClerkSpec()}, self.heard)

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        await self.pools.run(task_status=task_status)

    async def pdf(
        self, document: bytes, when_made: Callable[[], None] = _nothing, **wish: Any
    ) -> tuple[bytes, WorkerEvent]:
        """What came of one document, and the event that ended it. `when_made` is called when there
        is a PDF and the item is at work still."""
        with trio.fail_after(PATIENCE_S):
            async with self.pools.attach(brief(kind="clerk", pool="office")) as job:
                if not isinstance(job, JobAttachment):
                    return b"", (await job.wait_events())[0]
                async with trio.open_nursery() as nursery:
                    job.want(1)
                    await job.wait_granted()
                    await job.lease([leased(0, wish)])
                    nursery.start_soon(job.enclose, 0, document)
                    made, ending = await _listen(job, when_made)
                    nursery.cancel_scope.cancel()
        return made, ending

    def pid(self) -> int:
        """That of the worker which is up."""
        (pid,) = self.pools.worker_pids()
        return pid


async def _listen(job: JobAttachment, when_made: Callable[[], None]) -> tuple[bytes, WorkerEvent]:
    made = bytearray()
    while True:
        for event in await job.wait_events():
            if not isinstance(event, ArtifactChunk):
                return bytes(made), event
            made += event.data
            if event.last:
                when_made()


def letter(*paragraphs: str) -> bytes:
    """A docx."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def linked(document: bytes, target: str) -> bytes:
    """The document with a picture in it that lies elsewhere."""
    out = BytesIO()
    with ZipFile(BytesIO(document)) as whole, ZipFile(out, "w") as changed:
        for name in whole.namelist():
            data = whole.read(name).decode() if name.endswith(("xml", "rels")) else None
            if data is not None and name == "word/_rels/document.xml.rels":
                data = data.replace("</Relationships>", _LINK.format(target) + "</Relationships>")
            if data is not None and name == "word/document.xml":
                data = data.replace("<w:body>", "<w:body>" + _PICTURE)
            changed.writestr(name, whole.read(name) if data is None else data)
    return out.getvalue()


def text_of(pdf: bytes) -> str:
    """What is written in a PDF."""
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def picture_of(pdf: bytes) -> bytes:
    """How its first page looks."""
    with pypdfium2.PdfDocument(pdf) as document:
        return bytes(document[0].render().buffer)
