"""What this dialect says to people, in Chinese (its pages' language) and in English. Pure."""

from __future__ import annotations

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
    "invalid_json": Text("请求内容不是有效的 JSON：{message}", "{message}"),
    "invalid_request": Text("请求有误：{message}", "{message}"),
    "invalid_spec": Text("任务有误：{message}", "{message}"),
    "unauthorized": BAD_SESSION,
    "insufficient_tokens": Text("代币余额不足：{message}", "{message}"),
    "forbidden_origin": Text("不允许其他网站的页面执行此操作", "{message}"),
    "plan_exceeded": Text("超出当前套餐的限制：{message}", "{message}"),
    "not_found": Text("没有这个地址", "{message}"),
    "method_not_allowed": Text("此地址不支持该请求方法", "{message}"),
    "request_timeout": Text("请求未能及时传完，请重试", "{message}"),
    "invalid_status": Text("当前状态下无法执行此操作", "{message}"),
    "limit_reached": Text("已达到上限：{message}", "{message}"),
    "no_link": Text("这个工作台没有可更换的地址", "{message}"),
    "lane_busy": Text("已有后台任务正在执行，请等待完成或先停止", "A background task runs already"),
    "journeys_changed": Text("任务列表刚被修改，请刷新后重试", "{message}"),
    "idempotency_conflict": Text("重复的请求内容不一致", "{message}"),
    "job_deleted": Text("该后台任务已被删除", "{message}"),
    "files_damaged": Text("保存的文件已损坏：{message}", "{message}"),
    "body_too_large": Text("请求内容过大", "{message}"),
    "template_not_found": Text("模板不存在", "{message}"),
    "template_changed": Text("模板刚被修改，请重试", "{message}"),
    "data_source_not_found": Text("数据源不存在", "{message}"),
    "picture_not_found": Text("图片不存在", "{message}"),
    "range_not_satisfiable": Text("请求的范围超出文件末尾", "{message}"),
    "unsupported_media_type": Text("请求内容必须是 JSON（application/json）", "{message}"),
    "wrong_host": Text("服务器不使用该主机名", "{message}"),
    "mailbox_full": Text("服务器繁忙，请稍后重试", "{message}"),
    "too_many_sockets": Text("打开的连接过多，请稍后重试", "{message}"),
    "too_many_requests": Text("操作过于频繁，请稍后重试", "{message}"),
    "too_many_connections": Text("打开的连接过多，请稍后重试", "{message}"),
    "head_too_large": Text("请求头过大", "{message}"),
    "internal": Text("服务器内部错误：{message}", "{message}"),
    "overloaded": Text("服务器繁忙，请稍后重试", "{message}"),
    "desk_unavailable": Text("工作台暂时不可用，请稍后重试", "{message}"),
    "storage_unavailable": Text("服务器存储暂时不可用，请稍后重试", "{message}"),
    "storage_full": Text("服务器磁盘已满，未作任何修改", "{message}"),
}
