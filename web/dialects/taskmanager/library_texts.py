"""What the saved configs and the characters of this dialect say to people. Pure."""

from __future__ import annotations

from web.dialects.languages import Text

CONFIG_NOT_FOUND = Text("没有找到这份配置：{config}", "There is no config {config!r}")
NOT_A_FILE = Text(
    "服务器不读写请求所指定的本机文件：请在页面上选择文件导入（/api/configs/import），或下载导出的文件（/api/configs/export）",
    "A request names no file on the server's disk: send the file itself (/api/configs/import), or "
    "save the one that is exported (/api/configs/export)",
)
CHARACTER_NOT_FOUND = Text("没有这个角色：{character}", "There is no character {character!r}")
CHARACTER_THERE = Text(
    "已有同名角色：{character}；请换一个名称，或修改原有的角色",
    "There is a character {character!r} already: choose another name, or change that one",
)
NO_TAGS = Text(
    "没有找到符合条件的标签（共查看 {count} 个标签文件）；请先生成标签，或放宽条件",
    "No tags are left of the {count} files of tags: make some first, or ask for less",
)
