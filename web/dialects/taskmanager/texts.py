"""What this dialect says to people, in both languages. Pure."""

from __future__ import annotations

from web.dialects.languages import Text

TASK_NOT_FOUND = Text("任务不存在：{task}", "There is no task {task!r}")
NOT_SERVED = Text("此地址不存在", "There is nothing at this address")
NOT_RESTARTABLE = Text(
    "任务已被取消，不能重新启动；请新建任务",
    "The task was cancelled for good and cannot be started again: make another",
)

COOKIE_UNREADABLE = Text(
    "服务器的默认 Cookie 暂时无法读取，请联系管理员，或改用自己的 Cookie",
    "The server's default cookie cannot be read: ask its operator, or send one of your own",
)

CREATED = Text("任务已创建", "The task was made")
NO_DEFAULT_COOKIE = Text(
    "任务已创建；服务器没有配置默认 Cookie，将不带 Cookie 访问",
    "The task was made; the server has no default cookie for it, so it goes without",
)
STARTED = Text("任务已启动", "The task was started")
ALREADY = Text("任务已在等待或执行中", "The task waits or is at work already")
REPEATED = Text("任务将作为新任务重新执行：{task}", "The task is done again as {task}")
STOPPED = Text("任务已停止，可重新启动", "The task was stopped; it can be started again")
CANCELLED = Text("任务已取消", "The task was cancelled")
DELETED = Text("任务已删除", "The task was deleted")
CLEANED = Text("已清理 {count} 个任务", "Tasks that were cleaned up: {count}")

# What a task is at, by its status.
STATES = {
    "pending": Text("等待执行", "Waits its turn"),
    "running": Text("正在执行：{done}/{total}", "At work: {done} of {total} done"),
    "paused": Text("已暂停：{done}/{total}", "Paused: {done} of {total} done"),
    "completed": Text(
        "已完成：{total} 项，其中失败 {failed} 项", "Completed: {total} items, {failed} failed"
    ),
    "failed": Text("执行失败：{failed}/{total}", "Failed: {failed} of {total} items"),
    "cancelled": Text("已取消：已完成 {done}/{total}", "Cancelled: {done} of {total} done"),
}
