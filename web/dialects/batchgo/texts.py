"""What this dialect says to people, in Chinese and in English. Pure.

`REFUSALS` are what the core and the front end refuse, by its code; `message` is what they say
themselves, in English, and `wrong` the fields that are, in Chinese.
"""

from __future__ import annotations

from web.dialects import house_texts
from web.dialects.languages import Text

NOT_SUPPORTED = "not_supported"

CREATED = Text("任务已创建，共 {count} 个 URL", "Task created: {count} URL(s)")
STARTED = Text("任务已启动，共 {count} 个 URL", "Task started: {count} URL(s)")
PAUSED = Text("任务已暂停", "Task paused")
RESUMED = Text("任务已继续", "Task resumed")
CANCELLED = Text("任务已终止，已完成的部分不受影响", "Task ended; what was done stays")
ENDED_BEFORE = Text("任务早已结束", "The task had ended before")
RETRIED = Text("将重新处理失败和未处理的 URL", "Failed and unprocessed URLs are done again")
RETRIED_CHOSEN = Text(
    "将重新处理符合条件的失败 URL，以及未处理的 URL",
    "Failed URLs that match are done again, and unprocessed ones",
)
DELETED = Text("任务已删除", "Task deleted")
FOUND = Text("任务详情", "The task")
STOPPED_ALL = Text("已终止 {count} 个任务", "Ended: {count} task(s)")
CLEARED = Text("已清除 {count} 个已结束的任务", "Removed: {count} ended task(s)")
LISTED = Text("共 {count} 个任务", "{count} task(s)")
VERSIONS = Text("可用的执行模式", "The modes that there are")
VALIDATION = Text("代理校验设置", "How proxies are checked")
AWAITED = Text("等待任务启动", "Waiting for the task to be started")
PROGRESS = Text("已处理 {done}/{total} 个 URL", "{done} of {total} URL(s) processed")
FAILED = Text("任务失败，原因见 error_message", "{error}")
WAITS = Text("等待下一轮定时执行", "Waiting for the next pass of the schedule")
SUFFICIENT = Text("Token 余额充足", "There are tokens enough")
INSUFFICIENT = Text(
    "Token 余额不足：需要 {required}，可用 {balance}",
    "Not enough tokens: {required} are needed, {balance} are free",
)
INVALID_JSON_IN = Text("请求内容不是有效的 JSON，问题出在字段 {field}", "{message}")
PLAN_EXCEEDED = Text(
    "超出套餐“{plan}”的限制：{field} 最多 {limit}，本任务为 {value}",
    "the plan {plan!r} allows {field} up to {limit:,}, and this has {value:,}",
)

TASK_NOT_FOUND = Text("任务不存在：{task}", "There is no such task: {task}")
NOT_SERVED = Text("本服务不提供这个接口", "This is not served here")
SOCIAL_REFERER = Text(
    "不支持 {field}：本服务不伪造社交网站来源；请改用 customReferer 明确给出来源",
    "{field} is not supported: no visit is made to look as if it came from a social network; "
    "name a referer yourself in customReferer",
)
DAILY_CLICKS = Text(
    "不支持 {field}：本服务不制造点击量；请用 mode=autoclick 按时间窗口和间隔定时访问",
    "{field} is not supported: no daily number of clicks is made up; "
    "visit by window and interval with the mode autoclick",
)
IDENTITIES = Text(
    "不支持 {field}：本服务不为每次访问更换身份",
    "{field} is not supported: visits are not given an identity each",
)

REFUSALS: dict[str, Text] = {
    **house_texts.REFUSALS,
    "invalid_request": Text("请求参数有误：{wrong}", "{message}"),
    "invalid_spec": Text("请求参数有误：{wrong}", "{message}"),
    "insufficient_tokens": INSUFFICIENT,
    "plan_exceeded": Text("超出当前套餐的限制", "{message}"),  # else PLAN_EXCEEDED
    # `refusals` says why, by the words of `status_texts`.
    "invalid_status": Text("任务的当前状态不允许此操作", "{message}"),
    "limit_reached": Text("已达到上限", "{message}"),
    "journeys_changed": Text("任务列表刚被修改，请重试", "{message}"),
    "files_damaged": Text("任务的文件已损坏", "{message}"),
    "body_too_large": Text("请求内容过大", "{message}"),
    "unsupported_media_type": Text("请求内容必须是 JSON（application/json）", "{message}"),
    "internal": Text("服务器内部错误", "{message}"),
}
