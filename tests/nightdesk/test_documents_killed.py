"""A job of documents whose server is killed in the middle: after a restart every document is there,
once, as its manifest says."""

from __future__ import annotations

import hashlib
import json
import zipfile

from nightdesk import Client

ROWS = 300


def test_every_document_is_there_after_the_server_was_killed(start_server, tmp_path):
    first = start_server()
    with Client(first.url) as desk:
        desk.add_template("letter.txt", b"Dear {{ name }}.", id="letter")
        rows = [{"name": f"n{number}"} for number in range(ROWS)]
        spec = {"templates": ["letter"], "file_name": "{{ name }}", "concurrency": 4}
        job = desk.submit_documents(spec, rows=rows)
        # Some are made by then; where all are, none may be made again or be lost.
        next(seen for seen in desk.watch(job.id) if seen.counts.done)
    first.kill()
    second = start_server()
    with Client(second.url) as desk:
        ended = desk.wait(job.id)
        assert (ended.status, ended.counts.ok) == ("completed", ROWS)
        desk.download_all(job.id, tmp_path / "all.zip")
    assert second.stop() == 0
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        made = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(made.pop("manifest.json"))
    listed = told["files"]
    assert {each["file"]: each["sha256"] for each in listed} == {
        name: hashlib.sha256(data).hexdigest() for name, data in made.items()
    }
    assert made == {f"n{number}.txt": b"Dear n%d." % number for number in range(ROWS)}
