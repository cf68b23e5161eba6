"""Secret values of a fetch job: each comes back where it stood, and no refusal quotes one."""

from __future__ import annotations

import msgspec
import pytest

from actors.errors import InvalidSpec
from actors.ports import PlanLimits
from executors.fetch.spec import FetchSpec
from executors.headers import is_secret
from executors.secrets import SecretNames, fill_headers
from executors.urls import parse_url

LIMITS = PlanLimits(
    max_items=10, max_url_bytes=1_000, max_concurrency=10, max_body_read_bytes=1_000
)
URL = "http://ex.com/"
ONE, OTHER = "Bearer one-secret", "Bearer other-secret"


def planned(spec, items):
    plan = FetchSpec().plan(spec, items, LIMITS)
    filled = FetchSpec().fill_secrets(plan.spec, plan.secrets)
    headers = [
        fill_headers(msgspec.json.decode(item.item)["headers"], filled.get("item_secrets", {}))
        for item in plan.items
    ]
    return filled["headers"], headers


def test_a_value_that_items_and_the_job_share_reaches_both():
    items = [{"url": URL, "headers": {"Authorization": text}} for text in (ONE, OTHER)]
    job = {"Authorization": ONE, "X-Token": OTHER}
    assert planned({"headers": job}, items) == (job, [item["headers"] for item in items])


@pytest.mark.parametrize("name", ["secret", "Secret", "SECRET"])
def test_a_header_called_secret_is_a_header(name):
    items = [{"url": URL, "headers": {name: OTHER}}]
    assert planned({"headers": {name: ONE}}, items) == ({name: ONE}, [{name: OTHER}])


def test_equal_values_of_one_kind_share_a_name():
    names = SecretNames()
    assert names.hide("header.", ONE) == names.hide("header.", ONE)
    assert len(names.values) == 1


SECRET_HEADERS = [
    "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie2", "X-API-Key", "x_api_key",
    "api.key", "Ocp-Apim-Subscription-Key", "X-Session-ID", "Idempotency-Key", "X-Amz-Security-"
    "Token", "X-Amz-Signature", "X-Hub-Signature-256", "X-CSRF", "X-XSRF-T", "Key", "X-Pwd",
    "X-Password", "X-Passwd", "Passphrase", "X-JWT", "X-Client-Secret", "X-Credentials", "sid",
]  # fmt: skip
PLAIN_HEADERS = ["Accept", "Referer", "X-Keyboard", "If-None-Match", "X-Passenger", "Monkey"]


@pytest.mark.parametrize("name", SECRET_HEADERS)
def test_headers_that_carry_secrets_are_known_by_name(name):
    assert is_secret(name)


@pytest.mark.parametrize("name", PLAIN_HEADERS)
def test_other_headers_stay_readable(name):
    assert not is_secret(name)


BROKEN_PROXIES = [
    "http://me:hunt/er2@proxy.example:1",
    "http://me:hunt?er2@proxy.example:1",
    "http://me:hunt#er2@proxy.example:1",
    "http://me:hunter2@proxy.example:x",
    "http://me:hunter2@[proxy.example:1",
    "http://me:hunter2@pro..xy:1",
    "http://hunter2@:1",
    "gopher://me:hunter2@proxy.example",
    "me:hunter2@proxy.example:1",
]
BROKEN_URLS = [
    "http://me:hunt/er2@ex.com/",
    "http://me:hunter2@ex.com/",
    "http://hunter2@ex.com/",
    "http://me:hunt?er2@ex.com/",
    "http://me:hunt\\er2@ex.com/",
    "http://me:hunt%2Fer2@ex.com/",
]


@pytest.mark.parametrize("proxy", BROKEN_PROXIES)
def test_a_refused_proxy_is_not_quoted(proxy):
    with pytest.raises(InvalidSpec) as refused:
        FetchSpec().plan({"proxies": [proxy]}, [URL], LIMITS)
    assert "hunt" not in f"{refused.value} {refused.value.details}"


@pytest.mark.parametrize("url", BROKEN_URLS)
def test_a_refused_address_with_a_password_is_not_quoted(url):
    with pytest.raises(ValueError, match="address") as refused:
        parse_url(url)
    assert "hunt" not in str(refused.value)
