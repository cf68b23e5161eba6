"""`nightdesk submit document`, `templates` and `tables`, and the clients' calls for them, against a
real server."""

from __future__ import annotations

import json
import zipfile

import pytest

from nightdesk import AsyncClient, Client
from nightdesk.cli.app import run
from nightdesk.client import Conflict, Invalid, NotFound

HELLO = "Dear {{ First_Name }}, {{ town }} is calling."
PEOPLE = "first name,city,age\nAda,Bonn,36\nBob,Graz,17\n"
FITS = ("--map", "town=city", "--suggested")


@pytest.fixture
def nightdesk(server, capsys, monkeypatch):
    """A command against the server: (exit code, stdout, stderr)."""
    monkeypatch.setenv("NIGHTDESK_URL", server.url)

    def command(*arguments, language="en_GB.UTF-8"):
        code = run(tuple(map(str, arguments)), {"LANG": language})
        told = capsys.readouterr()
        return code, told.out, told.err

    yield command
    with Client(server.url) as desk:
        for template in desk.templates():
            desk.delete_template(template.id)
        for source in desk.data_sources():
            desk.delete_data_source(source.id)


@pytest.fixture
def files(tmp_path):
    """The flags that name a template and a table."""
    hello, people = tmp_path / "hello.txt", tmp_path / "people.csv"
    hello.write_text(HELLO)
    people.write_text(PEOPLE)
    return ("--template", hello, "--data", people)


def test_a_template_and_a_table_become_a_folder(nightdesk, files, tmp_path):
    out = tmp_path / "made"
    given = (*files, *FITS, "--name", "{{ first name }}", "--out", out)
    code, _, err = nightdesk("submit", "document", *given)
    assert code == 0, err
    assert "hello: field First_Name is filled from column first name" in err
    assert "columns that no template asks for: age" in err
    assert sorted(each.name for each in out.iterdir()) == ["Ada.txt", "Bob.txt"]
    assert (out / "Ada.txt").read_text() == "Dear Ada, Bonn is calling."


def test_a_zip_has_a_manifest_and_the_filter_says_who_is_in_it(nightdesk, files, tmp_path):
    out = tmp_path / "made.zip"
    only = ("--filter", "age >= 18", "--name", "{{ city }}", "--out", out)
    assert nightdesk("submit", "document", *files, *FITS, *only)[0] == 0
    with zipfile.ZipFile(out) as archive:
        assert sorted(archive.namelist()) == ["Bonn.txt", "manifest.json"]
    again = tmp_path / "again.zip"
    assert nightdesk("files", "last", "--out", again)[0] == 0
    assert again.read_bytes() == out.read_bytes()


def test_some_files_are_deleted_and_the_others_stay(nightdesk, files, server):
    given = (*files, *FITS, "--name", "{{ first name }}")
    assert nightdesk("submit", "document", *given, "--wait")[0] == 0
    code, _, err = nightdesk("files", "last", "--delete", "Ada.txt", "no such")
    assert (code, err) == (0, "files deleted: 1\n")
    assert nightdesk("files", "last", "--delete", "Ada.txt", "--json")[1] == '{"removed":0}\n'
    with Client(server.url) as desk:
        assert [made.name for made in desk.artifacts(next(desk.jobs()).id)] == ["Bob.txt"]


async def test_the_other_client_deletes_files_too(server):
    async with AsyncClient(server.url) as desk:
        job, *_ = [job async for job in desk.jobs()]
        assert await desk.remove_files(job.id, ["Bob.txt"]) == 1
        assert await desk.artifacts(job.id) == ()


def test_what_does_not_fit_is_said_before_there_is_a_job(nightdesk, files, server):
    with Client(server.url) as desk:
        before = len(list(desk.jobs()))
        code, out, err = nightdesk("submit", "document", *files)
        assert (code, out) == (2, "")
        assert "no column fills field town" in err
        assert "near is first name: --map 'First_Name=first name'" in err
        assert "没有对应的列" in nightdesk("submit", "document", *files, language="zh_CN.UTF-8")[2]
        assert len(list(desk.jobs())) == before


def test_blank_takes_what_is_missing(nightdesk, files, tmp_path):
    out = tmp_path / "made"
    blank = ("--missing", "blank", "--limit", "1", "--out", out)
    code, _, err = nightdesk("submit", "document", *files, *blank)
    assert code == 0, err
    assert "2 fields stay blank" in err
    assert [each.read_text() for each in out.iterdir()] == ["Dear ,  is calling."]


def test_the_same_bytes_are_sent_once(nightdesk, files, server):
    assert "is kept in the library" in nightdesk("submit", "document", *files, *FITS)[2]
    with Client(server.url) as desk:
        (template,), (source,) = desk.templates(), desk.data_sources()
        assert "is kept in the library" not in nightdesk("submit", "document", *files, *FITS)[2]
        assert [each.version for each in desk.templates()] == [1]
        assert desk.data_sources() == (source,)
        by_id = ("--template", template.id, "--data", source.id)
        assert nightdesk("submit", "document", *by_id, *FITS)[0] == 0


def test_of_a_file_that_changes_the_newest_contents_stay(nightdesk, files, server, monkeypatch):
    monkeypatch.setattr("nightdesk.cli.kept.KEPT_CONTENTS", 2)
    template, table = files[1], files[3]
    with Client(server.url) as desk:
        desk.add_data_source(table.name, table.read_bytes(), id="people", name=table.name)
        told = []
        for day in range(4):
            template.write_text(f"{template.read_text()} {day}")
            table.write_text(f"{table.read_text()}Day{day},{day},Bonn\n")
            told.append(nightdesk("submit", "document", *files, *FITS)[2])
            assert len(desk.templates()) == min(day + 1, 2)
            assert len(desk.data_sources()) == min(day + 1, 2) + 1
        assert desk.data_source("people").data_source.rows == 2
    assert ["forgotten: " in each for each in told] == [False, False, True, True]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--map", "town"), "is no FIELD=COLUMN"),
        (("--map", "where=city"), "no template has a field 'where': there are First_Name, town"),
        (("--map", "town=place"), "the table has no column 'place': there are first name, city"),
        ((*FITS, "--filter", "age >="), "--filter"),
        ((*FITS, "--name", "{{ nobody }}"), "nobody"),
        ((*FITS, "--wait", "--every", "60"), "--wait has no end"),
    ],
)
def test_what_is_wrong_is_told_in_plain_words(nightdesk, files, flags, told):
    code, _, err = nightdesk("submit", "document", *files, *flags)
    assert code == 2
    assert told in err


def test_a_file_that_is_not_there_is_no_template(nightdesk, files):
    code, _, err = nightdesk("submit", "document", "--template", "nope.docx", "--data", files[3])
    assert code == 2
    assert "no file nope.docx, and no template of that id or name in the library" in err


def test_what_is_kept_is_also_called_by_its_name(nightdesk, files, tmp_path):
    nightdesk("tables", "add", files[3])
    nightdesk("templates", "add", files[1])
    by_name = ("--template", "hello", "--data", "people", *FITS, "--out", tmp_path / "made")
    assert nightdesk("submit", "document", *by_name)[0] == 0
    assert "First_Name" in nightdesk("templates", "show", "hello")[1]
    assert "first name" in nightdesk("tables", "show", "people")[1]

    nightdesk("tables", "add", files[3], "--id", "other", "--name", "people.csv")
    assert nightdesk("tables", "show", "people")[0] == 0
    nightdesk("tables", "add", files[3], "--id", "third", "--name", "people")
    code, _, err = nightdesk("tables", "remove", "people")
    assert code == 2
    assert "several are called people" in err
    assert "third" in err
    assert nightdesk("tables", "remove", "third")[0] == 0
    assert nightdesk("tables", "remove", "people")[0] == 0
    assert nightdesk("tables", "remove", "people")[2] == "other is forgotten\n"
    assert nightdesk("templates", "remove", "nobody")[0] == 2


def test_a_preview_makes_no_job(nightdesk, files, server, tmp_path):
    to = tmp_path / "first.txt"
    with Client(server.url) as desk:
        before = len(list(desk.jobs()))
        assert nightdesk("submit", "document", *files, *FITS, "--preview", to)[0] == 0
        assert to.read_text() == "Dear Ada, Bonn is calling."
        assert len(list(desk.jobs())) == before


def test_templates_are_kept_listed_shown_and_removed(nightdesk, files, tmp_path):
    assert nightdesk("templates", "list")[2].startswith("no templates on this desk")
    code, out, _ = nightdesk("templates", "add", files[1], "--id", "hello", "--tag", "mail")
    assert (code, out) == (0, "hello\n")
    listed = json.loads(nightdesk("templates", "list", "--json")[1])
    assert (listed["id"], listed["tags"], listed["fields"]) == ("hello", ["mail"], 2)
    assert "town\ttext\trequired\tbody" in nightdesk("templates", "show", "hello")[1]
    assert nightdesk("templates", "show", "hello", "--out", tmp_path / "copy.txt")[0] == 0
    assert (tmp_path / "copy.txt").read_text() == HELLO
    assert nightdesk("templates", "remove", "hello")[0] == 0
    assert nightdesk("templates", "show", "hello")[0] == 2


def test_tables_are_kept_listed_shown_and_removed(nightdesk, files):
    assert nightdesk("tables", "list", language="zh_CN.UTF-8")[2].startswith("还没有表格")
    assert nightdesk("tables", "add", files[3], "--id", "people")[:2] == (0, "people\n")
    assert nightdesk("tables", "list")[1].startswith("people\t2\t3\t")
    assert "city\ttext\t0\tBonn, Graz" in nightdesk("tables", "show", "people")[1]
    assert nightdesk("tables", "remove", "people")[0] == 0
    assert nightdesk("tables", "remove", "people")[0] == 2


async def test_the_client_for_trio_has_the_same_calls(nightdesk, server, tmp_path):
    async with AsyncClient(server.url) as desk:
        kept = await desk.add_template("hello.txt", HELLO.encode(), id="hi", category="mail")
        assert [each.key for each in kept.fields] == ["First_Name", "town"]
        said = await desk.set_template("hi", mappings={"town": "city"}, version=1)
        assert (said.template.category, said.template.mappings) == ("mail", {"town": "city"})
        with pytest.raises(Conflict):
            await desk.set_template("hi", name="other", version=1)
        await desk.add_data_source("people.csv", PEOPLE.encode(), id="people")
        match = await desk.match_template("hi", data_source="people")
        assert (match.ready, match.missing) == (False, ("First_Name",))
        assert match.mappings == {"town": "city", "First_Name": "first name"}
        spec = {"templates": ["hi"], "mappings": {"hi": match.mappings}}
        with pytest.raises(Invalid):
            await desk.submit_documents(spec)
        rows = [{"first name": "Eve", "city": "Turku"}]
        assert await desk.preview_document(spec, tmp_path / "one.txt", rows=rows)
        job = await desk.wait((await desk.submit_documents(spec, rows=rows)).id)
        assert (job.status, job.counts.ok) == ("completed", 1)
        await desk.download_all(job.id, tmp_path / "all.zip")
        with zipfile.ZipFile(tmp_path / "all.zip") as archive:
            assert (tmp_path / "one.txt").read_bytes() in map(archive.read, archive.namelist())
        with pytest.raises(NotFound):
            await desk.template("nobody")
