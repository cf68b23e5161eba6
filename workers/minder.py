"""Stands above one program of the operator's, and ends with it all that came of it.

`python -m workers.minder LIFELINE FOLDER ROOT COMMAND...`, started by `workers.webui.program`. The
program leads a session of its own and knows the environment that the server was started in, but for
what is the server's: its `NIGHTDESK_` variables, and ROOT on the path of modules. When it has
ended, or the server is gone or says so, whatever descends from it is killed (`workers.keeper`).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping

from workers.keeper import keep

# As shells say it: there is no such program, or it cannot be run.
EXIT_NOT_STARTED = 127
_OURS = "NIGHTDESK_"


def main() -> None:
    lifeline, folder, root, *command = sys.argv[1:]
    lifeline_fd = int(lifeline)
    os.set_inheritable(lifeline_fd, False)
    keep(lambda: _start(folder, command, environment(os.environ, root)), lifeline_fd)


def environment(ours: Mapping[str, str], root: str) -> dict[str, str]:
    """What the program may know of that environment."""
    theirs = {name: value for name, value in ours.items() if not name.startswith(_OURS)}
    path = [place for place in theirs.pop("PYTHONPATH", "").split(os.pathsep) if place]
    if left := [place for place in path if place != root]:
        theirs["PYTHONPATH"] = os.pathsep.join(left)
    return theirs


def _start(folder: str, command: list[str], environment: Mapping[str, str]) -> int:
    try:
        os.chdir(folder)
        return os.posix_spawnp(
            command[0],
            command,
            environment,
            setsid=True,
            # Python ignores them, and what is ignored stays so in a program.
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT],
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started in {folder}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(EXIT_NOT_STARTED)


if __name__ == "__main__":
    main()
