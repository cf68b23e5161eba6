"""Jobs of agents, as methods of `AsyncClient`: a part of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

from nightdesk.client.agents import Agents, AgentsAddress, AgentTask, Costs, TranscriptPage
from nightdesk.client.aio_workshop import AsyncWorkshop
from nightdesk.client.models import Job


class AsyncAgents(AsyncWorkshop):
    """Asks by `_ask`, and saves by `_save`, which the client has."""

    _address: AgentsAddress

    async def agents(self) -> Agents:
        """Which endpoints and models jobs of agents may name here, and what they may do."""
        return await self._ask(self._address.agents())

    async def tasks(self, job_id: str) -> AsyncIterator[AgentTask]:
        """The tasks of a job of agents, by index, fetched page by page. Raises NotFound."""
        offset = 0
        while True:
            answer = await self._ask(self._address.tasks(job_id, offset))
            for task in answer.tasks:
                yield task
            offset += len(answer.tasks)
            if not answer.tasks or offset >= answer.total:
                return

    async def costs(self, job_id: str) -> Costs:
        """What its calls have cost, and would cost on other models. Raises NotFound."""
        return await self._ask(self._address.costs(job_id))

    async def set_cap(
        self, job_id: str, *, usd: Decimal | None = None, tokens: int | None = None
    ) -> Job:
        """Let the calls of its items cost that much together, from the next one on; None: any
        amount. What had stopped at another cap goes on with `retry`."""
        return (await self._ask(self._address.set_cap(job_id, usd, tokens))).job

    async def transcript(self, job_id: str, item: int, *, after: int = 0) -> TranscriptPage:
        """How a task goes, behind that piece, as far as an answer holds. Raises NotFound."""
        return await self._ask(self._address.transcript(job_id, item, after))

    async def transcript_file(self, job_id: str, item: int, to: Path) -> int:
        """Write a whole transcript to a file of JSON Lines; returns its size in bytes."""
        return await self._save(self._address.transcript_file(job_id, item), to)

    async def task_files(self, job_id: str, item: int, to: Path) -> int:
        """Write the files of one task to a ZIP; returns its size in bytes."""
        return await self._save(self._address.task_files(job_id, item), to)

    async def agent_results(self, job_id: str, to: Path) -> int:
        """Write the job as `parallel_batch_results.json`; returns its size in bytes."""
        return await self._save(self._address.agent_results(job_id), to)
