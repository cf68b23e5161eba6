"""What may happen to a file while nobody looks: each a function of its path and a number."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from torture.corruption.scenes import INNOCENT, VICTIM

SPARSE_BYTES = 1024**3
Mutate = Callable[[Path, int], None]


# ------------------------------------------------------------------- the bytes of a file


def truncate(path: Path, at: int) -> None:
    os.truncate(path, at)


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


def zero_tail(path: Path, at: int) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:at] + bytes(len(data) - at))


def garbage_tail(path: Path, seed: int) -> None:
    with path.open("ab") as file:
        file.write(Random(seed).randbytes(1 + seed % 300))


def overwritten(path: Path, seed: int) -> None:
    random = Random(seed)
    data = bytearray(path.read_bytes())
    start = random.randrange(len(data))
    data[start : start + 64] = random.randbytes(len(data[start : start + 64]))
    path.write_bytes(data)


def doubled(path: Path, _: int) -> None:
    path.write_bytes(path.read_bytes() * 2)


def with_bom(path: Path, _: int) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def with_crlf(path: Path, _: int) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n").replace(b",", b",\r\n", 1))


def without_line(path: Path, number: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[number % len(lines)]
    path.write_bytes(b"".join(lines))


def twice_a_line(path: Path, number: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines.insert(0, lines[number % len(lines)])
    path.write_bytes(b"".join(lines))


def junk_line(path: Path, number: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines.insert(number % len(lines), b"junk\n")
    path.write_bytes(b"".join(lines))


def swapped_lines(path: Path, number: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    here = number % len(lines)
    lines[here], lines[0] = lines[0], lines[here]
    path.write_bytes(b"".join(lines))


def foreign(path: Path, _: int) -> None:
    """Another desk's whole and valid file of that name, or one of its jobs'."""
    name = str(path).replace(VICTIM, INNOCENT)
    other = Path(name)
    if not other.exists():
        other = Path(name).parent.parent / "running" / path.name
    shutil.copyfile(other, path)


# ------------------------------------------------------------------------ what is no file


def missing(path: Path, _: int) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def empty(path: Path, _: int) -> None:
    path.write_bytes(b"")


def folder(path: Path, _: int) -> None:
    missing(path, 0)
    path.mkdir()


def fifo(path: Path, _: int) -> None:
    missing(path, 0)
    os.mkfifo(path)


def unix_socket(path: Path, _: int) -> None:
    """Bound by a short name: those of desks are longer than such an address may be."""
    missing(path, 0)
    here = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(f"/proc/self/fd/{here}/s")
    os.close(here)
    path.with_name("s").rename(path)


def link_to(target: str) -> Mutate:
    def link(path: Path, _: int) -> None:
        missing(path, 0)
        path.symlink_to(target)

    return link


def link_to_innocent(path: Path, _: int) -> None:
    missing(path, 0)
    path.symlink_to(str(path).replace(VICTIM, INNOCENT))


def link_to_itself(path: Path, _: int) -> None:
    missing(path, 0)
    path.symlink_to(path.name)


def sparse(path: Path, _: int) -> None:
    os.truncate(path, SPARSE_BYTES)


# ------------------------------------------------- whole by their checksum, wrong otherwise


def resealed(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Mutate:
    """Change the desk or its envelope, and make length and checksum fit again."""

    def mutate(path: Path, _: int) -> None:
        envelope = json.loads(path.read_bytes())
        desk = envelope["desk"]
        change(envelope, desk)
        body = json.dumps(envelope.pop("desk"), separators=(",", ":")).encode()
        envelope |= {"length": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        head = json.dumps(envelope, separators=(",", ":")).encode()
        path.write_bytes(head[:-1] + b',"desk":' + body + b"}")

    return mutate


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


def _job(desk: dict[str, Any]) -> dict[str, Any]:
    job: dict[str, Any] = next(iter(desk["jobs"].values()))
    return job


def one_letter(path: Path, _: int) -> None:
    """Still a desk in every way but by its checksum."""
    path.write_bytes(path.read_bytes().replace(b"spring", b"sprang"))


def previous_copied(path: Path, _: int) -> None:
    shutil.copyfile(path.with_name(path.name + ".1"), path)
    os.utime(path, (5, 5))


def previous_swapped(path: Path, _: int) -> None:
    previous, aside = path.with_name(path.name + ".1"), path.with_name("aside")
    path.rename(aside)
    previous.rename(path)
    aside.rename(previous)


NOT_FILES: dict[str, Mutate] = {
    "missing": missing,
    "empty": empty,
    "folder": folder,
    "fifo": fifo,
    "socket": unix_socket,
    "link-to-innocent": link_to_innocent,
    "link-to-zeros": link_to("/dev/zero"),
    "link-to-nothing": link_to("nothing"),
    "link-to-itself": link_to_itself,
}
OF_FILES: dict[str, Mutate] = {
    "sparse": sparse,
    "doubled": doubled,
    "bom": with_bom,
    "crlf": with_crlf,
    "foreign": foreign,
}
OF_LINES: dict[str, Mutate] = {
    "without-line": without_line,
    "twice-a-line": twice_a_line,
    "swapped-lines": swapped_lines,
    "junk-line": junk_line,
}
OF_BYTES: dict[str, Mutate] = {
    "truncate": truncate,
    "flip": flip,
    "zero-tail": zero_tail,
    "garbage-tail": garbage_tail,
    "overwritten": overwritten,
}
OF_DESKS: dict[str, Mutate] = {
    "one-letter": one_letter,
    "newer-schema": resealed(lambda envelope, desk: envelope.update(schema=99)),
    "unknown-format": resealed(lambda envelope, desk: envelope.update(format=7)),
    "other-owner": resealed(lambda envelope, desk: envelope.update(owner=INNOCENT)),
    "unknown-member": resealed(lambda envelope, desk: envelope.update(more=1)),
    "other-revision": resealed(lambda envelope, desk: envelope.update(revision=77)),
    "jobs-a-list": resealed(lambda envelope, desk: desk.update(jobs=[1])),
    "jobs-null": resealed(lambda envelope, desk: desk.update(jobs=None)),
    "text-for-number": resealed(lambda envelope, desk: desk.update(created_at="now")),
    "huge-number": resealed(lambda envelope, desk: desk.update(next_arrival=10**400)),
    "late-date": resealed(lambda envelope, desk: _job(desk).update(created_at=1e300)),
    "not-a-number": resealed(lambda envelope, desk: desk.update(created_at=float("nan"))),
    "lone-surrogate": resealed(lambda envelope, desk: _job(desk).update(name="\ud800")),
    "deep": resealed(lambda envelope, desk: _job(desk).update(spec=_nested(900))),
    "ledger-off": resealed(lambda envelope, desk: desk["ledger"].update(balance=1)),
    "counts-negative": resealed(lambda envelope, desk: _job(desk)["counts"].update(ok=-1)),
    "counts-over": resealed(lambda envelope, desk: _job(desk)["counts"].update(ok=10**6)),
    "total-huge": resealed(lambda envelope, desk: _job(desk)["counts"].update(total=10**15)),
    "unknown-status": resealed(lambda envelope, desk: _job(desk).update(status="great")),
    "previous-copied": previous_copied,
    "previous-swapped": previous_swapped,
}
MUTATIONS: dict[str, Mutate] = NOT_FILES | OF_FILES | OF_LINES | OF_BYTES | OF_DESKS
