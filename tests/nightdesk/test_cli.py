"""The command line against a real server: what it prints, to whom, and its exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
from importlib.metadata import version

import httpx
import jwt
import openpyxl
import pytest

from nightdesk import Client
from nightdesk.cli.app import run
from tests.support.archives import packed, workbook
from tests.support.ports import refusing_port
from tests.support.processes import COMMAND, STARTUP_TIMEOUT_S, environment, run_command

# Nothing answers there, and it is refused before anything is sent.
REFUSED = "http://192.0.2.1/"


@pytest.fixture(scope="module")
def sample(server):
    """The URLs of the server's sample site, by page number from 1."""
    return [None, *httpx.get(f"{server.url}api/sample", timeout=60).json()["items"]]


@pytest.fixture
def nightdesk(server, capsys, monkeypatch):
    """Run a command against the server: (exit code, stdout, stderr)."""
    monkeypatch.setenv("NIGHTDESK_URL", server.url)

    def command(*arguments, language="en_GB.UTF-8"):
        code = run(arguments, {"LANG": language})
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


@pytest.fixture
def urls(tmp_path):
    def write(*lines, name="urls.txt"):
        path = tmp_path / name
        path.write_text("\n".join(lines), "utf-8")
        return str(path)

    return write


def test_a_batch_from_file_to_outcomes(nightdesk, server, urls, sample, tmp_path):
    file = urls("# two pages", sample[1], "", sample[66])
    code, out, err = nightdesk("submit", "fetch", file, "--name", "two", "--wait")
    job_id = out.splitlines()[0]
    assert code == 1  # one of them is gone for good
    assert "two partially completed: 1 ok, 1 failed, 0 skipped of 2" in out
    assert "nightdesk watch " + job_id in err
    assert f"page: {server.url}s/local/jobs/{job_id}\n" in err
    assert f"Why: nightdesk items {job_id} --status failed\n" in err

    code, out, _ = nightdesk("items", job_id)
    assert code == 0
    assert [line.split("\t")[:3] for line in out.splitlines()] == [
        ["0", "ok", "200"],
        ["1", "failed", "404"],
    ]
    _, out, _ = nightdesk("items", job_id, "--status", "failed", "--json")
    assert json.loads(out)["http_status"] == 404
    _, out, _ = nightdesk("log", job_id)
    assert "#1 HTTP 404" in out

    table = tmp_path / "out.xlsx"
    code, out, err = nightdesk("export", job_id, "--format", "xlsx", "--out", str(table))
    assert (code, out) == (0, "")
    assert openpyxl.load_workbook(table).active.max_row == 3


def test_everything_well_is_code_0(nightdesk, urls, sample):
    code, out, _ = nightdesk("submit", "fetch", urls(sample[1], sample[2]), "--wait")
    assert code == 0
    assert "urls.txt completed: 2 ok" in out


def test_a_job_handed_over_waits_to_be_started(nightdesk, urls, sample):
    _, out, _ = nightdesk("submit", "fetch", urls(sample[3]), "--json")
    job = json.loads(out)
    assert job["status"] == "pending"
    code, _, err = nightdesk("start", job["id"])
    assert (code, err) == (0, "urls.txt is queued\n")
    assert nightdesk("watch", "last")[0] == 0


def test_retry_tries_the_failed_ones_again(nightdesk, urls, sample):
    # Page 13 is not there at the first visit.
    code, out, _ = nightdesk("submit", "fetch", urls(sample[1], sample[13]), "--wait")
    assert code == 1
    job_id = out.splitlines()[0]
    assert nightdesk("retry", job_id)[0] == 0
    assert nightdesk("watch", job_id)[0] == 0


def test_repeat_makes_another_job_of_the_same(nightdesk, urls, sample):
    _, out, _ = nightdesk("submit", "fetch", urls(sample[1], sample[2]), "--json")
    job = json.loads(out)
    code, out, _ = nightdesk("repeat", job["id"], "--json")
    again = json.loads(out)
    assert (code, again["counts"]["total"], again["name"]) == (0, 2, job["name"])
    assert again["id"] != job["id"]


def test_retry_tries_only_what_its_filters_find(nightdesk, urls, sample):
    # Page 13 is not there at the first visit, 404 never.
    _, out, _ = nightdesk("submit", "fetch", urls(sample[26], sample[13]), "--wait")
    job_id = out.splitlines()[0]
    before = json.loads(nightdesk("jobs", "--json")[1].splitlines()[0])["counts"]
    code, _, err = nightdesk("retry", job_id, "--text", "nowhere", "--http-status", "5xx")
    assert (code, "no failed item is found" in err) == (2, True)
    assert nightdesk("retry", job_id, "--extracted", "price")[0] == 2
    assert before["failed"] > 0
    assert nightdesk("retry", job_id, "--http-status", "4xx,5xx,none")[0] == 0
    assert nightdesk("watch", job_id)[0] in (0, 1)


def test_commands_on_a_job_and_what_they_refuse(nightdesk, urls, sample):
    slow = [sample[page] for page in (99, 199, 299)]
    _, out, _ = nightdesk("submit", "fetch", urls(*slow), "--start", "--concurrency", "1")
    job_id = out.strip()
    assert nightdesk("pause", job_id)[0] == 0
    code, _, err = nightdesk("retry", job_id)
    assert (code, "(invalid_status)" in err) == (2, True)
    assert nightdesk("resume", job_id)[0] == 0
    code, out, _ = nightdesk("cancel", job_id, "--json")
    assert (code, json.loads(out)["status"]) == (0, "cancelled")
    assert nightdesk("watch", job_id)[0] == 1
    code, _, err = nightdesk("delete", job_id)
    assert (code, err) == (0, f"{job_id} is deleted\n")
    assert nightdesk("watch", job_id)[0] == 2


def test_a_job_by_the_beginning_of_its_id(nightdesk, urls):
    ids = [nightdesk("submit", "fetch", urls(REFUSED))[1].strip() for _ in range(2)]
    beginning = next(
        ids[0][:length] for length in range(1, 37) if not ids[1].startswith(ids[0][:length])
    )
    code, out, _ = nightdesk("items", beginning + ids[0][len(beginning) : 30], "--json")
    assert (code, out) == (0, "")
    code, _, err = nightdesk("watch", "no-such-job")
    assert (code, "nightdesk jobs" in err) == (2, True)
    code, _, err = nightdesk("watch", "")
    assert (code, "give more of the id" in err) == (2, True)


def test_jobs_are_listed_newest_first(nightdesk, urls):
    for name in ("older", "newer"):
        nightdesk("submit", "fetch", urls(REFUSED), "--name", name)
    _, out, _ = nightdesk("jobs")
    names = [line.split("\t")[-1] for line in out.splitlines()]
    assert names.index("newer") < names.index("older")
    _, out, _ = nightdesk("jobs", "--json", "--status", "pending")
    assert {json.loads(line)["status"] for line in out.splitlines()} == {"pending"}


def test_a_csv_file_with_methods_and_headers(nightdesk, urls, sample):
    file = urls(
        "url,method,headers,note",
        f'{sample[1]},HEAD,"{{""X-One"": ""1""}}",ignored',
        f"{sample[2]},,,",
        name="list.csv",
    )
    assert nightdesk("submit", "fetch", file, "--wait")[0] == 0
    code, _, err = nightdesk("submit", "fetch", urls("link", "x", name="bad.csv"))
    assert (code, "column url" in err) == (2, True)
    code, _, err = nightdesk("submit", "fetch", urls("url,headers", "u,{", name="bad.csv"))
    assert (code, "line 2" in err) == (2, True)


def test_a_workbook_and_an_archive_go_through_the_jail(nightdesk, server, sample, tmp_path):
    book, archive = tmp_path / "list.xlsx", tmp_path / "list.zip"
    book.write_bytes(workbook([["url", "method"], [sample[1], "HEAD"]], [["url"], ["ftp://x"]]))
    archive.write_bytes(packed({"b.xlsx": book.read_bytes(), "a.txt": sample[2]}))
    assert nightdesk("submit", "fetch", str(book), "--wait")[0] == 0
    code, out, _ = nightdesk("submit", "fetch", str(archive), "--wait")
    assert (code, "2 ok, 0 failed" in out) == (0, True)
    code, _, err = nightdesk("submit", "fetch", str(book), "--sheet", "S2")
    assert (code, "  list.xlsx, sheet S2, row 2 (item #0): " in err) == (2, True)
    archive.write_bytes(packed({"../evil.txt": sample[2]}))
    code, _, err = nightdesk("submit", "fetch", str(archive))
    assert (code, "name like a place: ../evil.txt" in err) == (2, True)
    assert "worker_started" in server.log
    assert "jail=limits,privileges,syscalls" in server.log


def test_every_bad_item_is_named(nightdesk, urls):
    bad = urls("ftp://x/", "http://ok.example/", "http://[/")
    code, out, err = nightdesk("submit", "fetch", bad)
    assert (code, out) == (2, "")
    assert "  line 1 (item #0): " in err
    assert "  line 3 (item #2): " in err
    assert "item #1" not in err


def test_a_bad_item_is_named_by_its_line_in_the_file(nightdesk, urls):
    code, _, err = nightdesk("submit", "fetch", urls("# mine", "", "ftp://x/"))
    assert (code, "  line 3 (item #0): " in err) == (2, True)
    table = urls("url,body", 'http://ok.example/,"two', 'lines"', "ftp://x/,", name="list.csv")
    code, _, err = nightdesk("submit", "fetch", table)
    assert (code, "  line 4 (item #1): " in err) == (2, True)


def test_what_is_no_text_is_refused_by_its_first_wrong_byte(nightdesk, tmp_path):
    binary = tmp_path / "urls.txt"
    binary.write_bytes(b"http://x/\n\xff\xfe")
    code, out, err = nightdesk("submit", "fetch", str(binary))
    assert (code, out) == (2, "")
    assert err == f"nightdesk: cannot read {binary}: not UTF-8 (byte 10)\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("submit", "fetch", "no-such-file.txt"),
        ("submit", "fetch", "{urls}", "--header", "no colon"),
        ("submit", "fetch", "{urls}", "--concurrency", "1.5"),
        ("submit", "fetch", "{urls}", "--concurrency", "0"),
        ("submit", "train", "{urls}"),
        ("watch",),
        ("export", "last", "--format", "pdf"),
        ("bogus",),
    ],
    ids=" ".join,
)
def test_what_is_asked_wrongly_is_code_2(nightdesk, urls, arguments):
    file = urls(REFUSED)
    code, out, err = nightdesk(*(argument.format(urls=file) for argument in arguments))
    assert (code, out) == (2, "")
    assert err.startswith("nightdesk: ")
    assert "Traceback" not in err


def test_text_of_the_server_does_not_steer_the_terminal(nightdesk, urls):
    nightdesk("submit", "fetch", urls(REFUSED), "--name", "a\u202eb[bold]c")
    _, out, _ = nightdesk("jobs")
    assert "a\N{REPLACEMENT CHARACTER}b[bold]c" in out.splitlines()[0]


def test_chinese_where_it_is_asked_for(nightdesk, urls, sample):
    _, out, _ = nightdesk("submit", "fetch", urls(sample[1]), "--wait", language="zh_CN.UTF-8")
    assert "已完成：共 1 项，成功 1" in out


def test_a_desk_of_ones_own_by_address_and_by_token(nightdesk, urls, server):
    with Client(server.url) as anybody:
        guest = anybody.create_desk()
    nightdesk("submit", "fetch", urls(REFUSED), "--name", "mine", "--desk", guest.desk_id)
    _, out, _ = nightdesk("jobs", "--desk", guest.desk_id)
    assert [line.split("\t")[-1] for line in out.splitlines()] == ["mine"]

    code, token, _ = nightdesk("token", "ann", "--data", str(server.data), "--ttl", "1h")
    assert code == 0
    claims = jwt.decode(token.strip(), options={"verify_signature": False})
    assert (claims["sub"], claims["exp"] - claims["iat"]) == ("ann", 3_600)
    code, _, err = nightdesk("jobs", "--token", token.strip())
    assert (code, err) == (0, "no jobs on this desk\n")
    assert nightdesk("jobs", "--token", token.strip() + "x")[0] == 2


@pytest.mark.parametrize(
    "arguments", [("",), ("x" * 201,), ("ann", "--ttl", "0"), ("ann", "--data", "missing")]
)
def test_a_token_that_makes_no_sense(nightdesk, arguments, server):
    data = () if "--data" in arguments else ("--data", str(server.data))
    assert nightdesk("token", *arguments, *data)[0] == 2


def test_no_server_is_code_3_and_says_what_to_do(nightdesk):
    with refusing_port() as port:
        code, out, err = nightdesk("jobs", "--url", f"http://127.0.0.1:{port}")
    assert (code, out) == (3, "")
    assert err.endswith(f"Start it with: nightdesk serve --port {port}\n")


@pytest.mark.parametrize("address", ["nonsense", "ftp://127.0.0.1/", "http://", "http://[/"])
def test_what_is_no_address_is_code_2_and_needs_no_server(nightdesk, address):
    code, out, err = nightdesk("jobs", "--url", address)
    assert (code, out) == (2, "")
    assert "is no address of a server" in err
    assert "nightdesk serve" not in err


def test_another_server_at_the_address_is_told_as_one(nightdesk, sample):
    other = sample[1].rpartition("/page/")[0]
    code, out, err = nightdesk("jobs", "--url", other)
    assert (code, out) == (3, "")
    assert f"what answers at {other} is not Nightdesk (status 404)" in err
    assert "nightdesk serve" not in err


def test_with_json_errors_are_json_on_stderr(nightdesk, urls):
    bad = urls("http://ok.example/", "ftp://x/")
    code, out, err = nightdesk("submit", "fetch", bad, "--json")
    assert (code, out) == (2, "")
    error = json.loads(err)["error"]
    assert error["code"] == "invalid_spec"
    assert [(x["index"], x["line"]) for x in error["details"]["errors"]] == [(1, 2)]

    code, out, err = nightdesk("watch", "--json")
    assert (code, out, json.loads(err)["error"]["code"]) == (2, "", "usage")
    code, out, err = nightdesk("jobs", "--url", "http://127.0.0.1:1", "--json")
    assert (code, out, json.loads(err)["error"]["code"]) == (3, "", "unreachable")


def test_times_are_as_on_the_wire(nightdesk, server, urls):
    _, out, _ = nightdesk("submit", "fetch", urls(REFUSED), "--json")
    job = json.loads(out)
    wire = httpx.get(f"{server.url}api/desks/local/jobs/{job['id']}", timeout=60).json()["job"]
    assert job["created_at"] == wire["created_at"]


def test_a_guest_desk_s_address_is_not_written_where_it_may_be_a_log(nightdesk, urls, server):
    with Client(server.url) as anybody:
        guest = anybody.create_desk()
    _, _, err = nightdesk("submit", "fetch", urls(REFUSED), "--desk", guest.desk_id)
    assert guest.desk_id not in err
    assert "page:" not in err


def test_ctrl_c_leaves_the_job_running(server, sample, urls):
    slow = urls(*(sample[page] for page in (99, 199, 299, 399, 499)))
    command = [*COMMAND, "submit", "fetch", slow, "--wait", "--concurrency", "1"]
    watching = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment() | {"NIGHTDESK_URL": server.url},
        # A shell starts what runs in its background with SIGINT ignored, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    first = watching.stderr.readline() + watching.stderr.readline()
    assert "nightdesk watch" in first
    watching.send_signal(signal.SIGINT)
    out, err = watching.communicate(timeout=STARTUP_TIMEOUT_S)
    job_id = out.splitlines()[0]
    assert watching.returncode == 130, err
    assert f"nightdesk watch {job_id}" in err
    assert "Traceback" not in err
    with Client(server.url) as desk:
        assert desk.job(job_id).status in ("queued", "running")
        desk.cancel(job_id)


def test_a_reader_who_has_seen_enough_is_no_error(server, nightdesk, urls):
    job_id = nightdesk("submit", "fetch", urls(*([REFUSED] * 2_000)))[1].strip()
    command = " ".join([*COMMAND, "items", job_id, "--status", "pending", "|", "head", "-1"])
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        timeout=STARTUP_TIMEOUT_S,
        check=False,
        env=environment() | {"NIGHTDESK_URL": server.url},
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_version_is_told():
    assert run_command("--version").stdout.strip() == version("nightdesk")
