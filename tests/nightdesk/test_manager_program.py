"""The pages of the task manager as whole programs against a real server, with real workers: each
calls what its page was seen to call, in that order, from the page's own origin, and reads what the
page reads and nothing else."""

from __future__ import annotations

import io
import json
from functools import partial
from urllib.parse import urlsplit

import msgspec
import pytest
import trio
from PIL import Image

from tests.support.pixiv import COOKIE, Pixiv
from tests.support.serving import ask
from tests.support.target import Target
from tests.support.webui import FakeWebUI

PAGE = "http://localhost:3000"
LIST = {"pagination": {"page": 1, "page_size": 100}, "status": "", "type": ""}


class Program:
    """A page: it shows nothing but its origin, so the desk `local` is meant."""

    def __init__(self, port):
        self.port = port

    async def fetch(self, method, path, body=None, status=200):
        """(headers, bytes) of what is answered. The browser asks first, for it says that the body
        is JSON, also where there is none."""
        await self._ask_first(method, path)
        sent = b"" if body is None else json.dumps(body).encode()
        headers = [("Origin", PAGE), ("Content-Type", "application/json")]
        with trio.fail_after(60):
            found, headers, data = await ask(self.port, method, path, headers, sent)
        assert found == status, (method, path, found, data)
        assert headers["access-control-allow-origin"] in (PAGE, "*")
        return headers, data

    async def _ask_first(self, method, path):
        asked = [
            ("Origin", PAGE),
            ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", "content-type"),
        ]
        status, headers, _ = await ask(self.port, "OPTIONS", path, asked)
        assert status in (200, 204), (method, path)
        assert headers["access-control-allow-origin"] in (PAGE, "*")
        assert method in headers["access-control-allow-methods"]
        assert "content-type" in headers["access-control-allow-headers"].lower()

    async def __call__(self, method, path, body=None, status=200):
        """What `response.json()` gives."""
        headers, data = await self.fetch(method, path, body, status)
        assert headers["content-type"] == "application/json"
        return json.loads(data)

    async def data(self, method, path, body=None):
        return (await self(method, path, body))["data"]

    async def listed(self):
        """The tasks as each page loads them, newest first, by id."""
        tasks = (await self.data("POST", "/api/tasks", LIST))["tasks"]
        for task in tasks:
            json.loads(task["config"])
        return {task["id"]: task for task in tasks}

    async def ended(self, task):
        """The task as soon as it has ended."""
        with trio.fail_after(120):
            while True:
                told = (await self.listed())[task]
                if told["status"] not in ("pending", "running"):
                    return told
                await trio.sleep(0.05)

    async def models(self):
        """What was learned; the library has it a moment after its task is complete."""
        with trio.fail_after(60):
            while True:
                if models := await self.data("GET", "/api/models"):
                    return models
                await trio.sleep(0.05)

    async def picture(self, url):
        """The size of what an `<img>` shows: results name pictures by whole addresses, which lead
        to where the page has called."""
        parts = urlsplit(url)
        assert parts.netloc in ("", f"127.0.0.1:{self.port}")
        status, headers, data = await ask(self.port, "GET", parts.path)
        assert (status, headers["content-type"]) == (200, "image/png")
        assert headers["cross-origin-resource-policy"] == "same-site"
        return Image.open(io.BytesIO(data)).size


@pytest.fixture
async def webui(nursery):
    target = Target()
    await nursery.start(target.run)
    return FakeWebUI(target)


@pytest.fixture
async def pixiv(nursery):
    site = Pixiv()
    site.works = 2
    await nursery.start(site.run)
    return site


@pytest.fixture
async def program(start_server, webui, pixiv, tmp_path):
    recipes = tmp_path / "recipes"
    recipes.mkdir()
    for name, recipe in pixiv.recipes().items():
        (recipes / f"{name}.json").write_bytes(msgspec.json.encode(recipe))
    (tmp_path / "cookie").write_text(COOKIE)
    for label, colour in (("cats", "red"), ("dogs", "blue")):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for n in range(6):
            picture = Image.new("RGB", (64, 64), colour)
            picture.putpixel((n, n), (0, 255, 0))
            picture.save(tmp_path / "pets" / label / f"{n}.png")
    arguments = (
        *("--allow-origin", PAGE),
        *("--webui", webui.target.url("")),
        *("--sources", str(recipes)),
        *("--source-cookie-file", f"pixiv={tmp_path / 'cookie'}"),
        *("--images-dir", f"pets={tmp_path / 'pets'}"),
        *("--allow-target", f"127.0.0.1:{pixiv.port}"),
    )
    server = await trio.to_thread.run_sync(partial(start_server, *arguments))
    return Program(urlsplit(server.url).port)


async def test_the_page_for_pictures(program, webui):
    assert (await program.data("GET", "/api/webui/status"))["status"] in ("running", "external")
    assert await program.listed() == {}
    assert (await program.data("GET", "/api/configs?page=1&pageSize=100"))["configs"] == []
    assert await program.data("GET", "/api/character/list") == []
    saved = {"name": "Cats", "description": "", "category": "animals", "prompt": "a cat",
             "negative_prompt": "blurry", "steps": 20, "cfg_scale": 7, "width": 64, "height": 64,
             "seed": 7, "model": "", "sampler": "Euler a", "batch_size": 1, "enable_hr": False,
             "is_default": False}  # fmt: skip
    await program("POST", "/api/configs", saved)
    [config] = (await program.data("GET", "/api/configs"))["configs"]
    override = {"prompt": "", "negative_prompt": "", "batch_size": 2, "loop_count": 1}
    body = {"config_id": config["id"], "override": override}
    task = await program.data("POST", "/api/generate-with-config", body)
    assert task["status"] in ("pending", "running")
    told = await program.ended(task["id"])
    assert (told["status"], told["images_generated"], told["images_success"]) == ("completed", 2, 2)
    assert webui.calls[0]["prompt"] == "a cat"
    detail = await program.data("POST", "/api/status", {"task_id": task["id"]})
    assert detail["config_id"] == config["id"]
    for url in json.loads(told["result"])["images"]:
        assert await program.picture(url) == (8, 8)
    # The tagger's page tags the folder that it has found.
    tree = (await program.data("POST", "/api/filetree", {}))["fileTree"]
    [folder] = [each for each in tree["children"] if task["id"] in each["key"]]
    tagging = {"input_dir": [folder["filePath"]], "output_dir": "", "analyzer": "imagenet",
               "model": "", "skip_tags": [], "extend_tags": ["mine"], "tag_order": "score",
               "save_type": "json", "limit": 100}  # fmt: skip
    tagged = await program.data("POST", "/api/tag/create", tagging)
    assert (await program.ended(tagged["id"]))["images_success"] == 2
    images = await program.data("GET", f"/api/tag/images?task_id={tagged['id']}")
    assert len(images) == 2
    for image in images:
        assert "mine" in {tag["name"] for tag in image["tags"]}
        assert all(isinstance(tag["score"], int | float) for tag in image["tags"])
        assert await program.picture(f"/api/images/{image['image_path']}") == (8, 8)
    assert (await program("DELETE", "/api/tag/images"))["data"]["count"] == 2
    await program("POST", "/api/delete", {"task_id": task["id"]})
    assert list(await program.listed()) == [tagged["id"]]


async def test_the_page_for_crawls(program, pixiv):
    body = {"type": "tag", "query": "cat", "order": "date_d", "mode": "safe", "limit": 10,
            "max_images": 0, "delay": 0, "proxy_enabled": False,
            "proxy_url": "http://127.0.0.1:7890", "cookie": "default"}  # fmt: skip
    task = await program.data("POST", "/api/crawl/create", body)
    told = await program.ended(task["id"])
    # Work 0 has one picture, work 1 has two.
    assert (told["status"], told["images_found"], told["images_downloaded"]) == ("completed", 3, 3)
    assert json.loads(told["result"]) == {"expected_images": 3, "has_limit": False}
    assert COOKIE not in json.dumps(told)
    searches = pixiv.asked_for("/ajax/search")
    assert {search.headers.get("cookie") for search in searches} == {COOKIE}
    found = await program.data("POST", "/api/crawl/results", {"task_id": task["id"]})
    assert sum("image_path" in row for row in found["results"]) == 3
    tree = (await program.data("POST", "/api/filetree", {}))["fileTree"]
    [folder] = [each for each in tree["children"] if task["id"] in each["key"]]
    paths = [file["filePath"] for file in folder["children"]]
    status, headers, _ = await ask(program.port, "GET", f"/api/images/{paths[0]}")
    assert (status, headers["content-type"]) == (200, "image/png")
    told = await program.data("POST", "/api/files/delete", {"file_paths": paths[:1]})
    assert told["deleted_count"] == 1
    again = await program.data("POST", "/api/task/start", {"task_id": task["id"]})
    assert (await program.ended(again["id"]))["images_downloaded"] == 3
    # Nobody's proxy is on loopback, and the operator's cookie goes through none over http.
    body |= {"proxy_enabled": True}
    told = await program("POST", "/api/crawl/create", body, 400)
    assert [error["field"] for error in told["details"]["errors"]] == ["cookie"]
    body |= {"cookie": ""}
    refused = await program.data("POST", "/api/crawl/create", body)
    told = await program.ended(refused["id"])
    assert told["status"] == "failed"
    assert "--allow-target" in told["error_message"]
    told = await program("POST", "/api/task/cleanup", {"cleanup_type": "failed"})
    assert told["data"]["cleaned_count"] == 1
    told = await program("POST", "/api/crawl/create", {**body, "type": "nowhere"}, 400)
    assert told["message"].startswith("请求参数有误：type")
    told = await program.data("POST", "/api/task/cleanup", {"cleanup_type": "all"})
    assert told["cleaned_count"] == 2
    assert await program.listed() == {}


async def test_learning_and_sorting(program):
    body = {"name": "Pets", "input_dir": "pets", "epochs": 20}
    task = await program.data("POST", "/api/train/create", body)
    assert (await program.ended(task["id"]))["status"] == "completed"
    with trio.fail_after(60):
        # The library has it a moment after the task is complete.
        models = await program.data("GET", "/api/models")
        while not models:
            await trio.sleep(0.05)
            models = await program.data("GET", "/api/models")
    [model] = models
    assert (model["name"], model["labels"], model["task_id"]) == ("Pets", 2, task["id"])
    body = {"model": model["id"], "input_dir": "pets/cats", "top": 1}
    task = await program.data("POST", "/api/classify/create", body)
    told = await program.ended(task["id"])
    assert told["status"] == "completed", told
