"""The outcomes of a job whose files are delivered elsewhere, too: before an outcome is written what
its item has made is where its user wants it, or the job's log says why not.

Made by `actors.runner.opened`; the book writes to it as to any outcomes. A crash between the two
has the item run again, and the same delivered once more.
"""

from __future__ import annotations

from collections.abc import Sequence

from actors.house import House
from actors.ports import DeskKey, Inputs, OutcomeLog, Replay
from actors.ports.deliveries import Delivery
from actors.runner.joblog import JobLog
from state.model import Job, OutcomeRecord, OutcomeStatus


def delivering(
    outcomes: OutcomeLog, desk: DeskKey, job: Job, house: House, inputs: Inputs, log: JobLog
) -> OutcomeLog:
    """The outcomes themselves, where nothing is delivered."""
    delivery = house.deliveries.get(job.kind)
    if delivery is None or not delivery.is_wanted(job.spec):
        return outcomes
    return Delivered(outcomes, delivery, desk, job.id, inputs, log)


class Delivered:
    """The `OutcomeLog` port around another. Holds no state of its own."""

    def __init__(
        self,
        outcomes: OutcomeLog,
        delivery: Delivery,
        desk: DeskKey,
        job_id: str,
        inputs: Inputs,
        log: JobLog,
    ) -> None:
        self._outcomes = outcomes
        self._delivery = delivery
        self._desk = desk
        self._job_id = job_id
        self._inputs = inputs
        self._log = log

    @property
    def replay(self) -> Replay:
        return self._outcomes.replay

    async def append(self, records: Sequence[OutcomeRecord]) -> None:
        """See OutcomeLog.append."""
        good = [record for record in records if record.status is OutcomeStatus.OK]
        if good:
            items = await self._inputs.read([record.index for record in good])
            endings = list(zip(items, good, strict=True))
            failed = await self._delivery.deliver(self._desk, self._job_id, endings)
            for index, reason in failed:
                self._log.say("warning", reason, index)
        await self._outcomes.append(records)

    async def sync(self) -> None:
        """See OutcomeLog.sync."""
        await self._outcomes.sync()

    async def aclose(self) -> None:
        """See OutcomeLog.aclose."""
        await self._outcomes.aclose()
