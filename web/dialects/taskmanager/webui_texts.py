"""What the dialect says of the WebUI, in both languages. Pure."""

from __future__ import annotations

from actors.ports.webui import RefusalCause, WebUIStatus
from web.dialects.languages import Text

STATES: dict[WebUIStatus, Text] = {
    "stopped": Text("WebUI 未运行", "The WebUI is not there"),
    "starting": Text("WebUI 正在启动", "The WebUI is starting"),
    "running": Text("WebUI 正在运行", "The WebUI is running"),
    "external": Text("WebUI 正在运行（非本服务器启动）", "The WebUI is there"),
    "error": Text("WebUI 异常退出：{reason}", "The WebUI is gone: {reason}"),
}
# What pages are told where there is no WebUI, and pictures can be tagged all the same.
TAGGER_ONLY = Text("WebUI 未运行，可使用本机的标签分析器", "No WebUI, but taggers of our own")
STARTED = Text("WebUI 正在启动", "The WebUI is starting")
THERE = Text("WebUI 已在运行", "The WebUI is there already")
STOPPED = Text("WebUI 已停止", "The WebUI has been stopped")

REFUSED: dict[RefusalCause, Text] = {
    "not_named": Text(
        "服务器未指定 WebUI：请以 --webui http://主机:端口 启动服务器",
        "This server has no WebUI: start it with --webui http://HOST:PORT",
    ),
    "not_startable": Text(
        "服务器不知道如何启动 WebUI：请用 --webui-command 指定启动命令，或自行启动 WebUI",
        "This server cannot start the WebUI: its operator says how with --webui-command, or starts"
        " it by hand",
    ),
    "started": Text("WebUI 已在启动或运行中", "The WebUI was started already"),
    "taken": Text("WebUI 的地址已被占用", "Something is at the WebUI's address already"),
    "not_ours": Text(
        "WebUI 不是由本服务器启动的，无法停止",
        "This server has not started the WebUI, so it does not stop it",
    ),
    "operators_only": Text(
        "只有服务器的管理者可以启动或停止 WebUI",
        "Only the server's operator may start and end the WebUI",
    ),
    "failed": Text("WebUI 启动失败：{reason}", "{reason}"),
}
