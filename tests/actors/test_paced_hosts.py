"""Hosts that are slowed, as the queue asks for them: what is at work, and what has begun."""

from __future__ import annotations

import math

from actors.rules.paced import PacedHosts
from state.paces import HostPace

SLOW, OTHER = "http://slow.test:80", "http://other.test:80"


def slowed(in_flight=None, **pace):
    hosts = PacedHosts()
    hosts.set({"slow.test:80": HostPace(**pace), "slow.test": HostPace(**pace)}, in_flight or {})
    return hosts


def test_what_is_at_work_when_a_host_is_slowed_counts():
    hosts = slowed({SLOW: 2, OTHER: 7}, max_in_flight=2)
    assert hosts.wait_until(SLOW, 5.0) == math.inf
    assert hosts.wait_until(OTHER, 5.0) <= 5.0
    assert hosts.end(SLOW) is not None
    assert hosts.wait_until(SLOW, 5.0) <= 5.0


def test_another_delay_is_from_the_start_that_was_last():
    """Whoever changes a pace again and again has not asked for more by that."""
    hosts = slowed(delay_s=10.0)
    hosts.begin(SLOW, 100.0)
    longer = HostPace(delay_s=60.0)
    hosts.set({"slow.test:80": longer, "slow.test": longer}, {SLOW: 1})
    assert hosts.wait_until(SLOW, 101.0) == 160.0
    hosts.set({}, {SLOW: 1})
    assert hosts.wait_until(SLOW, 101.0) == 101.0
