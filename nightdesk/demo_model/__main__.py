"""`python -m nightdesk.demo_model`: the scripted endpoint as a program of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import trio
from cyclopts import App, Parameter

from nightdesk.demo_model.endpoint import Endpoint, Manner
from nightdesk.demo_model.script import Script, Scripts


def serve(
    *,
    port: int = 0,
    latency_ms: float = 0.0,
    key: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    model: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    calls_max: int | None = None,
    script: Path | None = None,
) -> None:
    """Serve on loopback until interrupted; prints the base URL.

    Parameters
    ----------
    port
        0: one that is free.
    latency_ms
        How long each answer is awaited.
    key
        A key that is taken (again for more); without any, anybody is welcome.
    model
        A model that is known (again for more); without any, every name is.
    calls_max
        More calls than that at once are told 429.
    script
        A JSON file of a script for every task; without one, see `nightdesk.demo_model.author`.
    """
    scripts = Scripts()
    if script is not None:
        scripts = Scripts(by_text={"": msgspec.json.decode(script.read_bytes(), type=Script)})
    endpoint = Endpoint(
        Manner(
            scripts=scripts,
            keys=key,
            models=model,
            latency_s=latency_ms / 1000,
            calls_max=calls_max,
        ),
        port=port,
    )
    sys.stdout.write(f"{endpoint.base_url}\n")
    sys.stdout.flush()
    trio.run(endpoint.serve)


def main() -> None:
    app = App(name="nightdesk.demo_model")
    app.default(serve)
    app()


if __name__ == "__main__":
    main()
