"""What items of a generate job are made and run with, without a server."""

from __future__ import annotations

from actors.ports import LeasedItem, PlanLimits

LIMITS = PlanLimits(
    max_items=100, max_url_bytes=8_192, max_concurrency=100, max_body_read_bytes=100_000
)


class Context:
    """Records what an item said."""

    def __init__(self):
        self.lines = []
        self.told = []
        self.artifacts = {}
        self.said = lambda: None

    def progress(self, fraction, stage="", *, done=0, total=0):
        self.told.append((fraction, stage, done, total))
        self.said()

    def log(self, level, message):
        self.lines.append((level, message))

    async def artifact(self, name, data, paid=None):
        self.artifacts[name] = data


class Tools:
    def __init__(self, http):
        self.http = http


def leased(plan, index=0):
    [planned] = plan.items
    return LeasedItem(index, 0, planned.key, planned.item)
