"""The lines of a desk's own log: tasks are made, wait, begin and end. Pure; called by `feeds`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from actors.messages import JobView, Published, Transition
from state.model import Job, JobStatus
from web.dialects.languages import Language, Text
from web.dialects.taskmanager.view import is_task

# (level, text, when)
Line = tuple[str, str, float]
# How many jobs of a kind are in a status.
_Crowd = Counter[tuple[str, JobStatus]]

_MADE = Text("创建任务 {task}（类型: {type}）", "Task {task} was made (type: {type})")
_WAITS = Text(
    "检测到同类型的运行中任务，任务 {task} (类型: {type}) 加入等待队列",
    "A task of the same type is at work: task {task} (type: {type}) joins the queue",
)
_QUEUED = Text("任务 {task} (类型: {type}) 加入队列", "Task {task} (type: {type}) joins the queue")
_BACK = Text(
    "任务 {task} (类型: {type}) 被中断，已放回队列，将继续执行",
    "Task {task} (type: {type}) was interrupted and is back in its queue: it goes on by itself",
)
_BEGUN = Text(
    "启动 {type} 类型任务 {task} (该类型还有 {waiting} 个等待任务)",
    "Task {task} of type {type} begins ({waiting} more of that type wait)",
)
_ENDED: Mapping[JobStatus, tuple[str, Text]] = {
    JobStatus.PAUSED: ("info", Text("任务 {task} 已暂停", "Task {task} is paused")),
    JobStatus.COMPLETED: ("info", Text("任务 {task} 已完成", "Task {task} is completed")),
    JobStatus.PARTIALLY_COMPLETED: (
        "warning",
        Text("任务 {task} 已完成，部分失败", "Task {task} is completed, in part"),
    ),
    JobStatus.FAILED: ("error", Text("任务 {task} 执行失败", "Task {task} has failed")),
    JobStatus.CANCELLED: ("warning", Text("任务 {task} 已停止", "Task {task} was stopped")),
}


def desk_lines(
    published: Published, after: int, followed: frozenset[str], language: Language
) -> Iterator[Line]:
    """What happened since revision `after` to the tasks that are followed (none named: to all),
    but for those that are gone."""
    crowd = None
    for change in published.transitions:
        view = published.jobs.get(change.job_id) if change.revision > after else None
        if view is None or not is_task(view.job) or (followed and change.job_id not in followed):
            continue
        # Counted once for all that happened, however much that was.
        crowd = crowd or Counter(
            (each.job.kind, each.job.status) for each in published.jobs.values()
        )
        for level, text in _words(change, view, crowd):
            waiting = _others(crowd, view.job, JobStatus.QUEUED)
            said = text.told(language, task=view.job.id, type=view.job.kind, waiting=waiting)
            yield level, said, change.at


def _words(change: Transition, view: JobView, crowd: _Crowd) -> Iterator[tuple[str, Text]]:
    if change.old is None:
        yield "info", _MADE
    if change.new is JobStatus.QUEUED:
        if change.old is JobStatus.RUNNING:
            yield "warning", _BACK
        else:
            yield "info", _WAITS if _others(crowd, view.job, JobStatus.RUNNING) else _QUEUED
    elif change.new is JobStatus.RUNNING:
        yield "info", _BEGUN
    elif change.new is not None and change.new in _ENDED:
        yield _ENDED[change.new]


def _others(crowd: _Crowd, job: Job, status: JobStatus) -> int:
    """How many others of its type are in that status now."""
    return crowd[job.kind, status] - (job.status is status)
