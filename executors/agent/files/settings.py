"""How much an agent may do to its folder. Pure; every limit is told in `docs/agent-tools.md`."""

from __future__ import annotations

from msgspec import Struct

KIB, MIB = 1024, 1024 * 1024

# Parts of a path that no tool reads, writes or lists: what runs by itself when somebody uses it
# (the hooks of a repository), and where the command line takes keys and addresses from.
GUARDED = (".git", ".hg", ".svn", ".jj", ".bzr", ".env")

MAX_ARGUMENT_BYTES = 4 * MIB
MAX_PATTERN_CHARS = 1_000
MAX_COMMAND_CHARS = 16 * KIB
DEFAULT_COMMAND_S, MAX_COMMAND_S = 60.0, 600.0


class FolderSettings(Struct, frozen=True, kw_only=True):
    """`files` and `total_bytes` are of what the item has touched. `durable`: what a tool says is
    done has been synced, for a folder that is its user's own; a desk has the transcript. `own`: it
    began empty, nobody else is in it and nobody comes back to it, so that what concerns a few small
    files is done at once and in no thread. `guarded` are names in lower case that no part of a path
    may be."""

    guarded: tuple[str, ...] = GUARDED
    durable: bool = False
    own: bool = False
    file_bytes: int = MIB
    files: int = 2_000
    total_bytes: int = 64 * MIB
    # Of a file that was there before: to be read, and kept in case it is put back.
    readable_bytes: int = 16 * MIB
    output_bytes: int = 64 * KIB
    listed: int = 2_000
    # What one walk through the folder looks at, and one search reads.
    walked: int = 20_000
    searched_bytes: int = 64 * MIB
    matches: int = 500
    # What one command may change.
    command_files: int = 500
    command_bytes: int = 4 * MIB
