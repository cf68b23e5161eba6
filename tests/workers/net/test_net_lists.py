"""Lists of domains in the egress: what they refuse, counted on a target that is never reached."""

from ipaddress import ip_address

import pytest

from actors.ports import EgressRefused
from state.model import EgressLists
from tests.support.proxy import HttpProxy
from tests.support.target import page
from workers.net.client import NetSettings, open_http, policy_of
from workers.net.narrowing import THIS_DESK, Narrowing

PUBLIC = "93.184.215.14"


def decided(host, *addresses, allow=(), deny=(), server_allow=(), server_deny=()):
    """What the policy of a desk with these lists makes of a target, as the dialer asks it."""
    policy = policy_of(
        NetSettings(allow_domain=tuple(server_allow), deny_domain=tuple(server_deny))
    )
    policy = policy.narrowed(Narrowing(THIS_DESK, EgressLists(tuple(allow), tuple(deny))))
    policy.check_name(host)
    return policy.select(host, [ip_address(each) for each in addresses or (PUBLIC,)], 80)


@pytest.mark.parametrize(
    ("host", "lists"),
    [
        ("example.com", {}),
        ("example.com", {"allow": ["example.com"]}),
        ("a.example.com", {"allow": ["*.example.com"]}),
        ("example.com", {"deny": ["*.example.com"]}),
        ("example.com", {"allow": [PUBLIC]}),
        ("example.com", {"allow": ["93.0.0.0/8"]}),
        (PUBLIC, {"allow": ["93.0.0.0/8"]}),
        ("example.com", {"allow": ["other.example", "93.0.0.0/8"]}),
        ("example.com", {"server_allow": ["example.com"], "allow": ["example.com"]}),
        ("example.com", {"server_allow": ["example.com"], "deny": ["other.example"]}),
    ],
)
def test_what_the_lists_let_pass(host, lists):
    assert decided(host, **lists) == (ip_address(PUBLIC),)


@pytest.mark.parametrize(
    ("host", "lists", "reason"),
    [
        ("example.com", {"allow": ["other.example"]}, "example.com is not on the list"),
        ("example.com", {"allow": ["*.example.com"]}, "this desk allows"),
        ("example.com", {"deny": ["example.com"]}, "denied by the domain list of this desk"),
        ("a.example.com", {"deny": ["example.com"]}, "denied"),
        ("a.example.com", {"allow": ["example.com"], "deny": ["a.example.com"]}, "denied"),
        ("example.com", {"deny": ["com"]}, "denied"),
        ("example.com", {"deny": [PUBLIC]}, rf"example.com \({PUBLIC}\) is denied"),
        (PUBLIC, {"deny": [PUBLIC]}, f"{PUBLIC} is denied"),
        (PUBLIC, {"deny": ["0.0.0.0/0"]}, "denied"),
        (PUBLIC, {"allow": ["example.com"]}, "not on the list"),
        ("example.com", {"allow": ["8.8.8.8"]}, "not on the list"),
        ("example.com", {"server_deny": ["example.com"]}, "list of this server"),
        ("example.com", {"server_deny": ["example.com"], "allow": ["example.com"]}, "this server"),
        ("example.com", {"server_allow": ["b.example"], "allow": ["example.com"]}, "this server"),
        ("example.com", {"server_allow": ["example.com"], "allow": ["b.example"]}, "this desk"),
    ],
)
def test_what_the_lists_refuse(host, lists, reason):
    with pytest.raises(EgressRefused, match=reason):
        decided(host, **lists)


@pytest.mark.parametrize(
    ("lists", "advice"),
    [
        ({"deny": ["example.com"]}, "nightdesk egress, or under Domains on the page"),
        ({"allow": ["b.example"]}, "nightdesk egress, or under Domains on the page"),
        ({"server_deny": ["example.com"]}, "operator may change it with --deny-domain"),
        ({"server_allow": ["b.example"]}, "operator may change it with --allow-domain"),
    ],
)
def test_a_refusal_says_where_the_list_is_changed(lists, advice):
    with pytest.raises(EgressRefused, match=f"{advice}$"):
        decided("example.com", **lists)


@pytest.mark.parametrize("form", ["64:ff9b::5db8:d70e", "::ffff:93.184.215.14"])
def test_an_address_is_meant_in_its_ipv6_forms_too(form):
    with pytest.raises(EgressRefused, match="denied"):
        decided("example.com", form, deny=["93.0.0.0/8"])
    assert decided("example.com", form, allow=["93.0.0.0/8"])


def test_one_denied_address_condemns_a_name_and_all_must_be_allowed():
    both = (PUBLIC, "8.8.8.8")
    with pytest.raises(EgressRefused, match="denied"):
        decided("example.com", *both, deny=["8.8.8.8"])
    with pytest.raises(EgressRefused, match="not on the list"):
        decided("example.com", *both, allow=[PUBLIC])
    assert len(decided("example.com", *both, allow=[PUBLIC, "8.8.8.8"])) == 2


def test_a_list_opens_nothing_that_is_forbidden():
    with pytest.raises(EgressRefused, match="loopback"):
        decided("example.com", "127.0.0.1", allow=["127.0.0.0/8", "example.com"])


def test_a_private_target_must_be_on_a_list_that_is_not_empty():
    settings = NetSettings(allow_target=("127.0.0.1",), allow_domain=("example.com",))
    with pytest.raises(EgressRefused, match="not on the list"):
        policy_of(settings).check_name("127.0.0.1")


def test_a_site_of_ours_need_not_be_named_by_the_server():
    settings = NetSettings(
        allow_target=("127.0.0.1:5",), allow_domain=("example.com",), own_sites=("127.0.0.1",)
    )
    policy = policy_of(settings)
    policy.check_name("127.0.0.1")
    assert policy.select("127.0.0.1", [ip_address("127.0.0.1")], 5)
    for host in ("127.0.0.2", "site.example"):
        with pytest.raises(EgressRefused, match="not on the list"):
            policy.check_name(host)
    with pytest.raises(EgressRefused, match="not on the list"):
        policy.select("site.example", [ip_address("127.0.0.1")], 5)
    narrow = policy.narrowed(Narrowing(THIS_DESK, EgressLists(allow=("example.com",))))
    with pytest.raises(EgressRefused, match="this desk"):
        narrow.check_name("127.0.0.1")


@pytest.fixture
async def loopback(nursery):
    """A client that may reach loopback, where every name leads to; and what was looked up."""
    asked = []

    def lookup(name):
        asked.append(name)
        return ["127.0.0.1"]

    async with open_http({"allow_target": ["127.0.0.1"]}, lookup=lookup) as client:
        client.looked_up = asked
        yield client


async def test_a_refused_name_is_not_even_looked_up(target, loopback, ask):
    job = loopback.for_job(EgressLists(deny=("bad.example",)))
    for host in ("bad.example", "A.BAD.example", "bad.example.", "ｂad.example"):
        with pytest.raises(EgressRefused, match="denied"):
            await ask(job, target.url(host=host))
    assert (loopback.looked_up, target.connections) == ([], 0)


async def test_a_kept_connection_is_not_used_under_other_lists(target, loopback, ask):
    target.handlers["/"] = page()
    free, narrow = (
        loopback.for_job(EgressLists()),
        loopback.for_job(EgressLists(deny=("10.0.0.1",))),
    )
    for client in (free, loopback, free, narrow, narrow):
        await ask(client, target.url(host="a.example"))
    assert target.connections == 2
    narrow.permit(EgressLists(deny=("a.example",)))
    with pytest.raises(EgressRefused, match="denied"):
        await ask(narrow, target.url(host="a.example"))
    narrow.permit(EgressLists(deny=("127.0.0.0/8",)))
    with pytest.raises(EgressRefused, match="denied"):
        await ask(narrow, target.url(host="a.example"))
    assert (await ask(free, target.url(host="a.example")))[0] == 200
    assert (target.connections, len(target.asked)) == (2, 6)


async def test_a_proxy_must_be_allowed_too(nursery, target, loopback, ask):
    proxy = HttpProxy()
    await nursery.start(proxy.run)
    through = f"http://proxy.example:{proxy.port}"
    for lists in (EgressLists(allow=("a.example",)), EgressLists(deny=("proxy.example",))):
        with pytest.raises(EgressRefused, match=r"proxy\.example .*\(the proxy\)"):
            await ask(loopback.for_job(lists), target.url(host="a.example"), proxy=through)
    assert (proxy.asked, target.connections) == ([], 0)


async def test_lists_that_cannot_be_read_open_nothing(loopback):
    with pytest.raises(ValueError, match="no domain"):
        loopback.for_job(EgressLists(deny=("not a name",)))
