"""Rules are matched with paths, and no address is made of them: so nothing is written for that."""

from __future__ import annotations

import pytest


def test_no_address_is_made_of_a_rule(client):
    addresses = client.app.url_map.bind("localhost")
    assert addresses.match("/healthz")[0] == "get_health"
    with pytest.raises(NotImplementedError, match="/healthz"):
        addresses.build("get_health")


def test_every_rule_of_the_application_is_one_of_those(client):
    """Werkzeug asks a class of its own for what makes addresses: it would be asked again, for
    every rule at every start, where it looked for that by another name."""
    made = {rule._build.__func__.__module__ for rule in client.app.url_map.iter_rules()}
    assert made == {"web.matched"}
