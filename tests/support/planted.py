"""Damage, planted in the folder of `tests.support.data_folders`, and what the doctor calls it."""

from __future__ import annotations

import os
import shutil
import time

from msgspec.structs import replace

from state.codec import decode, encode
from state.ledgers import Ledger, LedgerEntry
from state.lines import seal_of, sealed
from state.model import Counts, JobStatus
from state.rotation import rotate
from state.schedules import Schedule
from tests.support.data_folders import DONE, LINK
from tests.support.planted_files import HOME, JOB, PLANTED_FILES, at, changed
from tests.support.states import ALICE, BOB, an_outcome

NEWEST = f"sessions/{ALICE}.json"
PREVIOUS = f"{NEWEST}.1"
MARKER = f"active/{ALICE}"
OUTCOMES = f"{JOB}/outcomes.jsonl"
SEAL = seal_of(ALICE, DONE)


def rewritten(data, change):
    """Save Alice's newest state anew, as `change` makes it."""
    path = at(data, NEWEST)
    state = change(decode(ALICE, path.read_bytes()).state)
    path.write_bytes(encode(ALICE, state))


def job_changed(data, **fields):
    def change(state):
        return replace(state, jobs={**state.jobs, DONE: replace(state.jobs[DONE], **fields)})

    rewritten(data, change)


def plant_folder_missing(data):
    shutil.rmtree(data / "active")


def plant_wrong_kind(data):
    at(data, f"{JOB}/log.jsonl").unlink()
    os.mkfifo(at(data, f"{JOB}/log.jsonl"))


def plant_link_for_marker(data):
    at(data, MARKER).unlink()
    at(data, MARKER).symlink_to("/etc/hostname")


def plant_mode(data):
    at(data, NEWEST).chmod(0o644)
    at(data, JOB).chmod(0o755)
    at(data, "sessions").chmod(0o750)


def plant_mode_of_the_folder(data):
    data.chmod(0o777)


def plant_key_mode(data):
    at(data, "secret").chmod(0o640)


def plant_key_gone(data):
    at(data, "secret").unlink()


def plant_key_short(data):
    os.truncate(at(data, "secret"), 8)


def plant_key_of_zeros(data):
    at(data, "secret").write_bytes(bytes(32))


def plant_former_keys_damaged(data):
    rotate(data, 3600, time.time())
    changed(at(data, "secret.old"), lambda old: old.replace(b'"until":', b'"until":9'))


def plant_former_keys_in_a_folder(data):
    at(data, "secret.old").mkdir()


def plant_ballast_gone(data):
    at(data, "ballast").unlink()


def plant_foreign(data):
    at(data, "sessions/notes.txt").write_text("mine")
    at(data, "files/backup").mkdir()
    at(data, "active/nobody").touch(0o600)
    at(data, f"{HOME}/stray").touch(0o600)
    at(data, f"{JOB}/copy of outcomes.jsonl").touch(0o600)


def plant_foreign_at_the_top(data):
    at(data, "foo.txt").write_text("mine")
    at(data, "lost+found").mkdir()
    at(data, "secret.old.tmp").symlink_to("foo.txt")


def plant_left_over(data):
    left = (f"{NEWEST}.0.tmp", f"sessions/{ALICE}.json.link", "secret.1.tmp", f"{JOB}/x.tmp")
    for path in (*left, f"{JOB}/parts/part.9.tmp", f"{HOME}/secrets.json.2.tmp"):
        at(data, path).touch(0o600)


def plant_newest_damaged(data):
    changed(at(data, NEWEST), lambda old: old[:-1])


def plant_newest_gone(data):
    at(data, NEWEST).unlink()


def plant_both_damaged(data):
    plant_newest_damaged(data)
    at(data, PREVIOUS).write_bytes(b"")


def plant_desk_gone(data):
    at(data, NEWEST).unlink()
    at(data, PREVIOUS).unlink()


def plant_newer_schema(data):
    changed(at(data, NEWEST), lambda old: old.replace(b'"schema":1', b'"schema":9'))


def plant_previous_damaged(data):
    at(data, PREVIOUS).write_bytes(b"{}")


def plant_ledger_twice(data):
    entry = LedgerEntry("grant-1", 5, 1.0, balance=5)
    ledger = Ledger(10, 10, 0, (entry, replace(entry, balance=10)))
    rewritten(data, lambda state: replace(state, ledger=ledger))


def plant_ledger_gaps(data):
    ledger = Ledger(10, 7, 3, (LedgerEntry("grant-1", 10, 1.0, balance=10),))
    rewritten(data, lambda state: replace(state, ledger=ledger))


def plant_no_marker(data):
    at(data, MARKER).unlink()


def plant_marker_of_a_quiet_desk(data):
    at(data, f"active/{BOB}").touch(0o600)


def plant_marker_of_nobody(data):
    at(data, f"active/{'0' * 64}").touch(0o600)


def plant_folder_of_nobody(data):
    at(data, f"files/{'0' * 64}").mkdir()


def plant_secrets_damaged(data):
    at(data, f"{HOME}/secrets.json").write_bytes(b"{")


def plant_secret_gone(data):
    at(data, f"{HOME}/secrets.json").unlink()


def plant_job_gone(data):
    shutil.rmtree(at(data, JOB))


def plant_files_gone(data):
    shutil.rmtree(at(data, HOME))


def plant_job_unknown(data):
    shutil.copytree(at(data, JOB), at(data, f"{HOME}/job-other"))


def plant_inputs_gone(data):
    at(data, f"{JOB}/inputs.jsonl").unlink()


def plant_inputs_damaged(data):
    changed(at(data, f"{JOB}/inputs.jsonl"), lambda old: b"X" + old[1:])


def plant_found_torn(data):
    job_changed(data, grows_to=9)
    changed(at(data, f"{JOB}/inputs.jsonl"), lambda old: old + old[: old.index(b"\n") - 5])


def plant_inputs_short(data):
    changed(at(data, f"{JOB}/inputs.jsonl"), lambda old: old[: old.index(b"\n") + 5])


def plant_outcomes_torn(data):
    changed(at(data, OUTCOMES), lambda old: old + b'{"index":0,"run\0')


def plant_last_outcome_bad(data):
    changed(at(data, OUTCOMES), lambda old: old + b'{"index":0,"run"}\n')


def plant_outcome_bad_in_the_middle(data):
    changed(at(data, OUTCOMES), lambda old: b'{"index":1}\n' + old)


def plant_outcome_of_no_item(data):
    changed(at(data, OUTCOMES), lambda old: sealed(an_outcome(9), SEAL) + old)


def plant_outcomes_ahead(data):
    changed(at(data, OUTCOMES), lambda old: old + sealed(an_outcome(2, run=2), SEAL))


def plant_outcomes_lost(data):
    changed(at(data, OUTCOMES), lambda old: old[: old.index(b"\n") + 1])


def plant_outcomes_gone(data):
    at(data, OUTCOMES).unlink()


def plant_counts_behind(data):
    job_changed(data, counts=Counts(3, 1, 0))


def plant_schedule_idle(data):
    """As every hour would, with the pass that it waits for forgotten."""
    hourly = Schedule(
        start="00:00", end="24:00", interval_min=60, work_days=tuple(range(7)), timezone="UTC"
    )
    job_changed(data, status=JobStatus.SCHEDULED, schedule=hourly)


def plant_audit_torn(data):
    changed(at(data, f"{HOME}/audit.jsonl"), lambda old: old[:-3])


def plant_audit_damaged(data):
    changed(at(data, f"{HOME}/audit.jsonl"), lambda old: old.replace(b'"::1"', b'"::2"', 1))


def plant_audit_of_another_desk(data):
    theirs = at(data, f"files/{BOB}/audit.jsonl").read_bytes()
    changed(at(data, f"{HOME}/audit.jsonl"), lambda old: old + theirs)


def plant_log_damaged(data):
    changed(at(data, f"{JOB}/log.jsonl"), lambda old: b"[" * 5000 + b"\n" + old + b"\0\0")


def plant_log_large(data):
    changed(at(data, f"{JOB}/log.jsonl"), lambda old: old * 100)


def plant_link_gone(data):
    at(data, f"links/{LINK}").unlink()


def plant_link_damaged(data):
    changed(at(data, f"links/{LINK}"), lambda old: b"x" + old[1:])


def plant_link_to_another_desk(data):
    changed(at(data, f"links/{LINK}"), lambda old: ALICE.encode() + b"\n")


def plant_links_missing(data):
    shutil.rmtree(data / "links")


def plant_link_that_was_replaced(data):
    shutil.copy(at(data, f"links/{LINK}"), at(data, f"links/{'5' * 64}"))


def plant_link_of_nobody(data):
    plant_link_that_was_replaced(data)
    changed(at(data, f"links/{'5' * 64}"), lambda old: b"5" * 64 + b"\n")


def plant_link_torn(data):
    plant_link_that_was_replaced(data)
    changed(at(data, f"links/{'5' * 64}"), lambda old: old[:7])


# plant -> (the code that is found, whether it can be repaired)
PLANTED = [
    *PLANTED_FILES,
    (plant_folder_missing, "folder-missing", True),
    (plant_wrong_kind, "wrong-kind", True),
    (plant_link_for_marker, "wrong-kind", True),
    (plant_mode, "mode", True),
    (plant_mode_of_the_folder, "mode", True),
    (plant_key_mode, "signing-key-unusable", True),
    (plant_key_gone, "signing-key-missing", False),
    (plant_key_short, "signing-key-unusable", False),
    (plant_key_of_zeros, "signing-key-unusable", False),
    (plant_former_keys_damaged, "former-keys-damaged", True),
    (plant_former_keys_in_a_folder, "wrong-kind", True),
    (plant_ballast_gone, "ballast-missing", False),
    (plant_foreign, "foreign", True),
    (plant_foreign_at_the_top, "foreign", False),
    (plant_left_over, "left-over", True),
    (plant_newest_damaged, "desk-damaged", True),
    (plant_newest_gone, "desk-damaged", True),
    (plant_both_damaged, "desk-lost", False),
    (plant_desk_gone, "desk-lost", False),
    (plant_newer_schema, "desk-unreadable", False),
    (plant_previous_damaged, "previous-damaged", True),
    (plant_ledger_twice, "ledger-twice", False),
    (plant_ledger_gaps, "ledger-gaps", False),
    (plant_no_marker, "marker-missing", True),
    (plant_marker_of_a_quiet_desk, "marker-superfluous", True),
    (plant_marker_of_nobody, "marker-superfluous", True),
    (plant_link_gone, "link-broken", True),
    (plant_link_damaged, "link-broken", True),
    (plant_link_to_another_desk, "link-broken", True),
    (plant_links_missing, "folder-missing", True),
    (plant_link_that_was_replaced, "link-superfluous", True),
    (plant_link_of_nobody, "link-superfluous", True),
    (plant_link_torn, "link-superfluous", True),
    (plant_folder_of_nobody, "desk-unknown", True),
    (plant_secrets_damaged, "secrets-damaged", False),
    (plant_secret_gone, "secret-missing", False),
    (plant_job_gone, "job-files-missing", False),
    (plant_files_gone, "job-files-missing", False),
    (plant_job_unknown, "job-unknown", True),
    (plant_inputs_gone, "inputs-missing", False),
    (plant_inputs_damaged, "inputs-damaged", False),
    (plant_inputs_short, "inputs-count", False),
    (plant_found_torn, "inputs-torn", True),
    (plant_outcomes_torn, "outcomes-torn", True),
    (plant_last_outcome_bad, "outcomes-torn", True),
    (plant_outcome_bad_in_the_middle, "outcomes-damaged", True),
    (plant_outcome_of_no_item, "outcomes-damaged", True),
    (plant_outcomes_ahead, "outcomes-ahead", False),
    (plant_outcomes_lost, "outcomes-lost", False),
    (plant_outcomes_gone, "outcomes-lost", False),
    (plant_counts_behind, "counts-behind", True),
    (plant_schedule_idle, "schedule-idle", False),
    (plant_audit_torn, "audit-torn", True),
    (plant_audit_damaged, "audit-damaged", True),
    (plant_audit_of_another_desk, "audit-damaged", True),
    (plant_log_damaged, "log-damaged", True),
    (plant_log_large, "log-oversized", False),
]
