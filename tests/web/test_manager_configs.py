"""Saved configs, as the pages of the task manager make, change, take in and use them."""

from __future__ import annotations

import json

from tests.support.managing import ME, managing

FORM = {
    "name": "柔光",
    "description": "",
    "category": "人像",
    "prompt": "a fox",
    "negative_prompt": "blurry",
    "steps": 30,
    "cfg_scale": 7,
    "width": 512,
    "height": 768,
    "seed": -1,
    "model": "",
    "sampler": "Euler a",
    "batch_size": 1,
    "enable_hr": False,
    "is_default": True,
}
LORA = {
    "name": "ink",
    "lora_key": "ink_v2",
    "full_name": "ink v2",
    "weight": 0.8,
    "path": "D:/loras/ink.safetensors",
    "description": "",
    "tags": ["ink"],
    "extend_tags": ["sketch"],
    "use_mask": True,
}
OLD = {"prompt": "a boat", "steps": 12, "loras": [LORA], "vae": "", "unheard_of": {"of": [1]}}


async def names(client, query=""):
    told = await client.data("GET", f"/api/configs{query}")
    assert told["total"] == len(told["configs"])
    return [each["name"] for each in told["configs"]]


async def test_a_config_from_its_form_to_its_end(deps, autojump_clock):
    async with managing(deps) as (client, _):
        made = await client.data("POST", "/api/configs", FORM)
        id = made["id"]
        assert made["name"] == "柔光"
        assert made["file_name"] == f"{id}.json"
        told = await client.data("GET", f"/api/configs/{id}")
        assert told == made
        assert {field: told[field] for field in FORM} == FORM
        # What pages read of every config is there, whether it was said or not.
        assert (told["loras"], told["clip_skip"], told["hr_upscaler"]) == ([], 1, "Latent")
        changed = await client.data(
            "PUT", f"/api/configs/file/{id}/update", {"name": "逆光", "steps": 20}
        )
        assert (changed["id"], changed["name"], changed["steps"]) == (id, "逆光", 20)
        assert (changed["prompt"], changed["category"]) == ("a fox", "人像")
        assert await client.data("GET", "/api/configs/name/逆光") == changed
        assert (await client.data("DELETE", f"/api/configs/file/{id}/delete")) == {"id": id}
        text, _ = await client.refusal("GET", f"/api/configs/{id}", status=404)
        assert text == "There is no such config"


async def test_what_is_not_sent_stays(deps, autojump_clock):
    async with managing(deps) as (client, _):
        await client.data("POST", "/api/configs/import", {"config_name": "Old", "config": OLD})
        await client.data("PUT", "/api/configs/Old", {"steps": 40})
        told = await client.data("GET", "/api/configs/Old")
        assert told["loras"] == [LORA]
        assert (told["steps"], told["unheard_of"]) == (40, {"of": [1]})


async def test_all_are_told_at_once_and_narrowed_by_what_is_asked(deps, autojump_clock):
    async with managing(deps) as (client, _):
        for n in range(25):
            body = {"name": f"config {n:02}", "category": ("a", "b")[n % 2]}
            await client.data("POST", "/api/configs/create", body)
        assert len(await names(client, "?page=1&pageSize=10")) == 25
        assert len(await names(client, "?category=b&search=")) == 12
        assert await names(client, "?search=CONFIG 07") == ["config 07"]
        assert await names(client, "?name=config 08") == ["config 08"]
        told = await client.data("GET", "/api/configs/categories")
        assert told == {"categories": ["a", "b"]}


async def test_one_is_the_default(deps, autojump_clock):
    async with managing(deps) as (client, _):
        text, _ = await client.refusal("GET", "/api/configs/default", status=404)
        assert "default" in text
        first = await client.data("POST", "/api/configs", FORM)
        second = await client.data("POST", "/api/configs/file/create", {"name": "Two"})
        assert (await client.data("GET", "/api/configs/default"))["id"] == first["id"]
        await client.data("POST", f"/api/configs/{second['id']}/default")
        assert (await client.data("GET", "/api/configs/default"))["name"] == "Two"
        assert not (await client.data("GET", f"/api/configs/{first['id']}"))["is_default"]
        await client.data("POST", "/api/configs/default", {"config_id": first["id"]})
        assert (await client.data("POST", "/api/config/get"))["id"] == first["id"]
        assert (await client.data("POST", "/api/configs/Two/use", {}))["id"] == "Two"


async def test_configs_are_taken_in_in_every_shape_that_there_is(deps, autojump_clock):
    async with managing(deps) as (client, _):
        wrapped = {"config_name": "Old", "config": OLD, "category": "sea", "tags": ["boats"]}
        (one,) = (await client.data("POST", "/api/configs/import", wrapped))["configs"]
        assert (one["id"], one["category"], one["tags"]) == ("Old", "sea", ["boats"])
        (plain,) = (await client.data("POST", "/api/configs/import", {**OLD, "name": "Raw"}))[
            "configs"
        ]
        assert (plain["name"], plain["prompt"]) == ("Raw", "a boat")
        (nameless,) = (await client.data("POST", "/api/configs/import", OLD))["configs"]
        assert nameless["name"] == "a boat"
        # The same once more is another one: nobody's config is written over.
        (again,) = (await client.data("POST", "/api/configs/import", wrapped))["configs"]
        assert again["id"] == "Old-2"


async def test_what_is_exported_is_taken_back_by_another_desk(deps, autojump_clock):
    async with managing(deps) as (client, _):
        made = await client.data("POST", "/api/configs", FORM)
        await client.data("POST", "/api/configs/import", {"config_name": "Old", "config": OLD})
        body = json.dumps({"config_ids": [made["id"], "Old"]}).encode()
        answer = await client.http.open("/api/configs/export", method="POST", headers=ME, data=body)
        assert "attachment" in answer.headers["Content-Disposition"]
        file = await answer.get_json()
        assert [each["config_name"] for each in file["configs"]] == ["柔光", "Old"]
    async with managing(deps) as (client, _):
        told = await client.data("POST", "/api/configs/import", file)
        assert [each["id"] for each in told["configs"]] == [made["id"], "Old"]
        back = await client.data("GET", f"/api/configs/{made['id']}")
        times = {"created_at", "updated_at"}
        assert {**back, **dict.fromkeys(times)} == {**made, **dict.fromkeys(times)}


async def test_what_no_picture_could_be_made_with_is_refused_by_name(deps, autojump_clock):
    async with managing(deps) as (client, _):
        wrong = {"name": " ", "steps": 0, "width": 500, "loras": [{"weight": 9}]}
        _, fields = await client.refusal("POST", "/api/configs", wrong)
        assert fields == ["name", "steps", "width", "loras[0].name", "loras[0].weight"]
        _, fields = await client.refusal("POST", "/api/configs", {"prompt": "x"})
        assert fields == ["name"]
        _, fields = await client.refusal("POST", "/api/configs", {"name": 5, "category": []})
        assert fields == ["name", "category"]
        many = {"configs": [{"config_name": "Fine", "config": {}}, {"config": {"steps": -1}}]}
        _, fields = await client.refusal("POST", "/api/configs/import", many)
        assert fields == ["configs[1].steps"]
        assert await names(client) == []
        _, fields = await client.refusal("POST", "/api/configs/import", {"config": 5})
        assert fields == ["config"]
        large = {"name": "Large", "notes": "x" * 70_000}
        await client.refusal("POST", "/api/configs", large, status=413)


async def test_no_request_names_a_file_of_the_servers(deps, autojump_clock):
    async with managing(deps) as (client, _):
        for word in ("import-file", "export-file", "load-from-files"):
            text, _ = await client.refusal(
                "POST", f"/api/configs/{word}", {"path": "C:/configs/old.json"}
            )
            assert "/api/configs/import" in text


async def test_older_clients_have_them_too(deps, autojump_clock):
    async with managing(deps) as (client, _):
        await client.data("POST", "/api/configs", {"name": "Old", "steps": 11})
        body = {"config_id": "Old", "config": {"steps": 12}}
        assert (await client.data("POST", "/api/config/update", body))["steps"] == 12
        body = {"config_id": "Old", "cfg_scale": 3}
        assert (await client.data("POST", "/api/config/update", body))["cfg_scale"] == 3
        told = await client.data("POST", "/api/config/get", {"config_id": "Old"})
        assert (told["steps"], told["cfg_scale"]) == (12, 3)


async def test_pictures_are_made_with_a_config_and_what_is_empty_overrides_nothing(
    deps, autojump_clock
):
    async with managing(deps) as (client, _):
        await client.data("POST", "/api/configs/import", {"config_name": "Old", "config": OLD})
        body = {"config_id": "Old", "override": {"prompt": "", "vae": "", "steps": 33}}
        task = await client.data("POST", "/api/generate-with-config", body)
        config = json.loads(task["config"])
        assert (config["prompt"], config["steps"]) == ("a boat", 33)
        assert config["loras"] == [{"name": "ink", "weight": 0.8, "tags": ["ink", "sketch"]}]
        assert task["config_id"] == "Old"
