"""What this dialect says to people, in Chinese and in English. Pure.

`REFUSALS` are what the core and the front end refuse, by its code; `message` is what they say
themselves, in English, and `wrong` the fields that are, in Chinese.
"""

from __future__ import annotations

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
    "invalid_json": Text("请求内容不是有效的 JSON", "{message}"),  # or INVALID_JSON_IN
    "invalid_request": Text("请求参数有误：{wrong}", "{message}"),
    "invalid_spec": Text("请求参数有误：{wrong}", "{message}"),
    "unauthorized": Text("未登录，或登录已失效", "{message}"),
    "insufficient_tokens": INSUFFICIENT,
    "plan_exceeded": Text("超出当前套餐的限制", "{message}"),  # else PLAN_EXCEEDED
    "forbidden_origin": Text("不允许其他网站的页面执行此操作", "{message}"),
    "not_found": Text("任务不存在", "There is no such task"),
    "method_not_allowed": Text("此地址不支持该请求方法", "{message}"),
    "request_timeout": Text("请求未能及时传完，请重试", "{message}"),
    # `refusals` says why, by the words of `status_texts`.
    "invalid_status": Text("任务的当前状态不允许此操作", "{message}"),
    "limit_reached": Text("已达到上限", "{message}"),
    "no_link": Text("这个工作台没有可更换的地址", "{message}"),
    "lane_busy": Text("已有任务正在执行", "{message}"),
    "journeys_changed": Text("任务列表刚被修改，请重试", "{message}"),
    "idempotency_conflict": Text("Idempotency-Key 已用于另一个请求", "{message}"),
    "job_deleted": Text("任务已被删除", "The task was deleted"),
    "files_damaged": Text("任务的文件已损坏", "{message}"),
    "template_not_found": Text("模板不存在", "{message}"),
    "template_changed": Text("模板刚被修改，请重试", "{message}"),
    "data_source_not_found": Text("数据源不存在", "{message}"),
    "picture_not_found": Text("图片不存在", "{message}"),
    "range_not_satisfiable": Text("请求的范围超出文件末尾", "{message}"),
    "body_too_large": Text("请求内容过大", "{message}"),
    "unsupported_media_type": Text("请求内容必须是 JSON（application/json）", "{message}"),
    "wrong_host": Text("服务器不使用该主机名", "{message}"),
    "mailbox_full": Text("服务器繁忙，请稍后重试", "{message}"),
    "too_many_sockets": Text("打开的连接过多，请稍后重试", "{message}"),
    "too_many_requests": Text("操作过于频繁，请稍后重试", "{message}"),
    "too_many_connections": Text("打开的连接过多，请稍后重试", "{message}"),
    "head_too_large": Text("请求头过大", "{message}"),
    "internal": Text("服务器内部错误", "{message}"),
    "overloaded": Text("服务器繁忙，请稍后重试", "{message}"),
    "desk_unavailable": Text("工作台暂时不可用，请稍后重试", "{message}"),
    "storage_unavailable": Text("服务器存储暂时不可用，请稍后重试", "{message}"),
    "storage_full": Text("服务器磁盘已满，未作任何修改", "{message}"),
}
