"""What a request has cost, and what is free then, where front ends read it: in two headers."""

from __future__ import annotations

from quart import Response

CONSUMED = "X-Tokens-Consumed"
BALANCE = "X-Tokens-Balance"


def with_tokens(response: Response, consumed: int, balance: int) -> Response:
    response.headers[CONSUMED] = str(consumed)
    response.headers[BALANCE] = str(balance)
    return response
