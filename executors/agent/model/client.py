"""Calls a model: `Endpoint` is what all of a worker's calls of one endpoint share, `Model` is one
model at it for one job (`executors.agent.ports.ChatModel`).

Used by `executors.agent.run` in a worker of the desk, and by the command line in its own process.
A call is tried again where that may help, in a place of the endpoint's gate each time; what it has
used is told by the endpoint, or counted here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import trio
from msgspec import Struct

from actors.ports import HttpService
from executors.agent.model.answers import (
    Refusal,
    TryAgain,
    failure_of,
    is_no_model,
    is_too_long,
    read_refusal,
    refusal_of,
)
from executors.agent.model.counting import Counting, exact_prompt, exact_tokens
from executors.agent.model.exchange import Asked, Refused, exchange
from executors.agent.model.gate import Gate, Turnstile
from executors.agent.model.manners import FIRST, BadRequest, Manners, milder, written
from executors.agent.model.prices import Price, spend_of
from executors.agent.model.reply import Assembly, EndpointError
from executors.agent.model.trying import Timing, asked_wait_s, backoff_s
from executors.agent.model.usage import BadUsage, Bounds, Usage, read_usage
from executors.agent.ports import (
    AnswerBroken,
    ChatReply,
    ChatRequest,
    EndpointAway,
    KeyRefused,
    ModelError,
    ModelUnknown,
    RequestRefused,
    UsageSource,
)
from executors.scrubbing import Scrubber
from state.spending import NO_SPEND, Spend

_ASKING_AGAIN = frozenset({400, 415, 422, 501})


class Endpoint:
    """One endpoint in one worker: how many calls it gets at once, how it wants to be asked."""

    def __init__(
        self,
        service: HttpService,
        *,
        at_once: int = 16,
        timing: Timing | None = None,
        random: Random | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`wall` is the time of the day in seconds of the epoch, for what is said in dates."""
        self.service = service
        self.gate = Gate(at_once)
        self.way_back = Turnstile()
        self.counting = Counting()
        self.timing = timing or Timing()
        self.random = random or Random()
        self.wall = wall
        # By the name of a model, once it has refused a request of the first manners. Written by
        # the calls.
        self.manners: dict[str, Manners] = {}


class Terms(Struct, frozen=True, kw_only=True):
    """On which a model is called. `key` is sent as a Bearer token, unless the service itself has
    one; `price` None: nobody knows it. `who` are those who take turns at the gate. `told` hears
    what the user may want to know: waits, and why usage was counted."""

    price: Price | None = None
    key: str = ""
    who: str = ""
    told: Callable[[str], None] = lambda text: None


class _Failed(Exception):
    """A try has failed by `again`, and has cost `spend` all the same."""

    def __init__(self, again: TryAgain, spend: Spend) -> None:
        super().__init__(str(again))
        self.again = again
        self.spend = spend


class Model:
    """See ChatModel. Shared by all tasks of a job."""

    def __init__(self, name: str, endpoint: Endpoint, terms: Terms) -> None:
        self._name = name
        self._endpoint = endpoint
        self._terms = terms
        self._scrub = Scrubber((terms.key, *endpoint.service.secrets)).text
        # Of requests that are not to be streamed, and of those that are.
        self._headers = tuple(_headers(terms.key, streamed=each) for each in (False, True))
        # What no call of the job will do better than, once one has met it. Written by calls.
        self._hopeless: KeyRefused | ModelUnknown | None = None
        # Whether the user knows that calls are counted. Written by `_tell_counted`.
        self._has_told_counted = False

    @property
    def name(self) -> str:
        return self._name

    def most(self, request: ChatRequest) -> Spend:
        """See ChatModel. Raises RequestRefused for what cannot be written as JSON."""
        return self._spend(Usage(self._rough_prompt(request), request.max_tokens))

    async def call(
        self, request: ChatRequest, heard: Callable[[str], None] = lambda text: None
    ) -> ChatReply:
        """See ChatModel. What has been spent where it raises is the error's `spend`."""
        try:
            return await self._reply_to(request, heard)
        finally:
            self._endpoint.counting.forget(request)

    async def _reply_to(self, request: ChatRequest, heard: Callable[[str], None]) -> ChatReply:
        """Raises ModelError."""
        spent = NO_SPEND
        tries = _Tries(self._endpoint, self._scrub)
        while True:
            try:
                reply = await self._in_turn(request, heard)
            except _Failed as failed:
                spent = spent.plus(failed.spend)
                wait_s = tries.wait_after(failed.again, spent)
                self._terms.told(f"{self._scrub(str(failed))}; asked again in {wait_s:.3g} s")
                await trio.sleep(wait_s)
            except ModelError as error:
                error.spend = spent.plus(error.spend)
                raise
            else:
                return _with_spend(reply, spent)

    async def _in_turn(self, request: ChatRequest, heard: Callable[[str], None]) -> ChatReply:
        """One try. Raises ModelError, _Failed."""
        async with self._endpoint.gate.turn(self._terms.who):
            if self._hopeless is not None:
                raise type(self._hopeless)(str(self._hopeless))
            try:
                return await self._try(request, heard)
            except (KeyRefused, ModelUnknown) as error:
                self._hopeless = error
                raise
            except _Failed as failed:
                self._hold_all(failed.again)
                raise

    def _hold_all(self, again: TryAgain) -> None:
        """Nobody calls before the time that the endpoint asks for. One that asks for more than our
        patience is away, which others are to hear at once, and not after a long wait."""
        wait_s = again.wait_s if again.holds_all else None
        if wait_s is not None and wait_s <= self._endpoint.timing.patience_s:
            self._endpoint.gate.hold(wait_s)

    async def _try(self, request: ChatRequest, heard: Callable[[str], None]) -> ChatReply:
        """Asked until it is not refused for its manners. Raises ModelError, _Failed."""
        manners = self._endpoint.manners.get(self._name, FIRST)
        while True:
            answer = await self._ask(request, manners, heard)
            if isinstance(answer, ChatReply):
                if manners != FIRST:
                    self._endpoint.manners[self._name] = manners
                return answer
            refusal = self._read(answer)
            fewer = None
            is_final = is_too_long(refusal) or is_no_model(refusal)
            if answer.status in _ASKING_AGAIN and not is_final:
                fewer = milder(manners, request, f"{refusal.code} {refusal.words}")
            if fewer is None:
                wait_s = asked_wait_s(answer.headers, self._endpoint.wall())
                raise self._failure(refusal, wait_s)
            manners = fewer

    async def _ask(
        self, request: ChatRequest, manners: Manners, heard: Callable[[str], None]
    ) -> ChatReply | Refused:
        try:
            body = written(request, self._name, manners)
        except BadRequest as error:
            raise RequestRefused(str(error)) from error
        assembly = Assembly(heard)
        asked = Asked(body, self._headers[request.stream], request.stream)
        began = trio.current_time()
        endpoint = self._endpoint
        failed: EndpointError | TryAgain | None = None
        refused: Refused | None = None
        try:
            refused = await exchange(endpoint, asked, assembly)
        except (EndpointError, TryAgain) as error:
            # Out there: what it has cost may have to be counted, which waits.
            failed = error
        if failed is not None:
            spend = await self._lost_spend(request, assembly)
            raise self._failed(failed, spend) from failed
        if refused is not None:
            return refused
        duration_ms = (trio.current_time() - began) * 1000
        return await self._reply(request, assembly, duration_ms)

    def _failed(self, failed: EndpointError | TryAgain, spend: Spend) -> ModelError | _Failed:
        if isinstance(failed, TryAgain):
            return _Failed(failed, spend)
        return self._failure(refusal_of(0, failed.told, self._scrub), None, spend)

    def _read(self, refused: Refused) -> Refusal:
        if 300 <= refused.status < 400:
            to = refused.headers.get("location", "")
            words = f"a redirect, which is not followed, to {to}"
            return refusal_of(refused.status, {"message": words}, self._scrub)
        return read_refusal(refused.status, refused.body, self._scrub)

    def _failure(
        self, refusal: Refusal, wait_s: float | None, spend: Spend = NO_SPEND
    ) -> ModelError | _Failed:
        if 300 <= refusal.status < 400:
            return RequestRefused(f"the endpoint answered {refusal.status}: {refusal.words}")
        failure = failure_of(refusal, self._name, wait_s)
        if isinstance(failure, TryAgain):
            return _Failed(failure, spend)
        failure.spend = spend
        return failure

    # ------------------------------------------------------------------------- what it has used

    async def _reply(
        self, request: ChatRequest, assembly: Assembly, duration_ms: float
    ) -> ChatReply:
        source: UsageSource = "endpoint"
        try:
            usage = read_usage(assembly.usage, self._bounds(request, assembly))
        except BadUsage as bad:
            source = "counted"
            self._tell_counted(bad)
            usage = await self._counted(request, assembly)
        return ChatReply(
            text=assembly.text,
            tool_calls=assembly.tool_calls,
            finish=assembly.finish,
            model=assembly.model or self._name,
            spend=self._spend(usage, counted=source == "counted"),
            usage_from=source,
            duration_ms=duration_ms,
        )

    def _tell_counted(self, bad: BadUsage) -> None:
        """Once: an endpoint that tells nothing sane seldom begins to."""
        if not self._has_told_counted:
            self._has_told_counted = True
            self._terms.told(f"{bad}: the tokens of such calls are counted here")

    async def _counted(self, request: ChatRequest, assembly: Assembly) -> Usage:
        return Usage(
            await exact_prompt(request, self._name),
            await exact_tokens(list(assembly.texts()), self._name),
        )

    async def _lost_spend(self, request: ChatRequest, assembly: Assembly) -> Spend:
        """Of a try that has failed. Where some of an answer has come, it was worked on, and will be
        charged: a reply that is refused for its size would be free otherwise."""
        try:
            return self._spend(read_usage(assembly.usage, self._bounds(request, assembly)))
        except BadUsage:
            if not any(assembly.texts()):
                return NO_SPEND
        return self._spend(await self._counted(request, assembly), counted=True)

    def _spend(self, usage: Usage, *, counted: bool = False) -> Spend:
        price = self._terms.price
        at = None if price is None else datetime.fromtimestamp(self._endpoint.wall(), UTC)
        return spend_of(price, usage.prompt, usage.completion, usage.cached, counted=counted, at=at)

    def _bounds(self, request: ChatRequest, assembly: Assembly) -> Bounds:
        rough, texts = self._endpoint.counting.rough, assembly.texts
        return Bounds(
            prompt_tokens=self._rough_prompt(request),
            has_come=any(texts()),
            came_tokens=lambda: sum(map(rough, texts())),
            max_tokens=request.max_tokens,
        )

    def _rough_prompt(self, request: ChatRequest) -> int:
        try:
            return self._endpoint.counting.rough_prompt(request)
        except TypeError as error:
            raise RequestRefused(f"the request cannot be written as JSON: {error}") from error


class _Tries:
    """Of one call. Written by the task that makes it."""

    def __init__(self, endpoint: Endpoint, scrub: Callable[[str], str]) -> None:
        self._endpoint = endpoint
        self._scrub = scrub
        self._failed = 0
        self._broken = 0

    def wait_after(self, again: TryAgain, spent: Spend) -> float:
        """Seconds until the next try. Raises EndpointAway, AnswerBroken where there is none."""
        timing, said = self._endpoint.timing, self._scrub(str(again))
        self._failed += 1
        self._broken += again.is_broken
        if again.wait_s is not None and again.wait_s > timing.patience_s:
            message = f"{said}; it asks to be left alone for {again.wait_s:,.0f} s"
            raise _ended(EndpointAway(message, again.wait_s), spent)
        if again.is_broken and self._broken >= timing.tries_of_broken:
            raise _ended(AnswerBroken(f"{said} ({self._broken} tries)"), spent)
        if self._failed >= timing.tries:
            message = f"{said} ({self._failed} tries)"
            raise _ended(EndpointAway(message, again.wait_s), spent)
        wait_s = backoff_s(timing, self._failed, self._endpoint.random)
        return max(wait_s, again.wait_s or 0.0)


def _headers(key: str, *, streamed: bool) -> tuple[tuple[str, str], ...]:
    headers = [("content-type", "application/json")]
    if streamed:
        # What is packed comes late.
        headers += [("accept", "text/event-stream, application/json")]
        headers += [("accept-encoding", "identity")]
    if key:
        headers.append(("authorization", f"Bearer {key}"))
    return tuple(headers)


def _ended(error: ModelError, spent: Spend) -> ModelError:
    error.spend = spent
    return error


def _with_spend(reply: ChatReply, spent: Spend) -> ChatReply:
    """The reply, with what tries before it have cost."""
    if spent == NO_SPEND:
        return reply
    return ChatReply(
        text=reply.text,
        tool_calls=reply.tool_calls,
        finish=reply.finish,
        model=reply.model,
        spend=spent.plus(reply.spend),
        usage_from=reply.usage_from,
        duration_ms=reply.duration_ms,
    )
