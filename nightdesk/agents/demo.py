"""Sample tasks and a scripted endpoint for them: `nightdesk agents demo`.

Nothing leaves the machine, and nothing costs anything; the prices are made up, so that there is
something to be seen. Used by `nightdesk.cli.agents_work`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct

from executors.agent.model.prices import Price, PriceTable, Rate
from nightdesk.agents.plan import Order
from nightdesk.demo_model.endpoint import MODEL, Endpoint, Manner

_KEY = "demo-key"
_LATENCY_S = 0.3
_RATE = Rate(Decimal("0.28"), Decimal("0.42"))
_TASKS = (
    ("guess", "用 Python 写一个 30 行内的猜数字游戏：电脑随机生成 1~10 的整数，玩家来猜"),
    ("adder", '用 HTML+JS 写一个 50 行内的加法计算器：两个输入框、一个"="按钮'),
    ("guess-again", "Write a number guessing game in Python"),
)


class Sample(Struct, frozen=True):
    """What is worked on, and by what."""

    folder: Path
    order: Order
    environment: Mapping[str, str]
    prices: PriceTable
    endpoint: Endpoint


def prepare(folder: Path) -> Sample:
    """The folder, with its task file; the endpoint listens, and answers once it is served. Raises
    OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [{"dir": name, "first_prompt": prompt} for name, prompt in _TASKS]
    text = msgspec.json.format(msgspec.json.encode({"tasks": tasks}), indent=2)
    (folder / "task.json").write_bytes(text + b"\n")
    endpoint = Endpoint(Manner(keys=(_KEY,), latency_s=_LATENCY_S))
    return Sample(
        folder=folder,
        order=Order(file=folder / "task.json", rest_s=0.0),
        environment={
            "OPENAI_API_KEY": _KEY,
            "OPENAI_BASE_URL": endpoint.base_url,
            "OPENAI_MODEL": MODEL,
        },
        prices=PriceTable({MODEL: Price((_RATE,))}),
        endpoint=endpoint,
    )
