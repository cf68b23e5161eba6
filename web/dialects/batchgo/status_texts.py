"""Why a task's status does not allow something, in Chinese and in English, by the cause that the
core or this dialect gives for it. Pure."""

from __future__ import annotations

from web.dialects.languages import Text

# A task that runs is only forgotten by force: the dialect's own cause.
NOT_ENDED = "not_ended"

CAUSES: dict[str, Text] = {
    "started": Text("任务状态为 {status}，不能启动", "the task is {status}, it cannot be started"),
    "paused": Text("任务状态为 {status}，不能暂停", "the task is {status}, it cannot be paused"),
    "resumed": Text("任务状态为 {status}，不能继续", "the task is {status}, it cannot be resumed"),
    "cancelled": Text(
        "任务状态为 {status}，不能终止", "the task is {status}, it cannot be cancelled"
    ),
    "retried": Text("任务状态为 {status}，不能重试", "the task is {status}, it cannot be retried"),
    "id_taken": Text(
        "该任务 ID 已用于另一个请求，请换一个 ID",
        "there is a task of that id already, which was asked for otherwise",
    ),
    "schedule_ended": Text(
        "定时任务已终止，不能再次启动", "a scheduled task that has ended is not begun again"
    ),
    "nothing_to_retry": Text(
        "没有可以重试的 URL", "nothing to retry: no such URL failed or is left"
    ),
    "begun_again": Text(
        "任务刚被重新启动，请刷新后再试", "the task has been begun again meanwhile"
    ),
    "files_in_use": Text(
        "任务正在写文件，结束后才能删除", "the task is at work: its files can be removed afterwards"
    ),
    NOT_ENDED: Text(
        "任务状态为 {status}，尚未结束；加上 force 可以强制终止并删除",
        "the task is {status}: with force it is ended and forgotten",
    ),
}
