"""Raises the process's limit of open files, and says how many sockets fit under it."""

from __future__ import annotations

import resource

# Of each process: stores, listeners, pipes and spare descriptors come first; connections, in the
# server those of clients, in a worker those of jobs, get the rest.
_RESERVED = 256
# What a server with a job at work has open: 49 at rest, those that its store holds in reserve
# included, ten while a worker is started, those of the job, and connections that are on their way
# out. Where the limit is low, clients leave at least these. Used up, nobody is accepted any more,
# and no worker starts.
_LEAST_RESERVED = 72
_WANTED = 2**20


def raise_limit() -> int:
    """Raise the soft limit as far as the hard one allows; returns what it is now.

    Worker processes inherit it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return _WANTED if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def sockets_within(limit: int, wanted: int) -> int:
    """Outgoing sockets that fit under a limit of open files; at least one."""
    return max(1, min(wanted, limit - _RESERVED))


def connections_within(limit: int, wanted: int) -> int:
    """Clients' connections that fit under a limit of open files; of a low one, at most half."""
    of_low = min(limit // 2, limit - _LEAST_RESERVED)
    return max(1, min(wanted, max(limit - _RESERVED, of_low)))
