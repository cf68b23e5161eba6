"""`nightdesk presets`, `characters` and `models`, and the clients' calls for them, against a real
server."""

from __future__ import annotations

import json

import pytest

from nightdesk import AsyncClient, Client
from nightdesk.cli.app import run
from nightdesk.client import Conflict, Invalid, NotFound

CONFIG = {"prompt": "a fox", "steps": 30, "notes": ["mine"]}


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
        for preset in desk.presets():
            desk.delete_preset(preset.id)
        for character in desk.characters():
            desk.delete_character(character.id)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "柔光 portrait.json"
    path.write_text(json.dumps(CONFIG), "utf-8")
    return path


def test_a_preset_is_put_shown_and_used(nightdesk, config, server, tmp_path):
    code, _, err = nightdesk("presets", "list", language="zh_CN.UTF-8")
    assert (code, err.startswith("还没有配置")) == (0, True)
    code, out, err = nightdesk("presets", "put", config, "--category", "people")
    assert code == 0, err
    id = out.strip()
    assert f"--preset {id}" in err
    assert json.loads(nightdesk("presets", "show", "柔光 portrait")[1]) == CONFIG
    # The same name once more is the same preset, of which the rest stays.
    config.write_text(json.dumps({"prompt": "two foxes"}), "utf-8")
    assert nightdesk("presets", "put", config, "--default")[1].strip() == id
    (listed,) = map(json.loads, nightdesk("presets", "list", "--json")[1].splitlines())
    assert (listed["category"], listed["is_default"]) == ("people", True)
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a boat\n")
    code, out, err = nightdesk("submit", "generate", prompts, "--preset", "柔光 portrait")
    assert code == 0, err
    code, _, err = nightdesk("submit", "generate", prompts, "--preset", "gone")
    assert (code, "there is no preset gone" in err) == (2, True)
    assert nightdesk("presets", "delete", id)[0] == 0
    assert nightdesk("presets", "show", id)[0] == 2


def test_presets_go_out_as_a_file_and_come_back(nightdesk, config, tmp_path):
    nightdesk("presets", "put", config, "--name", "one")
    nightdesk("presets", "put", config, "--name", "two")
    out = tmp_path / "presets.json"
    assert nightdesk("presets", "export", "one", "--out", out)[0] == 0
    code, told, err = nightdesk("presets", "import", out)
    assert (code, told) == (0, "one-2\n"), err
    code, told, _ = nightdesk("presets", "import", config)
    assert (code, told) == (0, "a-fox\n")
    assert nightdesk("presets", "default", "two")[0] == 0
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[]")
    code, _, err = nightdesk("presets", "import", wrong)
    assert (code, "no JSON object" in err) == (2, True)


def test_a_character_is_put_shown_and_forgotten(nightdesk):
    code, _, err = nightdesk("characters", "put", "Miku")
    assert (code, "0 files of tags" in err) == (2, True)
    code, out, err = nightdesk("characters", "put", "Miku", "--tag", "hat", "--tag", "long hair")
    assert (code, out) == (0, "Miku\n"), err
    assert "hat\t1.0" in nightdesk("characters", "show", "Miku")[1]
    assert nightdesk("characters", "put", "Miku", "--tag", "cat")[1] == "Miku\n"
    assert "Miku" in nightdesk("characters", "list")[1]
    assert nightdesk("characters", "delete", "Miku")[0] == 0
    assert nightdesk("characters", "show", "Miku")[0] == 2


def test_a_desk_that_has_learned_nothing_says_so(nightdesk):
    code, _, err = nightdesk("models", "list")
    assert code == 0
    assert "nightdesk submit train" in err
    for command in (["show", "x"], ["download", "x"], ["rename", "x", "y"], ["delete", "x"]):
        code, _, err = nightdesk("models", *command)
        assert (code, "there is no model x" in err) == (2, True)


async def test_both_clients_have_the_same_calls(nightdesk, server):
    async with AsyncClient(server.url) as desk:
        kept = await desk.add_preset("One", CONFIG, category="a")
        assert (await desk.preset("One")) == kept
        with pytest.raises(Conflict):
            await desk.add_preset("One", {}, id="One")
        with pytest.raises(Conflict):
            await desk.set_preset("One", name="Two", version="0" * 64)
        with pytest.raises(Invalid):
            await desk.set_preset("One", config={"steps": 0})
        assert (await desk.set_default_preset("One")).preset.is_default
        assert [each.id for each in await desk.presets(category="a")] == ["One"]
        (back,) = await desk.import_presets(await desk.export_presets(["One"]))
        assert back.id == "One-2"
        made = await desk.add_character("Miku", ["hat"], tag_weights={"hat": 0.5})
        assert (await desk.set_character("Miku", tags=["cat"])).tag_weights == made.tag_weights
        assert (await desk.extract_character()).total_files == 0
        assert [each.name for each in await desk.characters(search="miku")] == ["Miku"]
        await desk.delete_character("Miku")
        assert await desk.models() == ()
        with pytest.raises(NotFound):
            await desk.model("gone")
        with pytest.raises(NotFound):
            await desk.rename_model("gone", "x")
        await desk.delete_preset("One")
        with pytest.raises(NotFound):
            await desk.delete_preset("One")


def test_lists_longer_than_a_page_are_told_whole(nightdesk, server, monkeypatch):
    monkeypatch.setattr("nightdesk.client.workshop.PAGE_SIZE", 2)
    monkeypatch.setattr("nightdesk.client.blocking_workshop.PAGE_SIZE", 2)
    with Client(server.url) as desk:
        for n in range(4):
            desk.add_preset(f"preset {n}", {})
        assert [each.name for each in desk.presets()] == [f"preset {n}" for n in range(4)]
