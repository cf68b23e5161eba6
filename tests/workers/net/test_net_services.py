"""The operator's own servers: reached by their name, whatever a desk's lists say, and by nothing
else that a job asks for."""

from ipaddress import ip_address

import pytest

from actors.ports import EgressRefused
from state.model import EgressLists
from tests.support.target import Target, page
from workers.net.client import open_http
from workers.net.services import origin_of, policy_of

TIMES = {"connect_timeout_s": 5.0, "read_timeout_s": 5.0}
LOGIN = "Basic bWU6c2VjcmV0"


@pytest.fixture
async def webui(nursery):
    served = Target({"/there": page(b"made"), "/away": page(status="302 Found", location="/there")})
    await nursery.start(served.run)
    return served


@pytest.fixture
async def client(webui):
    service = {"origin": webui.url(""), "authorization": LOGIN}
    async with open_http({"services": {"webui": service}}) as opened:
        yield opened


async def asked(client, path):
    async with client.service("webui").request("GET", path, **TIMES) as reply:
        return reply.status_code, b"".join([piece async for piece in reply.iter_bytes()])


async def test_a_service_is_reached_with_its_login(client, webui):
    assert await asked(client, "/there") == (200, b"made")
    assert webui.asked[0].headers["authorization"] == LOGIN


async def test_its_origin_is_closed_to_what_jobs_ask_for(client, webui):
    await asked(client, "/there")
    with pytest.raises(EgressRefused):
        async with client.slot() as slot, slot.request("GET", webui.url("/there"), **TIMES):
            raise AssertionError("a job has reached it")
    assert len(webui.asked) == 1


@pytest.mark.parametrize(
    "lists", [EgressLists(deny=("127.0.0.1",)), EgressLists(allow=("example.com",))]
)
async def test_a_desks_lists_do_not_hold_for_it(client, lists):
    assert await asked(client.for_job(lists), "/there") == (200, b"made")


async def test_redirects_of_it_are_not_followed(client, webui):
    assert (await asked(client, "/away"))[0] == 302
    assert len(webui.asked) == 1


@pytest.mark.parametrize("path", ["there", "@evil.example/", "//evil.example/", ".evil.example/"])
async def test_no_path_leads_to_another_server(client, webui, path):
    try:
        await asked(client, path)
    except ValueError:
        assert webui.asked == []
    else:
        assert webui.asked[0].headers["host"] == f"127.0.0.1:{webui.port}"


async def test_there_is_none_that_was_not_named(client):
    with pytest.raises(LookupError):
        client.service("judge")


def test_its_policy_opens_one_port_and_no_more():
    policy = policy_of("http://127.0.0.1:7860")
    [address] = policy.select("127.0.0.1", [ip_address("127.0.0.1")], 7_860)
    assert str(address) == "127.0.0.1"
    with pytest.raises(EgressRefused):
        policy.select("127.0.0.1", [ip_address("127.0.0.1")], 7_861)


def test_an_origin_has_one_spelling():
    assert origin_of("HTTP://LocalHost:7860/") == "http://localhost:7860"
    assert origin_of("https://sd.example") == "https://sd.example:443"
    assert origin_of("http://[::1]:7860") == "http://[::1]:7860"


@pytest.mark.parametrize(
    "text", ["", "sd.example:7860", "ftp://sd.example", "http://sd.example/sdapi", "http://me:x@h",
             "http://h/?x", "http://h:0", "http://h:70000"])  # fmt: skip
def test_what_is_no_origin(text):
    with pytest.raises(ValueError, match=r"address|port|scheme|host|only"):
        origin_of(text)
