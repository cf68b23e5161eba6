"""What this dialect says to people, in both languages. Pure."""

from __future__ import annotations

from web.dialects.languages import Text

TASK_NOT_FOUND = Text("任务不存在：{task}", "There is no task {task!r}")
TEMPLATE_NOT_FOUND = Text("模板不存在：{template}", "There is no template {template!r}")
DATA_SOURCE_NOT_FOUND = Text("数据源不存在：{source}", "There is no data source {source!r}")
NOT_SERVED = Text("此地址不存在", "There is nothing at this address")
NO_DOCUMENT = Text(
    "没有这个文档，或尚未生成：{document}", "Document {document!r} is not there (yet)"
)
NOTHING_TO_DOWNLOAD = Text(
    "还没有可下载的文档：{done}/{total} 已处理",
    "There is nothing to download yet: {done} of {total} documents are done",
)

STARTED = Text("任务已启动", "The task was started")
PAUSED = Text("任务已暂停", "The task was paused")
RESUMED = Text("任务已恢复", "The task goes on")
CANCELLED = Text(
    "任务已取消，已完成 {done} 个文档", "The task was cancelled; {done} of its documents are done"
)
RETRIED = Text("失败的文档将重新生成", "What failed is done again")
DELETED = Text("已删除 {count} 个任务", "Tasks that were deleted: {count}")
FAILED = Text("没有生成任何文档", "None of its documents could be made")
PROGRESS = Text("已处理 {done}/{total} 个文档", "{done} of {total} documents are done")
IGNORED = Text("未知字段，已忽略：{name}", "An unknown field was ignored: {name}")

LEFT_BLANK = Text("字段没有数据，已留空：{field}", "A field has no value and is blank: {field}")
PREVIEW_NOT_FOUND = Text(
    "预览不存在或已过期，请重新生成", "There is no such preview, or no longer: make another"
)
PREVIEW_TOO_LARGE = Text(
    "文档过大，无法预览：{document}", "The document is too large to be looked at: {document}"
)
