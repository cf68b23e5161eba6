"""A worker holds its lifeline whatever the number of its descriptor: a server has as many as it has
sockets, and more than a thousand of them are nothing special."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

HOLD = """
import fcntl, os, resource
from workers import lifeline

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (2_048, hard))
read_fd, write_fd = os.pipe()
held = fcntl.fcntl(read_fd, fcntl.F_DUPFD, 1_500)
{before}
lifeline.hold(held)
print("held", flush=True)
{after}
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [("", "os._exit(0)", b"held\n"), ("os.close(write_fd)", "", b"")],
    ids=["is there", "was closed before"],
)
def test_a_lifeline_beyond_a_thousand_descriptors(before, after, said):
    done = subprocess.run(
        [sys.executable, "-c", HOLD.format(before=before, after=after)],
        stdout=subprocess.PIPE,
        start_new_session=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == said
    assert done.returncode == (0 if said else -signal.SIGKILL)


def test_its_end_is_the_group_s_end():
    """Signalled by the kernel: this code does nothing but wait."""
    after = "import time; os.close(write_fd); time.sleep(60)"
    done = subprocess.run(
        [sys.executable, "-c", HOLD.format(before="", after=after)],
        stdout=subprocess.PIPE,
        start_new_session=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.returncode) == (b"held\n", -signal.SIGKILL)
