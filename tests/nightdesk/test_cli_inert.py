"""The command line shows hostile text to a terminal and to a pipe, and quotes no secret."""

from __future__ import annotations

import json
import sys

import pytest

from nightdesk.cli import terminal
from nightdesk.cli.app import run
from tests.support.hostile import LONE_SURROGATE, STEERING, TEXTS
from tests.support.ports import refusing_port

ALL = {**TEXTS, "half a pair": LONE_SURROGATE}


@pytest.fixture(params=["terminal", "pipe"])
def shown(request, monkeypatch, capsys):
    """Reads what stdout and stderr got; stdout is a terminal or it is none."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: request.param == "terminal")
    monkeypatch.setenv("COLUMNS", "100000")
    monkeypatch.setenv("TERM", "dumb")
    return lambda: "".join(capsys.readouterr())


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_a_table_of_hostile_cells(shown, text):
    terminal.put_table(("id", "name"), [("1", text), (text, "2")], heads_always=True)
    told = shown()
    assert len(told.splitlines()) == 3
    assert STEERING.search(told.replace("\n", "")) is None


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_lines_are_inert_whoever_forgot_to_clean_them(shown, text):
    terminal.put(text)
    terminal.tell(text)
    assert STEERING.search(shown().replace("\n", "")) is None


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_json_is_the_same_value_and_inert(shown, text):
    terminal.put_json({"name": text, text: 1})
    told = shown()
    assert json.loads(told) == {"name": text, text: 1}
    assert STEERING.search(told.rstrip("\n")) is None


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_file_shown_on_a_terminal_is_inert_text(shown, text):
    sink = terminal.TerminalText()
    data = text.encode()
    assert sink.write(data[:1]) + sink.write(data[1:]) == len(data)
    assert STEERING.search(shown().replace("\n", "")) is None


def test_ordinary_text_of_any_language_is_shown_as_it_is():
    for text in ("naïve café", "名前　一覧".replace("　", " "), "שלום", "हिन्दी", "bàn phím", "🙂"):
        assert terminal.clean(text) == text


SECRET = "hunter-2-hunter"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
QUOTING = [
    ("jobs", "--url", f"http://me:{SECRET}@127.0.0.1:{{port}}"),
    ("jobs", "--url", f"http://me:{SECRET}/x@127.0.0.1:{{port}}"),
    ("jobs", "--url", f"me:{SECRET}@127.0.0.1:{{port}}"),
    ("jobs", "--url", f"http://me:{SECRET}@[", "--json"),
    ("jobs", "--token", f"{SECRET}"),
    ("jobs", f"--tokn={TOKEN}"),
    ("jobs", TOKEN, "--json"),
    ("submit", "fetch", "{file}", "--header", f"Authorization Bearer {SECRET}"),
    ("submit", "fetch", "{file}", "--header", f":{SECRET}"),
    ("submit", "fetch", "{file}", "--header", f"Cookie: {SECRET}", "--proxy", f"http://{SECRET}@"),
    ("submit", "fetch", "{file}", "--url", f"http://{SECRET}@127.0.0.1:{{port}}", "--json"),
    ("watch", "last", "--desk", "0f8fad5b-d9cb-469f-a165-70867728950e"),
]


@pytest.mark.parametrize("arguments", QUOTING, ids=lambda arguments: " ".join(arguments)[:60])
def test_a_failing_command_quotes_no_secret(arguments, tmp_path, capsys, monkeypatch):
    file = tmp_path / "urls.txt"
    file.write_text("http://192.0.2.1/\n")
    with refusing_port() as port:
        monkeypatch.setenv("NIGHTDESK_URL", f"http://127.0.0.1:{port}")
        code = run([part.format(file=file, port=port) for part in arguments], {"LANG": "C.UTF-8"})
    told = capsys.readouterr()
    assert code in (2, 3)
    assert told.err
    for secret in (SECRET, TOKEN, "0f8fad5b-d9cb-469f-a165-70867728950e"):
        assert secret not in told.out + told.err
