"""Works on one task: the engine's front door.

Called by `executors.agent.run` in a worker of the desk, and by the command line in process. Both
bring a `Kit`: the models, the folder and the book of the task, and who is told.
"""

from __future__ import annotations

from executors.agent.engine.calling import now_text
from executors.agent.engine.kit import Kit
from executors.agent.engine.news import News, Resumed
from executors.agent.engine.records import Begin, TaskNamed, TranscriptBroken
from executors.agent.engine.replay import Files, replay, result_of
from executors.agent.engine.results import TaskResult
from executors.agent.engine.settings import Limits, Task
from executors.agent.engine.state import State
from executors.agent.engine.working import Work
from executors.agent.ports import Folder

__all__ = ["Kit", "News", "TaskResult", "run_task"]


async def run_task(task: Task, kit: Kit, limits: Limits) -> TaskResult:
    """Work on the task until it is done or a limit is reached, from where its book says it stands.
    The folder then has the files of the best round.

    Raises KeyRefused and ModelUnknown (no task of the batch will do better), EndpointAway (later,
    the task goes on where it stood) and OSError (the disk). A request that is refused, an answer
    that is none, and a transcript that cannot be read are a result with status "error"."""
    try:
        state, files = replay(await kit.book.pieces())
        work = Work(kit, limits, state)
        over = state.ended is not None and not _begins(state, task)
        if over:
            await kit.folder.apply(files.at_the_end())
        elif state.run:
            first = state.round if _begins(state, task) else state.judged_before_run + 1
            kit.tell(Resumed(state.round, state.spend.calls, first))
            await _put_back(kit.folder, files, state, work)
    except (TranscriptBroken, ValueError) as error:
        text = f"its transcript cannot be gone on with: {error}"
        return TaskResult(status="error", stop="error", error=text)
    # All that was written may be in them; from here on the folder alone has it.
    del files
    if over:
        return result_of(state)
    if _begins(state, task):
        work.begin(_begin(task, kit, limits, state))
    return await work.run()


def _begins(state: State, task: Task) -> bool:
    """Whether a run begins. What is done, is done; and a run is not made again."""
    if state.done:
        return False
    if task.run is None:
        return state.run == 0 or state.ended is not None
    return task.run > state.run


async def _put_back(folder: Folder, files: Files, state: State, work: Work) -> None:
    """The files as they were when the task was left; on the way, those of its best round."""
    await folder.apply(files.at_best())
    if state.best_round:
        await work.mark_best()
    await folder.apply(files.after_best())


def _begin(task: Task, kit: Kit, limits: Limits, state: State) -> Begin:
    redactor = kit.redactor
    return Begin(
        at=now_text(),
        task=TaskNamed(redactor.text(task.dir), redactor.text(task.first_prompt)),
        model=kit.coder.name,
        judge_model=kit.judge.name,
        max_iterations=limits.max_iterations,
        run=state.run + 1 if task.run is None else task.run,
    )
