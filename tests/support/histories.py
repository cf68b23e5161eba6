"""Histories of the kill experiment, made by hand: what was asked, and what was said to have come
of it."""

from __future__ import annotations

from msgspec.structs import replace

from nightdesk.crashtest.history import Batch, Call, History, Hit, Life, Line, Shown, Truth

LIFE_S = 100.0


class Story:
    """A history told step by step: each call takes a second, unless it overlaps on purpose."""

    def __init__(self, *fates: str, status="none", concurrency=1) -> None:
        self.history = History()
        self.now = 1.0
        self.revision = 0
        fates = fates or ("ok-0",) * 3
        self.batch = Batch(name="job", desk=0, fates=fates, concurrency=concurrency, status=status)
        self.history.batches["job"] = self.batch

    @property
    def life(self) -> int:
        return len(self.history.lives)

    def shown(self, status, ok=0, failed=0, job_id="id", **fields) -> Shown:
        total = len(self.batch.fates)
        return Shown("job", job_id, status, total, ok, failed, **fields)

    def call(self, action, status=None, *, key="", lasts=0.5, result="acked", **fields) -> Call:
        """A command that was answered with `status`, or (`result`, `code`) otherwise."""
        self.revision += 1
        counts = {name: fields.pop(name) for name in ("ok", "failed", "job_id") if name in fields}
        shown = () if status is None else (self.shown(status, **counts),)
        call = Call(
            number=len(self.history.calls),
            client=0,
            life=self.life,
            desk=0,
            action=action,
            job="job",
            key=key,
            began=self.now,
            ended=self.now + lasts,
            result=result,
            revision=fields.pop("revision", self.revision),
            shown=shown,
            **fields,
        )
        self.now += 1
        self.history.calls.append(call)
        return call

    def unknown(self, action, **fields) -> Call:
        return self.call(action, result="unknown", **fields)

    def refused(self, action, code, **fields) -> Call:
        return self.call(action, result="refused", code=code, **fields)

    def seen(self, *statuses, **fields) -> Call:
        """A snapshot: the job in that status, or no job."""
        [status] = statuses or (None,)
        return replace_last(self, self.call("snapshot", status, **fields))

    def items(self, *items: tuple[int, str]) -> Call:
        return self.call("items", items=tuple(items))

    def kill(self, how="kill") -> None:
        """The server dies and comes back."""
        began = self.history.lives[-1].ended + 0.1 if self.history.lives else 0.0
        self.history.lives.append(Life(self.life, began, self.now, how, began + 0.1))
        self.now += 1

    def hit(self, *indexes) -> None:
        for index in indexes:
            self.history.hits.append(Hit(0, "job", index, self.now, self.life))
            self.now += 0.01

    def truth(self, status, *lines, ok=0, failed=0, run=1, on_disk=None, listed=None) -> None:
        """What is there at the end; `lines` are (index, run, status)."""
        shown = self.shown(status, ok, failed)
        newest = {line[0]: line[2] for line in lines}
        every = [(n, newest.get(n, "pending")) for n in range(len(self.batch.fates))]
        self.history.truths.append(
            Truth(
                name="job",
                desk=0,
                run=run,
                shown=shown,
                lines=tuple(Line(*line) for line in lines),
                listed=tuple(every if listed is None else listed),
                counted_on_disk=shown if on_disk is None else replace(shown, ok=on_disk),
            )
        )


def replace_last(story: Story, call: Call) -> Call:
    """Snapshots are of a whole desk: they name no job."""
    story.history.calls[-1] = replace(call, job="")
    return story.history.calls[-1]
