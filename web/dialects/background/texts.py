"""What this dialect says to people, in Chinese (its pages' language) and in English. Pure."""

from __future__ import annotations

from web.dialects import house_texts
from web.dialects.languages import Text

STARTED = Text("后台任务已启动，共 {count} 个任务", "Started in the background: {count} task(s)")
STOPPED = Text(
    "后台任务已停止，已完成的任务不受影响", "Stopped; tasks that have ended stay as they are"
)
PAUSED = Text("后台任务已暂停", "Paused: the task at hand ends, no other begins")
RESUMED = Text("后台任务已继续", "Resumed")
SAVED = Text("已保存 {count} 个任务", "Saved: {count} task(s)")
WELCOME = Text("已进入游客工作台", "Welcome to your guest desk")

NO_TASKS = Text("还没有任务，请先保存任务列表", "There are no tasks yet: save a list first")
NOTHING_CHOSEN = Text("请至少选择一个任务", "Choose at least one task")
NO_SUCH_TASK = Text(
    "task_indices 有误：{index} 不是列表中的序号（从 0 开始，共 {count} 个任务）",
    "task_indices: {index} is no place in the list (from 0; there are {count} tasks)",
)
CHOSEN_TWICE = Text("task_indices 有误：{index} 重复出现", "task_indices: {index} is there twice")
NO_INDICES = Text("task_indices 必须是整数列表", "task_indices must be a list of whole numbers")
NO_BOOLEAN = Text("{field} 必须是 true 或 false", "{field} must be true or false")
NO_OBJECT = Text("请求内容必须是 JSON 对象", "the body must be a JSON object")
NO_LIST = Text(
    '请求内容必须是任务列表，或 {{"tasks": [...]}}',
    'the body must be the list of tasks, or {{"tasks": [...]}}',
)
NO_UUID = Text("uuid 必须是文本", "uuid must be text")
NOTHING_TO_STOP = Text("当前没有正在执行的后台任务", "Nothing runs in the background now")
NOT_PAUSED = Text("当前没有已暂停的后台任务", "Nothing is paused now")
NO_SESSION_ID = Text(
    "X-Session-ID 必须是规范的小写 UUID v4",
    "X-Session-ID must be a UUID of version 4, in lower case",
)
BAD_SESSION = Text(
    "会话无效，请从带 UUID 的地址重新打开页面",
    "The session is not valid: open the page again by its address with the UUID",
)

# Of a job that has failed.
NONE_WELL = Text(
    "没有任务成功：{count} 个任务失败，第一个是「{name}」：{reason}",
    "no task went well: {count} task(s) have failed; the first, {name}: {reason}",
)
NOTHING_WENT_WELL = Text(
    "没有任务成功：{count} 个任务失败", "no task went well: {count} task(s) have failed"
)

# In the words of `load_tasks`, of which older pages read the first two by how they begin.
EXPIRED = Text("已过期", "已过期 (expired)")
OPENS = Text("开始于 {at}", "开始于 {at} (opens then)")
COMPLETED = Text("已完成", "completed")
OPEN = Text("未完成", "not completed")

# What the core and the front end refuse, by its code. `message` is what they say themselves.
REFUSALS: dict[str, Text] = {
    **house_texts.REFUSALS,
    "invalid_json": Text("请求内容不是有效的 JSON：{message}", "{message}"),
    "invalid_request": Text("请求有误：{message}", "{message}"),
    "invalid_spec": Text("任务有误：{message}", "{message}"),
    "unauthorized": BAD_SESSION,
    "insufficient_tokens": Text("代币余额不足：{message}", "{message}"),
    "not_found": Text("没有这个地址", "{message}"),
    "invalid_status": Text("当前状态下无法执行此操作", "{message}"),
    "lane_busy": Text("已有后台任务正在执行，请等待完成或先停止", "A background task runs already"),
    "journeys_changed": Text("任务列表刚被修改，请刷新后重试", "{message}"),
    "idempotency_conflict": Text("重复的请求内容不一致", "{message}"),
    "job_deleted": Text("该后台任务已被删除", "{message}"),
    "files_damaged": Text("保存的文件已损坏：{message}", "{message}"),
    "body_too_large": Text("请求内容过大", "{message}"),
    "unsupported_media_type": Text("请求内容必须是 JSON（application/json）", "{message}"),
}
