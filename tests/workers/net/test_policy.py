"""Which addresses may be reached: the cases of the threat list as a table over the decision."""

from ipaddress import ip_address

import pytest

from actors.ports import EgressRefused
from executors.urls import normalize_host
from workers.net.addresses import objection, parse_address
from workers.net.policy import Policy, parse_allow_target


def policy(*allowed: str, own_ports=(), own=()):
    rules = tuple(rule for text in allowed for rule in parse_allow_target(text))
    return Policy(rules, frozenset(own_ports), lambda address: str(address) in own)


def select(rules, host, *addresses, port=80):
    return [str(each) for each in rules.select(host, [ip_address(x) for x in addresses], port)]


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:53aa:64c:0:0:80ff:fffe",
        "2001:2::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "4000::1",
        "2600::5efe:7f00:1",
        "2600::200:5efe:a00:1",
    ],
)
def test_addresses_that_nobody_may_reach(address):
    assert objection(ip_address(address)) is not None
    with pytest.raises(EgressRefused, match="--allow-target"):
        select(policy(), "somewhere.example", address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "126.255.255.255",
        "128.0.0.1",
        "168.63.129.17",
        "172.15.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "64:ff9b::808:808",
        "::ffff:8.8.8.8",
        "2600::5efe:808:808",
    ],
)
def test_public_addresses_and_the_edges_of_the_networks(address):
    assert objection(ip_address(address)) is None


@pytest.mark.parametrize(
    "spelling",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7F.1",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "0",
        "127.0.0.1.",
        "0x7f.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "0:0:0:0:0:0:0:1",
        "⑫7.0.0.1",
        "127。0。0。1",
        "１２７.0.0.1",
    ],
)
def test_every_spelling_of_an_address_is_decided_by_the_address(spelling):
    address = parse_address(normalize_host(spelling))
    assert address is not None
    assert objection(address) is not None


@pytest.mark.parametrize("host", ["%31%32%37.0.0.1", "localhost%00.ex.com", "fe80::1%lo", "a b"])
def test_hosts_that_are_no_hosts(host):
    with pytest.raises(ValueError, match="not"):
        normalize_host(host)


def test_one_bad_address_condemns_a_name():
    with pytest.raises(EgressRefused, match=r"two\.example \(127\.0\.0\.1\) is a loopback address"):
        select(policy(), "two.example", "8.8.8.8", "127.0.0.1")


def test_where_an_address_is_allowed_only_that_one_is_used():
    assert select(policy("127.0.0.1"), "two.example", "8.8.8.8", "127.0.0.1") == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("allowed", "host", "address", "port"),
    [
        ("127.0.0.1:9000", "x.example", "127.0.0.1", 9000),
        ("127.0.0.1", "x.example", "127.0.0.1", 9000),
        ("127.0.0.1", "x.example", "::ffff:127.0.0.1", 9000),
        ("localhost:80", "localhost", "::1", 80),
        ("localhost", "127.0.0.1", "127.0.0.1", 80),
        ("10.0.0.0/8", "10.2.3.4", "10.2.3.4", 80),
        ("[fd00::/8]:8080", "fd00::7", "fd00::7", 8080),
        ("::1", "::1", "::1", 80),
        ("[::1]:81", "::1", "::1", 81),
        ("Build.Internal", "build.internal", "10.0.0.9", 80),
        ("127.0.0.1:6379", "127.0.0.1", "127.0.0.1", 6379),
    ],
)
def test_what_the_operator_allows(allowed, host, address, port):
    assert select(policy(allowed), host, address, port=port)


@pytest.mark.parametrize(
    ("allowed", "host", "address", "port"),
    [
        ("127.0.0.1:9000", "127.0.0.1", "127.0.0.1", 9001),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", 6379),
        ("127.0.0.1", "127.0.0.2", "127.0.0.2", 80),
        ("build.internal", "other.internal", "10.0.0.9", 80),
        ("10.0.0.0/8", "11.0.0.1.example", "192.168.0.1", 80),
    ],
)
def test_what_an_allowance_does_not_cover(allowed, host, address, port):
    with pytest.raises(EgressRefused):
        select(policy(allowed), host, address, port=port)


@pytest.mark.parametrize("port", [22, 25, 53, 3306, 5432, 6379, 11211, 27017])
def test_ports_of_other_services_are_refused_on_public_addresses(port):
    with pytest.raises(EgressRefused, match="not for web traffic"):
        select(policy(), "8.8.8.8", "8.8.8.8", port=port)


def test_our_own_port_is_refused_on_our_own_addresses_only():
    ours = policy("127.0.0.1", own_ports=[8400], own={"127.0.0.1", "8.8.4.4"})
    with pytest.raises(EgressRefused):
        select(ours, "127.0.0.1", "127.0.0.1", port=8400)
    with pytest.raises(EgressRefused, match="this server itself"):
        select(ours, "us.example", "8.8.4.4", port=8400)
    assert select(ours, "them.example", "8.8.8.8", port=8400) == ["8.8.8.8"]
    named = policy("127.0.0.1:8400", own_ports=[8400], own={"127.0.0.1"})
    assert select(named, "127.0.0.1", "127.0.0.1", port=8400) == ["127.0.0.1"]


@pytest.mark.parametrize("text", ["", ":80", "host:0", "host:65536", "host:x", "a b", "10.0.0.1/8"])
def test_allowances_that_make_no_sense_are_refused(text):
    with pytest.raises(ValueError, match=r"\S"):
        parse_allow_target(text)


@pytest.mark.parametrize("rule", ["127.0.0.1", "127.0.0.0/8"])
def test_a_port_that_is_refused_says_what_would_allow_it(rule):
    policy = Policy(parse_allow_target(rule))
    with pytest.raises(EgressRefused) as caught:
        policy.select("127.0.0.1", [ip_address("127.0.0.1")], 9)
    assert str(caught.value) == (
        "refused: port 9 of 127.0.0.1 is not for web traffic; the operator may allow it with "
        "--allow-target 127.0.0.1:9, and no browser opens such a port"
    )
    with pytest.raises(EgressRefused, match=r"private address.*--allow-target 10.0.0.1:9"):
        policy.select("10.0.0.1", [ip_address("10.0.0.1")], 9)
