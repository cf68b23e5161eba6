"""`nightdesk doctor` on folders of real servers: stopped, at work, and killed in the middle."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import httpx
import pytest

from nightdesk import Client
from nightdesk.cli.app import run
from nightdesk.cli.doctor_zh import CODES_CHINESE
from state.doctor.findings import CODES
from state.lock import DataLock
from tests.support.data_folders import copy_of, make_healthy
from tests.support.planted import plant_left_over, plant_newest_damaged, plant_no_marker


@pytest.fixture
def doctor(capsys):
    """Run it: (exit code, stdout, stderr)."""

    def command(data, *arguments, language="en_GB.UTF-8"):
        code = run(["doctor", "--data", str(data), *arguments], {"LANG": language})
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    data = tmp_path_factory.mktemp("healthy") / "data"
    make_healthy(data)
    return data


@pytest.fixture
def data(healthy, tmp_path):
    return copy_of(healthy, tmp_path / "data")


HEADS = ["desk", "severity", "code", "path", "what is wrong"]


def rows_of(out):
    """The cells of the table, without its heads."""
    heads, *rows = [line.split("\t") for line in out.splitlines() if "\t" in line] or [HEADS]
    assert heads == HEADS
    return rows


def test_a_healthy_folder_is_code_0(doctor, data):
    code, out, err = doctor(data)
    assert (code, rows_of(out), err) == (0, [], "")
    assert out.splitlines()[-1] == "all is well"
    assert "2 desks, 2 jobs, 6 items, 3 outcomes" in out


def test_errors_are_code_1_until_they_are_repaired(doctor, data):
    plant_no_marker(data)
    plant_left_over(data)
    code, out, err = doctor(data)
    rows = rows_of(out)
    assert (code, err) == (1, "")
    assert {row[2] for row in rows} == {"left-over", "marker-missing"}
    desk = rows[-1][0]
    assert len(desk) == 8
    assert desk in rows[-1][3]
    assert "would not go on by itself" in out
    assert "add --repair" in out

    code, out, err = doctor(data, "--repair")
    assert code == 0
    assert {row[1] for row in rows_of(out)} == {"repaired"}
    assert found_nothing(doctor(data, "--repair"))


def found_nothing(told):
    code, out, _ = told
    return (code, rows_of(out)) == (0, [])


def test_paths_are_in_full_and_what_is_nobodys_has_a_dash(doctor, data):
    plant_newest_damaged(data)
    (data / "foo.txt").touch()
    (data / "files" / "backup").mkdir()
    rows = rows_of(doctor(data)[1])
    assert [row[:4] for row in rows if row[2] == "foreign"] == [
        ["-", "note", "foreign", "files/backup"],
        ["-", "note", "foreign", "foo.txt"],
    ]
    assert "desk-damaged" in {row[2] for row in rows}
    for row in rows:
        assert (data / row[3]).exists(), row


def test_what_is_only_a_note_is_code_0(doctor, data):
    plant_left_over(data)
    assert doctor(data)[0] == 0


def test_json_is_one_object(doctor, data):
    plant_newest_damaged(data)
    code, out, err = doctor(data, "--json")
    assert (code, err) == (1, "")
    told = json.loads(out)
    assert told.keys() == {
        "format",
        "data",
        "live",
        "repair",
        "complete",
        "checked",
        "free_bytes",
        "quarantine",
        "summary",
        "findings",
        "exit_code",
    }
    assert (told["format"], told["live"], told["exit_code"]) == (1, False, 1)
    found = next(entry for entry in told["findings"] if entry["code"] == "desk-damaged")
    assert found["path"] == f"sessions/{found['desk']}.json"
    assert (found["severity"], found["repairable"], found["said"]) == ("error", True, None)

    told = json.loads(doctor(data, "--json", "--repair")[1])
    assert told["summary"]["repaired"] >= 1
    assert (told["quarantine"]["entries"], told["exit_code"]) == (1, 0)
    assert told["quarantine"]["oldest_at"].endswith("Z")


def test_chinese_where_it_is_asked_for(doctor, data):
    plant_no_marker(data)
    _, out, _ = doctor(data, language="zh_CN.UTF-8")
    heads, row = [line.split("\t")[1] for line in out.splitlines() if "\t" in line]
    assert (heads, row) == ("程度", "错误")
    assert CODES_CHINESE["marker-missing"][0] in out


def test_since_when_the_quarantine_has_something_is_told(doctor, data):
    plant_newest_damaged(data)
    doctor(data, "--repair")
    assert ", since 2" in doctor(data)[1]
    assert "，最早于 2" in doctor(data, language="zh_CN.UTF-8")[1]


def test_both_languages_know_every_code():
    assert CODES_CHINESE.keys() == CODES.keys()
    assert all(len(texts) == 2 and all(texts) for texts in CODES_CHINESE.values())


def test_the_document_has_every_code():
    table = (Path(__file__).parents[2] / "docs/doctor.md").read_text("utf-8").splitlines()
    for name, code in CODES.items():
        assert f"| `{name}` | {code.severity} | {code.means} | {code.remedy} |" in table


def test_a_folder_in_use_is_looked_at_and_not_repaired(doctor, data):
    plant_left_over(data)
    with DataLock(data):
        code, out, err = doctor(data)
        assert (code, rows_of(out), err) == (0, [], "")
        assert "figures may move" in out
        code, out, err = doctor(data, "--repair")
        assert (code, out) == (2, "")
        assert "stop it before --repair" in err
    assert doctor(data, "--repair")[0] == 0


def test_what_cannot_be_checked_is_code_2_and_stays_as_it_is(doctor, tmp_path):
    (tmp_path / "photos").mkdir()
    for place in (tmp_path / "missing", tmp_path / "photos"):
        for more in ((), ("--repair",), ("--json",)):
            code, out, err = doctor(place, *more)
            assert (code, out) == (2, "")
            assert "Traceback" not in err
    assert os.listdir(tmp_path) == ["photos"]
    assert os.listdir(tmp_path / "photos") == []


def test_another_account_does_not_repair(doctor, data, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: data.stat().st_uid + 1)
    code, _, err = doctor(data, "--repair")
    assert (code, "another account" in err) == (2, True)
    assert doctor(data)[0] == 0


def run_batch(server, pages, concurrency):
    """Hand a batch of the sample site over; the job's id."""
    items = httpx.get(f"{server.url}api/sample", timeout=60).json()["items"][:pages]
    with Client(server.url) as desk:
        return desk.submit(items, spec={"concurrency": concurrency}, start=True).id


def test_the_folder_of_a_real_server_is_well_while_it_works_and_after(doctor, start_server):
    server = start_server()
    job_id = run_batch(server, 40, concurrency=10)
    with Client(server.url) as desk:
        assert doctor(server.data)[0] == 0
        desk.wait(job_id)
    code, out, _ = doctor(server.data)
    assert (code, rows_of(out), "figures may move" in out) == (0, [], True)
    assert server.stop() == 0
    code, out, _ = doctor(server.data)
    assert (code, out.splitlines()[-1]) == (0, "all is well")


def test_after_sigkill_there_are_only_notes_and_a_repaired_folder_goes_on(doctor, start_server):
    server = start_server()
    job_id = run_batch(server, 90, concurrency=4)
    with Client(server.url) as desk:
        for job in desk.watch(job_id):
            if job.counts.done >= 20:
                break
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    told = json.loads(doctor(server.data, "--json")[1])
    assert {entry["severity"] for entry in told["findings"]} <= {"note"}, told
    assert told["exit_code"] == 0
    code, _, _ = doctor(server.data, "--repair")
    assert code == 0
    assert found_nothing(doctor(server.data, "--repair"))
    again = start_server()
    with Client(again.url) as desk:
        assert desk.job(job_id).counts.done >= 20
        assert any(job.ended or job.counts.done >= 40 for job in desk.watch(job_id))
    assert again.stop() == 0
    assert doctor(again.data)[0] == 0
