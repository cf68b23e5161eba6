"""What a table of documents asks of the server: files kept, archives of what it made."""

from __future__ import annotations

import zipfile
from http.client import HTTPConnection
from pathlib import Path

from kit.procs import BenchError
from kit.served import Served

_BOUNDARY = "bench-bench-bench"
_CHUNK_BYTES = 1 << 20


def keep(server: Served, desk: str, what: str, id: str, name: str, data: bytes) -> None:
    """Put a file among the desk's `templates` or `data-sources`. Raises BenchError."""
    body = b"".join(
        (
            _part('name="id"'),
            id.encode(),
            _part(f'name="file"; filename="{name}"'),
            data,
            f"\r\n--{_BOUNDARY}--\r\n".encode(),
        )
    )
    connection = HTTPConnection(server.host, server.port, timeout=120)
    headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    connection.request("POST", f"/api/desks/{desk}/{what}", body, headers)
    with connection.getresponse() as reply:
        text = reply.read()
    connection.close()
    if reply.status != 201:
        raise BenchError(f"{name} was not kept: {reply.status} {text[:500]!r}")


def _part(disposition: str) -> bytes:
    return f"\r\n--{_BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()


def download(server: Served, desk: str, job: str, to: Path) -> None:
    """All that a job made, as the archive that the server answers. Raises BenchError."""
    connection = HTTPConnection(server.host, server.port, timeout=600)
    connection.request("GET", f"/api/desks/{desk}/jobs/{job}/artifacts.zip")
    with connection.getresponse() as reply, to.open("wb") as file:
        if reply.status != 200:
            raise BenchError(f"no archive: {reply.status} {reply.read(500)!r}")
        while chunk := reply.read(_CHUNK_BYTES):
            file.write(chunk)
    connection.close()


def check(archive: Path, documents: int) -> None:
    """That it holds so many documents and a manifest, no byte of them wrong. Raises BenchError."""
    with zipfile.ZipFile(archive) as file:
        names = file.namelist()
        wrong = file.testzip()
    if wrong is not None or len(set(names)) != documents + 1 or "manifest.json" not in names:
        raise BenchError(f"{len(names)} entries for {documents} documents; wrong: {wrong}")
