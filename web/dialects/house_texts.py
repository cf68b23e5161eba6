"""What the house refuses, in both languages: the words of every dialect that has none of its own.
Pure."""

from __future__ import annotations

from web.dialects.languages import Text

# By the codes of `web.errors`. `message` is the house's own text, in English.
REFUSALS: dict[str, Text] = {
    "invalid_json": Text("请求内容不是有效的 JSON", "{message}"),
    "invalid_request": Text("请求参数有误：{message}", "{message}"),
    "invalid_spec": Text("任务参数有误：{message}", "{message}"),
    "unauthorized": Text("未登录，或登录已失效", "{message}"),
    "insufficient_tokens": Text("余额不足：{message}", "{message}"),
    "plan_exceeded": Text("超出当前套餐的限制：{message}", "{message}"),
    "forbidden_origin": Text("不允许其他网站的页面执行此操作", "{message}"),
    "not_found": Text("任务不存在", "There is no such task"),
    "template_not_found": Text("模板不存在", "There is no such template"),
    "picture_not_found": Text("图片不存在", "There is no such picture"),
    "preset_not_found": Text("生成配置不存在", "There is no such config"),
    "character_not_found": Text("角色不存在", "There is no such character"),
    "model_not_found": Text("模型不存在", "There is no such model"),
    "data_source_not_found": Text("数据源不存在", "There is no such data source"),
    "method_not_allowed": Text("此地址不支持该请求方法", "{message}"),
    "request_timeout": Text("请求未能及时传完，请重试", "{message}"),
    "invalid_status": Text("任务的当前状态不允许此操作：{message}", "{message}"),
    "limit_reached": Text("已达到上限：{message}", "{message}"),
    "no_link": Text("这个工作台没有可更换的地址", "{message}"),
    "webui_refused": Text("WebUI 未执行此操作：{message}", "{message}"),
    "lane_busy": Text("已有任务正在执行", "{message}"),
    "journeys_changed": Text("内容刚被修改，请重试", "{message}"),
    "template_changed": Text("模板刚被修改，请重新读取后再试", "{message}"),
    "entry_changed": Text("内容刚被修改，请重新读取后再试", "{message}"),
    "idempotency_conflict": Text("Idempotency-Key 已用于另一个请求", "{message}"),
    "job_deleted": Text("任务已被删除", "The task was deleted"),
    "files_damaged": Text("任务的文件已损坏：{message}", "{message}"),
    "body_too_large": Text("请求内容过大：{message}", "{message}"),
    "unsupported_media_type": Text("不支持的内容类型：{message}", "{message}"),
    "range_not_satisfiable": Text("文件没有请求的那一部分", "{message}"),
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
