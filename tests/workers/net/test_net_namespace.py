"""Every way to a private address that we know of, in a network where all of them would answer.

One process fetches all cases, in a namespace with private addresses and a canary at each; a case
passes where the canary saw no connection but those to the public address. Skipped where the system
allows no namespaces.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ports import has_ipv6
from tests.support.private_network import LOOPBACK, PRIVATE_V4, PRIVATE_V6, PUBLIC
from tests.support.spellings import disguises, of
from workers.net.addresses import FORBIDDEN_PORTS

ROOT = Path(__file__).resolve().parents[3]
NAMESPACE = ["unshare", "--user", "--map-root-user", "--net"]
BASES = ("127.0.0.1", "169.254.169.254", "10.1.2.3")

DIRECT = {
    **{f"{base}, {how}": f"http://{host}/" for base in BASES for how, host in of(base).items()},
    **{f"{base}, {how}": url for base in BASES for how, url in disguises(base, PUBLIC).items()},
    **{address: f"http://{address}/" for address in (*PRIVATE_V4, "0.0.0.0", "0", "localhost")},
    **{address: f"http://[{address}]/" for address in (*PRIVATE_V6, "::1", "::", "fe80::1%25lo")},
    **{address: f"http://{address}/" for address in ("224.0.0.1", "255.255.255.255", "192.0.0.8")},
}
REDIRECTS = {
    "file": "file:///etc/passwd",
    "data": "data:text/html,x",
    "gopher": "gopher://10.1.2.3:80/_x",
    "ftp": "ftp://10.1.2.3/",
    "javascript": "javascript:alert(1)",
    "protocol-relative": "//169.254.169.254/latest/meta-data/",
    "protocol-relative, backslashes": "\\\\169.254.169.254\\latest",
    "https": "https://169.254.169.254/",
    "another port": "http://169.254.169.254:8080/",
    "credentials": f"http://{PUBLIC}:x@169.254.169.254/",
    "dots": "http://169.254.169.254/a/../../../b/",
    "long": "http://169.254.169.254/" + "x" * 60_000,
    "nothing": "",
    "only a colon": ":",
    "not UTF-8, not ASCII": "http://ⓛocalhost/",
}


def cases():
    for name, url in DIRECT.items():
        yield f"at once: {name}", {"url": url}
        if "\n" not in url and "\x00" not in url:
            yield f"redirected: {name}", {"location": url, "status": 302, "hops": 1}
    for name, location in REDIRECTS.items():
        yield f"redirected: {name}", {"location": location, "status": 302, "hops": 1}
    for status in (301, 302, 303, 307, 308):
        for hops in (1, 9):
            case = {"location": "http://169.254.169.254/", "status": status, "hops": hops}
            yield f"redirected: {status} at hop {hops}", case
    for port in sorted(FORBIDDEN_PORTS - {0}):
        yield f"port {port}", {"url": f"http://{PUBLIC}:{port}/", "allow": [PUBLIC]}
    for address in (PUBLIC, *PRIVATE_V4, *LOOPBACK, *PRIVATE_V6, "127.0.0.2", "::ffff:127.0.0.1"):
        host = f"[{address}]" if ":" in address else address
        own = {"url": f"http://{host}/", "own_ports": [80], "allow": ["0.0.0.0/0", "::/0"]}
        yield f"ourselves at {address}", own
    named = {"url": "http://named.example/"}
    for address in (*PRIVATE_V4, *PRIVATE_V6, *LOOPBACK, "::ffff:10.1.2.3"):
        yield f"a name of {address}", {**named, "answers": [[address]]}
        yield f"a name of a public one and {address}", {**named, "answers": [[PUBLIC, address]]}
        yield f"a name of {address} and a public one", {**named, "answers": [[address, PUBLIC]]}


CASES = dict(cases())
CONTROLS = {
    "public": {"url": f"http://{PUBLIC}/"},
    "allowed": {"url": "http://10.1.2.3/", "allow": ["10.1.2.3"]},
    "allowed v6": {"url": "http://[fd00:ec2::254]/", "allow": ["fd00::/8"]},
    "redirected": {"location": "/page", "status": 307, "hops": 9},
    "rebinding": {"url": "http://rebind.example/", "answers": [[PUBLIC], ["10.1.2.3"]]},
    "relative": {"location": "../../../../page", "status": 302, "hops": 1},
}


@pytest.fixture(scope="module")
def network():
    """What became of each case."""
    for program in ("unshare", "ip"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program} here to make a network with")
    if not has_ipv6():
        pytest.skip("no IPv6 here, and half of the network is made of it")
    probe = subprocess.run([*NAMESPACE, "ip", "link", "set", "lo", "up"], capture_output=True)
    if probe.returncode != 0:
        pytest.skip(f"no network namespaces here: {probe.stderr.decode().strip()}")
    asked = {**CONTROLS, **CASES}
    ran = subprocess.run(
        [*NAMESPACE, sys.executable, "-m", "tests.support.private_network"],
        input=json.dumps(list(asked.values())).encode(),
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()[-3_000:]
    return dict(zip(asked, json.loads(ran.stdout), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_no_way_leads_to_a_private_address(network, name):
    found = network[name]
    allowed = {PUBLIC} if "allow" not in CASES[name] else set()
    assert set(found["connects"]) <= allowed
    # What is not refused was a path of the site that it came from.
    assert found["error"] is not None or set(found["hosts"]) == {PUBLIC}


@pytest.mark.parametrize(
    ("name", "connects"),
    [
        ("public", [PUBLIC]),
        ("allowed", ["10.1.2.3"]),
        ("allowed v6", ["fd00:ec2::254"]),
        ("redirected", [PUBLIC]),
        ("relative", [PUBLIC]),
        ("rebinding", [PUBLIC]),
    ],
)
def test_the_canaries_are_alive(network, name, connects):
    assert (network[name]["error"], network[name]["connects"]) == (None, connects)


def test_a_name_is_looked_up_once_and_connected_to_as_it_was_then(network):
    found = network["rebinding"]
    assert (found["left"], found["hosts"]) == (1, ["rebind.example"])
