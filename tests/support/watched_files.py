"""A `Files` that writes down every call and fails where it is told to."""

from __future__ import annotations

import errno
import os

from state.files import RealFiles

_QUIET = frozenset({"facts", "facts_of", "read", "list"})


class WatchedFiles:
    """`calls` holds (method, name) of every call that changes or opens something.

    Names of temp files are shortened to "<name>.tmp", handles to the name they were opened by.
    """

    def __init__(self):
        self.real = RealFiles()
        self.calls = []
        self.reads = []  # (name, offset)
        self._names = {}
        self._faults = []

    def fail(self, method, code, *, name="", times=1):
        """The next `times` calls of that method on a name that contains `name` fail."""
        self._faults.append([method, name, code, times])

    def short_write(self, size, *, name=""):
        """The next write takes only `size` bytes."""
        self._faults.append(["write", name, -size, 1])

    def mend(self):
        self._faults.clear()

    def called(self, method):
        return [name for said, name in self.calls if said == method]

    def __getattr__(self, method):
        work = getattr(self.real, method)

        def call(*args):
            name = self._named(args)
            if method not in _QUIET:
                self.calls.append((method, name))
            if method == "read":
                self.reads.append((name, args[2]))
            taken = self._meet(method, name)
            if taken is not None:
                return work(args[0], bytes(args[1])[:taken])
            result = work(*args)
            if isinstance(result, int) and method.startswith(("open_", "create")):
                self._names[result] = name
            return result

        return call

    def _named(self, args):
        names = [os.path.basename(arg) for arg in args if isinstance(arg, (str, os.PathLike))]
        if names:
            return _short(names[-1])
        return self._names.get(args[0], "?") if args else ""

    def _meet(self, method, name):
        for fault in self._faults:
            wanted, part, code, times = fault
            if wanted == method and part in name and times > 0:
                fault[3] -= 1
                if code <= 0:
                    return -code
                raise OSError(code, errno.errorcode[code])
        return None


def _short(name):
    if name.endswith(".tmp"):
        return name.rsplit(".", 2)[0] + ".tmp"
    return name
