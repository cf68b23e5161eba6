"""Bare LibreOffice: one call of `soffice` for each document, one after the other.

Task: `soffice`, `documents` (paths), `folder`. The profile is made by a call that is not counted,
and kept for all of them.
"""

from __future__ import annotations

import resource
import subprocess
import tempfile
from pathlib import Path

from measure import Clock, task


def main() -> None:
    given = task()
    folder = Path(given["folder"])
    with tempfile.TemporaryDirectory(prefix="bench-profile-") as profile:
        convert(given["soffice"], profile, given["documents"][0], folder)
        for file in folder.iterdir():
            file.unlink()
        clock = Clock()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for document in given["documents"]:
            convert(given["soffice"], profile, document, folder)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        # What counts is the children's: this process only waits for them.
        cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        made = len(list(folder.glob("*.pdf")))
        clock.report(made, cpu_s=cpu_s, peak_bytes=used.ru_maxrss * 1024)


def convert(soffice: str, profile: str, document: str, folder: Path) -> None:
    settings = (f"-env:UserInstallation=file://{profile}", "--headless", "--norestore")
    wanted = ("--convert-to", "pdf", "--outdir", str(folder), document)
    subprocess.run([soffice, *settings, *wanted], check=True, capture_output=True)


if __name__ == "__main__":
    main()
