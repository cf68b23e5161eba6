"""What services would send, step by step, and which targets cannot be told from here."""

from __future__ import annotations

import json
import logging

import msgspec
import pytest

from executors.notify.check import reason_against
from executors.notify.compose import compose
from executors.notify.item import Progress, Replied, Settled, Step, TargetItem, Wanted

SECRET = "tk-very-secret-4711"


def next_of(target, *replies):
    step = Step(TargetItem(target, "A job ended", "12 items", 5.0), replies)
    return msgspec.msgpack.decode(compose(msgspec.msgpack.encode(step)), type=Progress)


def json_reply(value, status=200):
    return Replied(status, (("content-type", "application/json"),), json.dumps(value).encode())


def test_one_request_then_its_answer():
    target = f"ntfys://ntfy.example/{SECRET}"
    wanted = next_of(target)
    assert (wanted.method, wanted.url) == ("POST", "https://ntfy.example/")
    assert json.loads(wanted.body)["message"] == "12 items"
    assert next_of(target, json_reply({})) == Settled(taken=True)
    assert next_of(target, json_reply({}, 500)) == Settled(taken=False)


def test_a_service_that_signs_in_first_is_led_on_by_each_reply():
    target = f"matrix://user:{SECRET}@chat.example/!room:chat.example?v=3"
    replies, asked = [], []
    known = {
        "login": {"access_token": "signed-in", "home_server": "here", "user_id": "@u:here"},
        "join": {"room_id": "!room:chat.example"},
        "send": {"event_id": "$1"},
    }
    while isinstance(progress := next_of(target, *replies), Wanted):
        assert len(asked) < 8, asked
        (word,) = {each for each in known if f"/{each}" in progress.url} or {""}
        asked.append(word)
        replies.append(json_reply(known.get(word, {}), 200 if word else 404))
        if word == "send":
            assert ("Authorization", "Bearer signed-in") in progress.headers
    assert progress == Settled(taken=True), asked
    assert asked[0] == "login"
    assert asked[-1] == "send"


def test_what_leads_away_is_not_followed():
    leads = Replied(302, (("Location", "https://elsewhere.example/"),))
    assert next_of("json://here.example/", leads) == Settled(taken=False)


@pytest.mark.parametrize(
    "target",
    ["mailto://u:p@mail.example", "syslog://", "rsyslog://log.example", "irc://irc.example/x"],
)
def test_what_is_not_reached_by_http_is_refused(target):
    assert "is not reached by HTTP" in reason_against(target) or "knows" in reason_against(target)


@pytest.mark.parametrize("target", ["", "nonsense", f"nothing://{SECRET}", "json://", "tgram://x"])
def test_what_is_no_target_is_refused_and_not_quoted(target, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    reason = reason_against(target)
    assert reason == "is no target that Apprise knows, or lacks a part"
    assert SECRET not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "target",
    [
        "ntfys://ntfy.example/topic",
        "gotifys://push.example/AbCdEfGhIjKlMn1",
        "discord://123456789012345678/abcdefghijklmnop",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
        "xmls://hooks.example/path",
    ],
)
def test_targets_of_the_web_are_taken(target):
    assert reason_against(target) is None
