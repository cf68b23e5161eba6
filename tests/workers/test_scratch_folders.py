"""The folders of workers: found by the same words wherever one stands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workers.cell import Cell
from workers.jail.scratch import ScratchFolders

_MAKES_A_FILE = "import tempfile; tempfile.mkstemp(); print(tempfile.gettempdir())"


def test_a_worker_of_a_relative_data_folder_finds_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default is `data`, from where the server was started; a worker stands elsewhere."""
    monkeypatch.chdir(tmp_path)
    folders = ScratchFolders(Path("data/scratch"))
    folders.sweep()
    folder = folders.make()
    place = Cell(folders=folders).place(folder, (), None)

    done = subprocess.run(
        [sys.executable, "-c", _MAKES_A_FILE],
        cwd=place.folder,
        env=dict(place.variables),
        capture_output=True,
        text=True,
        check=True,
    )

    assert Path(done.stdout.strip()) == tmp_path / "data/scratch" / folder.name
    assert len(list(folder.iterdir())) == 1
    folders.remove(folder)
    assert list((tmp_path / "data/scratch").iterdir()) == []
