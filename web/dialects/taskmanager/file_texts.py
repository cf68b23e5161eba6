"""What this dialect says about files and tags, in both languages. Pure."""

from __future__ import annotations

from web.dialects.languages import Text

REMOVED = Text("已删除 {count} 个文件", "Files that were deleted: {count}")
NO_FOLDER = Text("没有这个文件夹：{folder}", "There is no folder {folder!r}")
READ_ONLY = Text(
    "文件夹 {folder} 为只读；服务器管理员可用 --images-dir {folder}=目录:rw 允许删除",
    "The folder {folder} is open to be read only; the server's operator may let it be written "
    "with --images-dir {folder}=FOLDER:rw",
)
NO_IMAGE = Text("图片不存在：{image}", "There is no picture {image!r}")
NO_TAG_FILE = Text("标签文件不存在：{file}", "There is no file of tags {file!r}")
TAGS_CLEARED = Text(
    "已清除 {count} 个标签文件；任务本身保留",
    "Files of tags that were cleared: {count}; tasks stay",
)
TAGS_CLEARED_BUT = Text(
    "已清除 {count} 个标签文件；{busy} 个任务仍在执行，未清除",
    "Files of tags that were cleared: {count}; tasks that are at work keep theirs: {busy}",
)
ANALYZED = Text("图片分析完成", "The picture was analysed")
ANALYSIS_FAILED = Text("图片分析失败：{reason}", "The picture was not analysed: {reason}")
ANALYSIS_WAITS = Text(
    "图片分析超时：{seconds} 秒内未轮到，请稍后重试",
    "The picture was not analysed within {seconds} s: try again later",
)
