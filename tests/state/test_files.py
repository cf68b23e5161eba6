"""The real files: modes whatever the umask, no links followed, a reserve of descriptors."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap

import pytest

from state.files import RealFiles
from state.lock import DataLock
from state.secret import load_secret
from tests.support.states import ALICE, items, running_desk


@pytest.fixture(params=[0o000, 0o022, 0o777])
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


async def test_modes_do_not_depend_on_the_umask(open_store, data, umask):
    with DataLock(data):
        load_secret(data)
        async with open_store() as store:
            await store.save(ALICE, running_desk())
            await store.write_inputs(ALICE, "job-1", items(1))
            await store.save_secrets(ALICE, "job-1", {"a": "b"})
            await (await store.open_outcomes(ALICE, "job-1")).aclose()
            writer = await store.create_artifact(ALICE, "job-1", "a/b")
            await writer.commit()
            found = [data, *data.rglob("*")]
            assert len(found) > 15
            for path in found:
                mode = stat.S_IMODE(path.stat().st_mode)
                assert mode == (0o700 if path.is_dir() else 0o600), path


def test_nothing_follows_a_link(tmp_path):
    files = RealFiles()
    (tmp_path / "real").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "alias").symlink_to("file")
    root = files.open_root(tmp_path)
    for opens, name in [
        (files.open_folder, "link"),
        (files.open_read, "alias"),
        (files.open_append, "alias"),
        (files.create, "alias"),
    ]:
        with pytest.raises(OSError, match=name):
            opens(root, name)
    files.close(root)


def test_descriptors_are_not_inherited(tmp_path):
    files = RealFiles(3)
    root = files.open_root(tmp_path)
    handles = [root, files.create(root, "a"), files.open_read(root, "a")]
    assert not any(os.get_inheritable(handle) for handle in handles)
    for handle in handles:
        files.close(handle)
    files.release_spares()


def test_storage_goes_on_when_sockets_have_all_descriptors(tmp_path):
    """In a process of its own, whose descriptors are really used up."""
    script = textwrap.dedent(
        """
        import errno, os, resource, sys, trio
        from pathlib import Path
        from state.store import FileStore
        from tests.support.states import ALICE, a_desk, items

        async def main():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
            root = Path(sys.argv[1])
            limits = dict(max_log_bytes=4096, max_artifact_bytes=4096, ballast_bytes=4096)
            async with FileStore.opened(root, threads=2, **limits) as store:
                taken = []
                try:
                    while True:
                        taken.append(os.open("/dev/null", os.O_RDONLY))
                except OSError as error:
                    assert error.errno == errno.EMFILE
                for revision in range(1, 20):
                    await store.save(ALICE, a_desk(revision))
                await store.write_inputs(ALICE, "job-1", items(3))
                assert (await store.load(ALICE)).state == a_desk(19)
                assert await store.exists(ALICE)
                try:
                    os.open("/dev/null", os.O_RDONLY)
                except OSError as error:
                    assert error.errno == errno.EMFILE
                else:
                    raise AssertionError("the reserve was not taken back")

        trio.run(main)
        """
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "data")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
