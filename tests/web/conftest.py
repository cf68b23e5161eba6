"""The front end on scripted desks: an application, a client, a desk."""

from __future__ import annotations

import time
from copy import copy
from types import SimpleNamespace
from typing import ClassVar

import pytest
import structlog
import trio
from msgspec.structs import replace
from quart.routing import QuartMap
from quart_trio import QuartTrio
from structlog.testing import CapturingLogger

from executors.fetch.spec import FetchSpec
from executors.visit.spec import VisitSpec
from state.rotation import Secrets
from state.views import desk_key
from tests.support.desks import ScriptedDesks
from web.app import build_app
from web.auth import Auth
from web.deps import WebDeps, WebSettings
from web.keyring import Keyring
from web.rates import Rate, Rates

SECRET = b"k" * 32
GENEROUS = Rate(0.0, 1)

GUEST = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER_GUEST = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def make_rates(*, clock=time.monotonic, **rates):
    """Nothing is limited that is not named."""
    limits = {"commands": GENEROUS, "new_desks": GENEROUS, "misses": GENEROUS, **rates}
    return Rates(**limits, clock=clock)


class HeldSecrets:
    """A `SecretSource` in memory: tests put other secrets, or an error, in their place."""

    def __init__(self, held):
        self.held = held

    def stamp(self):
        return self.held

    def read(self):
        if isinstance(self.held, Exception):
            raise self.held
        return self.held


def make_keyring(source=None, *, now=time.time, log=None):
    log = log or structlog.wrap_logger(CapturingLogger(), processors=[])
    return Keyring(source or HeldSecrets(Secrets(SECRET)), now, log)


class SharedMap(QuartMap):
    """Reads its rules when a path is looked for; where another map has read the same ones, what
    that has found is taken. Two thousand tests make an application each, of the same 450 rules."""

    read: ClassVar[dict] = {}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self._given = []

    def add(self, rulefactory):
        self._given.append(rulefactory)
        self._remap = True

    def update(self):
        if not self._remap:
            return
        rules = [(r.rule, r.endpoint, frozenset(r.methods or ()), r.websocket) for r in self._given]
        key = (self.merge_slashes, *rules)
        if key not in self.read:
            own = QuartMap(merge_slashes=self.merge_slashes)
            for rule in self._given:
                own.add(copy(rule))
            own.update()
            self.read[key] = own._matcher, own._rules_by_endpoint
        self._matcher, self._rules_by_endpoint = self.read[key]
        self._remap = False


@pytest.fixture(scope="session", autouse=True)
def _rules_read_once():
    """See `SharedMap`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuartTrio, "url_map_class", SharedMap)
        yield


@pytest.fixture(scope="session")
def kinds():
    """What plans jobs; each reads the version of what is installed when it is made."""
    return {"fetch": FetchSpec(), "visit": VisitSpec()}


@pytest.fixture
def page_folder(tmp_path):
    folder = tmp_path / "page"
    (folder / "app").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>shell</title>")
    (folder / "app" / "main.js").write_text("export const answer = 42;\n")
    (folder / "README.md").write_text("not served")
    for name in ("operator.html", "docs.html"):
        head = f'<link rel="stylesheet" href="/page/{name}.css">'
        (folder / name).write_text(f"<!doctype html>{head}<noscript><!--plain--></noscript>")
    return folder


@pytest.fixture
def captured():
    return CapturingLogger()


@pytest.fixture
def deps(page_folder, captured, tmp_path, kinds):
    log = structlog.wrap_logger(captured, processors=[])
    return WebDeps(
        desks=ScriptedDesks(),
        store=SimpleNamespace(),
        executors=kinds,
        keyring=make_keyring(),
        settings=WebSettings(own_hosts=frozenset({"localhost"})),
        stopping=trio.Event(),
        page=page_folder,
        scratch=tmp_path,
        version="1.2.3",
        log=log,
        now=time.time,
        # It stands: what is allowed at once is not more on a slow machine.
        clock=lambda: 1_000.0,
    )


@pytest.fixture
def with_settings(deps):
    """deps with other settings."""

    def change(**fields):
        return replace(deps, settings=replace(deps.settings, **fields))

    return change


@pytest.fixture
def client(deps):
    return build_app(deps).test_client()


@pytest.fixture
async def desk(deps):
    """The guest's desk."""
    return await deps.desks.create(desk_key(GUEST))


@pytest.fixture
def auth(deps):
    return make_auth(deps)


def make_auth(deps, *, local_desk=False, now=None):
    return Auth(
        deps.keyring,
        local_desk=local_desk,
        desks=deps.desks,
        rates=make_rates(),
        now=now or deps.now,
    )
