"""Lists of domains in the gateway: the server's by itself, a desk's by the policy of its pass."""

import pytest

from state.model import EgressLists
from tests.support.gateway import GatewaySettings, started, visiting
from workers.net.client import NetSettings, policy_of
from workers.net.narrowing import THIS_DESK, Narrowing

SERVER = NetSettings(allow_target=("127.0.0.1",), deny_domain=("bad.example",))


@pytest.mark.parametrize(
    ("lists", "host", "status"),
    [
        (None, "bad.example", "403"),
        (None, "a.bad.example", "403"),
        (None, "good.example", "200"),
        (EgressLists(deny=("good.example",)), "good.example", "403"),
        (EgressLists(deny=("good.example",)), "bad.example", "403"),
        (EgressLists(allow=("bad.example",)), "bad.example", "403"),
        (EgressLists(allow=("other.example",)), "127.0.0.1", "403"),
        (EgressLists(allow=("good.example",)), "a.good.example", "200"),
    ],
)
async def test_a_tunnel_keeps_to_the_lists(target, nursery, lists, host, status):
    settings = GatewaySettings(net=SERVER)
    gateway = await started(nursery, settings, lookup=lambda _: ["127.0.0.1"])
    policy = lists and policy_of(SERVER).narrowed(Narrowing(THIS_DESK, lists))
    with gateway.open_pass(policy) as leave:
        async with visiting(gateway, leave) as visit:
            answer = await visit.connect(f"{host}:{target.port}")
    assert answer.split()[1] == status
    assert bool(target.connections) is (status == "200")
