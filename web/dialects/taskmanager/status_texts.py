"""Why a task's status does not allow something, in Chinese and in English, by the cause that the
core gives for it. Pure."""

from __future__ import annotations

from web.dialects.languages import Text
from web.dialects.taskmanager.task_schemas import Status

WORDS: dict[Status, Text] = {
    "pending": Text("等待中", "pending"),
    "running": Text("执行中", "running"),
    "completed": Text("已完成", "completed"),
    "failed": Text("失败", "failed"),
    "cancelled": Text("已取消", "cancelled"),
}

_CANNOT = "the task is {status}, it cannot be "

CAUSES: dict[str, Text] = {
    "started": Text("任务{status}，不能启动", f"{_CANNOT}started"),
    "paused": Text("任务{status}，不能暂停", f"{_CANNOT}paused"),
    "resumed": Text("任务{status}，不能继续", f"{_CANNOT}resumed"),
    "cancelled": Text("任务{status}，不能停止或取消", f"{_CANNOT}stopped or cancelled"),
    "retried": Text("任务{status}，不能重试", f"{_CANNOT}done again"),
    "id_taken": Text("该任务 ID 已被使用", "there is a task of that id already"),
    "schedule_ended": Text(
        "定时任务已终止，不能再次启动", "a scheduled task that has ended is not begun again"
    ),
    "nothing_to_retry": Text("没有可以重试的内容", "nothing of it failed or is left"),
    "begun_again": Text(
        "任务刚被重新启动，请刷新后再试", "the task has been begun again meanwhile"
    ),
    "files_in_use": Text(
        "任务正在写文件，结束后才能删除", "the task is at work: its files can be removed afterwards"
    ),
}
