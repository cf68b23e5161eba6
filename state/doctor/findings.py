"""What can be wrong with a data folder: every code, how bad it is, and what it means for the user.

A check yields a `Problem`; `state.doctor.examine` makes it a `Finding`, repaired or not. The codes
are stable: programs may rely on them. `nightdesk.cli.doctor` has the Chinese of the table.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """ERROR: data is lost, or will be. WARNING: a safety net is gone. NOTE: nothing to fear."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Code(Struct, frozen=True):
    """What every finding of a code has in common. `remedy` says what `--repair` does, or what to do
    by hand."""

    severity: Severity
    means: str
    remedy: str


class Problem(Struct, frozen=True):
    """One thing that is wrong, as a check saw it. `path` is relative to the data folder.

    `mend` repairs it, crash-safe, and returns what was done; it may raise OSError or StateError.
    """

    code: str
    path: str
    what: str
    mend: Callable[[], str] | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that is wrong, as it is reported. `said` tells what the repair did, or why it
    failed; None where none was tried."""

    severity: Severity
    code: str
    path: str
    desk: str | None
    job: str | None
    what: str
    means: str
    remedy: str
    repairable: bool
    repaired: bool = False
    said: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it makes the folder one that needs somebody's attention."""
        return self.severity is not Severity.NOTE and not self.repaired


# What a check is: it yields problems, and is resumed when they were mended or passed over.
Problems = Generator[Problem, None, None]


def _error(means: str, remedy: str) -> Code:
    return Code(Severity.ERROR, means, remedy)


def _warning(means: str, remedy: str) -> Code:
    return Code(Severity.WARNING, means, remedy)


def _note(means: str, remedy: str) -> Code:
    return Code(Severity.NOTE, means, remedy)


_FROM_BACKUP = "By hand: put it back from a backup."
_ASIDE = "--repair moves it to quarantine/, where it stays."

CODES: dict[str, Code] = {
    "folder-missing": _error(
        "A folder of the data is gone, with all that was in it; nothing else was checked.",
        "--repair makes it, empty, and goes on. By hand: put it back from a backup first.",
    ),
    "wrong-kind": _error(
        "Something else is in the place of a file or folder; what belongs there cannot be read.",
        f"{_ASIDE} A folder that holds the data itself is left: put the real one in its place.",
    ),
    "mode": _warning(
        "Other accounts of this machine may read it, or the server itself may not.",
        "--repair gives files 0600 and folders 0700.",
    ),
    "unreadable": _error(
        "It could not be read, so nothing is known of it.",
        "By hand: see to the access rights, or to the disk; then check again.",
    ),
    "signing-key-missing": _warning(
        "The next start makes a new key: every token and cookie of the old one ends.",
        _FROM_BACKUP,
    ),
    "signing-key-unusable": _error(
        "The server refuses to start with this key.",
        "--repair mends its mode. A key that is too short, or not random: by hand, put it back "
        "from a backup, or `nightdesk rotate-secret --window 0`, and every token and cookie ends.",
    ),
    "former-keys-damaged": _warning(
        "Tokens and cookies from before the last rotation are refused.",
        f"{_ASIDE} By hand: put it back from a backup.",
    ),
    "ballast-missing": _note(
        "The disk was full and the reserve was given up, or the server runs without one.",
        "Nothing to do: it is laid again as soon as there is room.",
    ),
    "space-low": _warning(
        "The disk is nearly full: new work will be refused.",
        "By hand: make room on the disk.",
    ),
    "foreign": _note(
        "Nightdesk did not make it and does not read it.",
        f"{_ASIDE} At the top of the data folder it is left where it is.",
    ),
    "left-over": _note(
        "Half-done writes of a server that was killed: never acknowledged, never read.",
        "--repair removes them, as the next start does.",
    ),
    "desk-damaged": _error(
        "The newest state of this desk is lost; what came after the one before is not known.",
        "--repair moves it to quarantine/ and puts the generation before in its place, marked as "
        "restored, which the user sees.",
    ),
    "desk-lost": _error(
        "No generation of this desk can be read: it answers 503, and its jobs do not run.",
        "Nothing can be repaired from what is here, and nothing is touched. By hand: put its file "
        "back from a backup; the files of its jobs fit to it.",
    ),
    "desk-unreadable": _error(
        "The file may be whole but cannot be judged: it answers 503.",
        "Nothing is touched. By hand: use the newer version of Nightdesk that wrote it, or see to "
        "the access rights.",
    ),
    "previous-damaged": _warning(
        "The newest state is good, but there is none to fall back on.",
        f"{_ASIDE} The next save makes a new one.",
    ),
    "desk-restored": _note(
        "An older generation was restored; the user sees that until it is accepted.",
        "Nothing to do here: the user decides.",
    ),
    "ledger-twice": _warning(
        "A movement of tokens stands in the ledger twice, though the sums add up.",
        "By hand: compare the desk's balance with what was granted.",
    ),
    "ledger-gaps": _warning(
        "The movements of tokens that are kept do not lead to the balance, though the sums add up.",
        "By hand: compare the balance with what was granted and with what its jobs cost.",
    ),
    "marker-missing": _error(
        "The desk has unfinished work that would not go on by itself after a start.",
        "--repair sets the marker.",
    ),
    "marker-superfluous": _note(
        "The desk would be woken at the next start for nothing.", "--repair removes it."
    ),
    "schedule-idle": _warning(
        "A schedule waits for no pass: it starts nothing, though it looks as if it would.",
        "By hand: pause and resume it, or make it anew with a window that opens and a time zone "
        "that is known here.",
    ),
    "link-broken": _error(
        "The address of this desk opens nothing: its user is shut out.",
        "--repair writes it anew from what the desk says.",
    ),
    "link-superfluous": _note(
        "An address that opens nothing: it was replaced, or never given out.", _ASIDE
    ),
    "desk-unknown": _note("It belongs to no desk and to no job.", _ASIDE),
    "secrets-damaged": _error(
        "The secret values of this desk's jobs and journeys (passwords, keys) cannot be read.",
        "--repair moves it to quarantine/ where no job needs it. By hand: put it back from a "
        "backup, or hand the jobs over again.",
    ),
    "secret-missing": _error(
        "A job, a journey, a proxy or a webhook of the desk needs a secret value that is gone: it "
        "will fail.",
        "By hand: hand the job over again; fill in the journey's value or the proxy anew; remove "
        "the webhook and add it again.",
    ),
    "journeys-damaged": _error(
        "The journeys of this desk cannot be read. Its user is told so, and may give it new ones; "
        "its jobs are not affected.",
        _FROM_BACKUP,
    ),
    "library-damaged": _error(
        "A template or a table of this desk cannot be used. Its user is told so, and may upload it "
        "again; jobs that were made with it have their own copy.",
        _FROM_BACKUP,
    ),
    "asset-damaged": _error(
        "A file that all items of the job need is gone or damaged: what is not done fails.",
        "By hand: put the file back from a backup, or hand the job over again.",
    ),
    "job-files-missing": _error(
        "The items of the job are gone: what is not done cannot be done, nor shown.",
        "By hand: put the folder back from a backup, or delete the job.",
    ),
    "job-unknown": _note(
        "Its desk knows no such job: one that was deleted, or never acknowledged.",
        "--repair moves it to quarantine/ (a start removes it). On a restored desk it is left: the "
        "generation that was lost may have known it.",
    ),
    "inputs-missing": _error(
        "The items of the job are gone: what is not done cannot be done.",
        "By hand: put the file back from a backup, or hand the job over again.",
    ),
    "inputs-damaged": _error(
        "These items cannot be run or shown; the others are not affected.",
        "By hand: put the file back from a backup, or hand these items over again.",
    ),
    "inputs-count": _error(
        "The job and its items do not belong together: it will fail when it runs.",
        "By hand: put the file back from a backup, or hand the job over again.",
    ),
    "inputs-torn": _note(
        "A server died while it wrote items that were found: those that found them run again.",
        "--repair cuts it off and keeps the bytes in quarantine/, as a start would without them.",
    ),
    "outcomes-torn": _note(
        "A server died while it wrote the last outcome: it was not counted, its item runs again.",
        "--repair cuts it off and keeps the bytes in quarantine/, as a start would without them.",
    ),
    "outcomes-damaged": _error(
        "What these lines said is lost: an item whose ending that was counts as not done.",
        "--repair takes the bad lines out and keeps them in quarantine/.",
    ),
    "outcomes-ahead": _note(
        "The job was started again in a state of the desk that is lost.",
        "Nothing to do: what is done stays done.",
    ),
    "outcomes-lost": _error(
        "Outcomes that were counted are gone. An unfinished job does these items again; of one "
        "that has ended they are missing.",
        "Cannot be repaired from what is here. By hand: put the file back from a backup.",
    ),
    "artifacts-torn": _note(
        "A server died while it wrote files that the job made: their outcomes were not counted, "
        "their items run again.",
        "--repair cuts it off and keeps the bytes in quarantine/, as a start would without them.",
    ),
    "artifacts-damaged": _error(
        "Files that these lines named cannot be found any more; all others can.",
        "--repair takes the bad lines out and keeps them in quarantine/.",
    ),
    "artifacts-lost": _error(
        "Files that the job made are gone or changed: they cannot be downloaded.",
        "Cannot be repaired from what is here. By hand: put it back from a backup, or have the "
        "items done again by a new job.",
    ),
    "counts-behind": _note(
        "The outcomes are there, the figures are older: nothing is lost.",
        "--repair counts again and saves the figures, as a job that goes on does.",
    ),
    "audit-torn": _note(
        "A server died while it wrote the last line of who did what to this desk.",
        "--repair cuts it off and keeps the bytes in quarantine/, as the next line would without.",
    ),
    "audit-damaged": _warning(
        "Some of who did what to this desk cannot be read; the desk itself is not affected.",
        "--repair takes the bad lines out and keeps them in quarantine/.",
    ),
    "log-damaged": _note(
        "Lines of a job's log cannot be read; it is for watching only.",
        "--repair takes the bad lines out and keeps them in quarantine/.",
    ),
    "log-oversized": _note(
        "The log is larger than the limit, or was written under a larger one.",
        "Nothing to do: nothing more is added to it.",
    ),
}
