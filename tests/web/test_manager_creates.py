"""Tasks as pages make them: every field that they send, what comes of it, and what is refused."""

from __future__ import annotations

import json

import pytest
import trio
from msgspec.structs import replace

from actors.library import SavePreset
from executors.crawl.sources.cookies import SourceCookies
from executors.folders import Folders
from state.digests import digest_of
from state.library import Preset
from tests.support.managing import DESK, PICTURE, managing
from tests.web.conftest import GUEST

# As the crawler's page sends it.
CRAWL = {
    "type": "tag",
    "query": "cat,sky",
    "user_id": 0,
    "illust_id": 0,
    "order": "date_d",
    "mode": "safe",
    "limit": 10,
    "max_images": 0,
    "delay": 2,
    "proxy_enabled": True,
    "proxy_url": "http://ann:sesame@127.0.0.1:7890",
    "cookie": "PHPSESSID=open",
}
# As the page for pictures does.
PARAMETERS = {
    "prompt": "a cat\nBREAK\nin the snow",
    "negative_prompt": "",
    "steps": 20,
    "cfg_scale": 7,
    "width": 512,
    "height": 768,
    "seed": -1,
    "model": "",
    "sampler": "DPM++ 2M Karras",
    "batch_size": 2,
    "batch_count": 2,
    "loop_count": 3,
    "enable_hr": True,
    "hr_scale": 2,
    "hr_upscaler": "Latent",
    "hr_steps": 0,
    "hr_denoising_strength": 0.7,
    "loras": [
        {"name": "ink", "lora_key": "ink_v1", "full_name": "ink_v1.safetensors", "weight": 0.8,
         "path": "D:\\loras\\ink.safetensors", "description": "", "tags": ["ink"],
         "extend_tags": [], "use_mask": False}
    ],
    "vae": "",
    "restore_faces": False,
    "tiling": False,
    "clip_skip": 0,
    "eta": 0,
    "ensd": 0,
    "save_images": False,
    "save_grid": False,
    "send_images": True,
    "do_not_save_grid": True,
}  # fmt: skip
TAG = {
    "input_dir": ["pets/cats"],
    "output_dir": "",
    "analyzer": "imagenet",
    "model": "",
    "skip_tags": ["dog"],
    "extend_tags": ["mine"],
    "tag_order": "score",
    "save_type": "json",
    "limit": 100,
}


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "cats").mkdir()
    for n in range(3):
        (tmp_path / "cats" / f"{n}.png").write_bytes(PICTURE)
    return Folders({"pets": tmp_path})


async def published(client):
    """The jobs of the desk, as the native API tells them."""
    told = await client("GET", f"/api/desks/{GUEST}/jobs")
    return {job["id"]: job for job in told["jobs"]}


async def test_a_crawl_as_its_page_asks_for_it(deps, autojump_clock):
    async with managing(deps) as (client, server):
        task = await client.data("POST", "/api/crawl/create", CRAWL)
        config = json.loads(task["config"])
        assert {key: config[key] for key in ("type", "crawl_type", "query", "limit", "cookie")} == {
            "type": "tag",
            "crawl_type": "tag",
            "query": "cat,sky",
            "limit": 10,
            "cookie": "******",
        }
        assert config["proxy_url"] == "http://127.0.0.1:7890"
        assert config["delay_s"] == 2
        assert "recipe" not in config["source"]
        assert "sesame" not in task["config"]
        assert "PHPSESSID" not in task["config"]
        stored = (await server.store.load(DESK)).state.jobs[task["id"]]
        assert stored.spec["source"]["values"] == {"order": "date_d", "mode": "safe"}
        [item] = await server.store.read_items(DESK, task["id"])
        assert json.loads(bytes(item.item)) == {
            "step": "search", "query": "cat,sky", "works": 10
        }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "source", "work"),
    [
        ({"type": "user", "query": "11", "user_id": 11}, "pixiv-user", "11"),
        ({"type": "user", "query": "11", "user_id": 0}, "pixiv-user", "11"),
        ({"type": "illust", "query": "", "illust_id": 22}, "pixiv-illust", "22"),
        ({"crawl_type": "pixiv-illust", "type": None, "query": "22"}, "pixiv-illust", "22"),
    ],
)
async def test_crawls_of_users_and_works(deps, autojump_clock, said, source, work):
    async with managing(deps) as (client, server):
        body = {**CRAWL, "proxy_enabled": False, "cookie": "", **said}
        task = await client.data("POST", "/api/crawl/create", body)
        stored = (await server.store.load(DESK)).state.jobs[task["id"]].spec
        assert (stored["source"]["name"], stored["proxies"]) == (source, [])
        [item] = await server.store.read_items(DESK, task["id"])
        told = json.loads(bytes(item.item))
        assert work in (told.get("id"), told.get("query"))


async def test_a_crawl_of_a_site(deps, autojump_clock):
    body = {"type": "site", "urls": ["https://a.example/", "https://b.example/x"], "depth": 2,
            "limit": 50, "delay": 0.5, "cookie": "a=open", "name": "Two sites"}  # fmt: skip
    async with managing(deps) as (client, server):
        task = await client.data("POST", "/api/crawl/create", body)
        assert task["name"] == "Two sites"
        assert "a=open" not in task["config"]
        stored = (await server.store.load(DESK)).state.jobs[task["id"]].spec
        told = [stored[key] for key in ("depth", "max_items", "delay_s", "content")]
        assert told == [2, 50, 0.5, "images"]
        assert len(await server.store.read_items(DESK, task["id"])) == 2


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"type": ""}, "type"),
        ({"type": "nowhere"}, "type"),
        ({"type": 1}, "type"),
        ({"query": ""}, "query"),
        ({"type": "user", "query": "me"}, "query"),
        ({"type": "user", "query": "", "user_id": "me"}, "user_id"),
        ({"limit": 0}, "limit"),
        ({"max_images": -1}, "max_images"),
        ({"order": "best"}, "order"),
        ({"mode": "none"}, "mode"),
        ({"delay": -1}, "delay"),
        ({"delay": "2"}, "delay"),
        ({"proxy_enabled": "yes"}, "proxy_enabled"),
        ({"proxy_url": ""}, "proxy_url"),
        ({"proxy_url": "nonsense"}, "proxy_url[0]"),
        ({"cookie": "a\r\nHost: b"}, "cookie"),
        ({"cookie": 1}, "cookie"),
        ({"other": 1}, "other"),
        ({"name": "x" * 1_000}, "name"),
        ({"name": 1}, "name"),
        ({"type": "site"}, "query"),
        ({"type": "site", "query": ""}, "url"),
        ({"type": "site", "url": "ftp://a.example/", "query": ""}, "url"),
        ({"type": "site", "query": "", "urls": ["https://a.example/", "x"]}, "urls[1]"),
        ({"type": "site", "query": "", "urls": "https://a.example/"}, "urls"),
        ({"type": "site", "query": "https://a.example/", "limit": -1}, "limit"),
        ({"type": "site", "query": "https://a.example/", "max_images": 3}, "max_images"),
        ({"type": "site", "query": "https://a.example/", "depth": -1}, "depth"),
    ],
)
async def test_what_is_wrong_with_a_crawl_is_named_as_it_was_sent(
    deps, autojump_clock, said, field
):
    async with managing(deps) as (client, _):
        _, fields = await client.refusal("POST", "/api/crawl/create", {**CRAWL, **said})
        assert [name.partition("[")[0] for name in fields] == [field.partition("[")[0]], fields


async def test_the_operators_cookie_is_used_and_shown_to_nobody(deps, tmp_path, autojump_clock):
    (tmp_path / "cookie").write_text("PHPSESSID=theirs\n")
    deps = replace(deps, source_cookies=SourceCookies({"pixiv": tmp_path / "cookie"}))
    body = {**CRAWL, "cookie": "default"}
    async with managing(deps) as (client, server):
        told = await client("POST", "/api/crawl/create", body)
        assert told["message"] == "The task was made"
        task = told["data"]
        assert json.loads(task["config"])["cookie"] == "default"
        assert "theirs" not in json.dumps(await client("GET", f"/api/desks/{GUEST}/jobs"))
        kept = await server.store.load_secrets(DESK, task["id"])
        assert "PHPSESSID=theirs" in kept.values()
        (tmp_path / "cookie").write_text("")
        said, _ = await client.refusal("POST", "/api/crawl/create", body, 503)
        assert said.startswith("The server's default cookie cannot be read")
        assert str(tmp_path) not in said


async def test_a_crawl_without_a_default_cookie_goes_without_and_says_so(deps, autojump_clock):
    async with managing(deps) as (client, server):
        told = await client("POST", "/api/crawl/create", {**CRAWL, "cookie": "default"})
        assert told["message"].endswith("it goes without")
        stored = (await server.store.load(DESK)).state.jobs[told["data"]["id"]].spec
        assert stored["source"]["cookie"] == ""


async def test_pictures_as_their_page_asks_for_them(deps, autojump_clock):
    async with managing(deps) as (client, server):
        task = await client.data("POST", "/api/generate", PARAMETERS)
        assert task["images_generated"] == 12
        config = json.loads(task["config"])
        assert config["prompt"] == PARAMETERS["prompt"]
        assert (config["height"], config["loop_count"], config["clip_skip"]) == (768, 3, 1)
        assert config["loras"] == [{"name": "ink", "weight": 0.8, "tags": ["ink"]}]
        [item] = await server.store.read_items(DESK, task["id"])
        assert json.loads(bytes(item.item)) == {"prompt": PARAMETERS["prompt"]}
        [job] = (await published(client)).values()
        assert job["name"] == "a cat BREAK in the snow"


@pytest.mark.parametrize("named", ["none", "", None])
async def test_pictures_without_a_saved_config(deps, autojump_clock, named):
    async with managing(deps) as (client, _):
        body = {"config_id": named, "override": PARAMETERS}
        task = await client.data("POST", "/api/generate-with-config", body)
        assert (task["config_id"], task["status"]) == ("", "pending")
        assert json.loads(task["config"])["height"] == 768


async def preset(server, config):
    """The id of a saved config."""
    data = json.dumps(config).encode()
    kept = Preset(id="cats", name="Cats", digest=digest_of(data), size_bytes=len(data))
    desk = await server.supervisor.directory.find(DESK)
    await desk.ask(SavePreset(preset=kept, data=data, replaces=None))
    return kept.id


async def test_what_is_empty_overrides_nothing_of_a_saved_config(deps, autojump_clock):
    async with managing(deps) as (client, server):
        config_id = await preset(
            server, {"prompt": "a cat", "negative_prompt": "blurry", "steps": 33, "width": 640}
        )
        override = {"prompt": "", "negative_prompt": "", "width": 768, "sampler": "", "loras": []}
        body = {"config_id": config_id, "override": override}
        task = await client.data("POST", "/api/generate-with-config", body)
        config = json.loads(task["config"])
        assert task["config_id"] == config_id
        said = [config[key] for key in ("prompt", "negative_prompt", "steps", "width")]
        assert said == ["a cat", "blurry", 33, 768]
        never = {"config_id": "never", "override": {}}
        await client.refusal("POST", "/api/generate-with-config", never, 404)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": 1}, "prompt"),
        ({"steps": 0}, "steps"),
        ({"steps": "20"}, "steps"),
        ({"width": 500}, "width"),
        ({"height": 8}, "height"),
        ({"seed": -2}, "seed"),
        ({"batch_size": 9}, "batch_size"),
        ({"batch_count": 11}, "batch_count"),
        ({"loop_count": 21}, "loop_count"),
        ({"loras": "ink"}, "loras"),
        ({"loras": [{"name": "<ink>"}]}, "loras[0].name"),
        ({"init_image": "cat.png"}, "init_image"),
        ({"do_not_save_grid": "no"}, "do_not_save_grid"),
        ({"other": 1}, "other"),
    ],
)
async def test_what_is_wrong_with_pictures_is_named_as_it_was_sent(
    deps, autojump_clock, said, field
):
    async with managing(deps) as (client, _):
        body = {**PARAMETERS, **said}
        _, fields = await client.refusal("POST", "/api/generate", body)
        assert fields == [field]
        body = {"config_id": "none", "override": body}
        _, fields = await client.refusal("POST", "/api/generate-with-config", body)
        assert fields == [f"override.{field}"]


async def test_folders_are_tagged(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        task = await client.data("POST", "/api/tag/create", TAG)
        config = json.loads(task["config"])
        assert (config["input_dir"], config["save_type"]) == (["pets/cats"], "json")
        task = await client.until(task["id"])
        assert (task["images_found"], task["images_success"]) == (3, 3)
        assert json.loads(task["result"]) == {"count": 3, "total": 3}
        told = await client.data("GET", f"/api/tag/status?task_id={task['id']}")
        assert told == task
        task = await client.data(
            "POST", "/api/tag/create", {**TAG, "input_dir": "pets", "limit": 2}
        )
        assert (await client.until(task["id"]))["images_found"] == 2
        stopped = await client.data("POST", "/api/tag/create", TAG)
        told = await client.data("POST", f"/api/tag/stop?task_id={stopped['id']}")
        assert told["status"] == "cancelled"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"input_dir": ""}, "input_dir"),
        ({"input_dir": []}, "input_dir"),
        ({"input_dir": [1]}, "input_dir"),
        ({"input_dir": "../etc"}, "input_dir"),
        ({"input_dir": "/etc"}, "input_dir"),
        ({"input_dir": ["pets/none"]}, "input_dir"),
        ({"output_dir": "/tmp"}, "output_dir"),
        ({"analyzer": "magic"}, "analyzer"),
        ({"analyzer": "wd14tagger"}, "analyzer"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_001}, "limit"),
        ({"skip_tags": "dog"}, "skip_tags"),
        ({"save_type": "xml"}, "save_type"),
        ({"other": 1}, "other"),
    ],
)
async def test_what_is_wrong_with_tags_is_named_as_it_was_sent(
    deps, folders, autojump_clock, said, field
):
    async with managing(deps, folders=folders) as (client, _):
        _, fields = await client.refusal("POST", "/api/tag/create", {**TAG, **said})
        assert [name.partition("[")[0] for name in fields] == [field]


async def test_the_same_request_makes_one_task(deps, autojump_clock):
    async with managing(deps) as (client, _):
        key = {"Idempotency-Key": "once"}
        first = await client("POST", "/api/generate", {"prompt": "a cat"}, **key)
        await trio.sleep(3)
        again = await client("POST", "/api/generate", {"prompt": "a cat"}, **key)
        assert again["data"]["id"] == first["data"]["id"]
        other = await client("POST", "/api/generate", {"prompt": "a dog"}, 409, **key)
        assert other["error"] == "idempotency_conflict"
        assert len(await published(client)) == 1
