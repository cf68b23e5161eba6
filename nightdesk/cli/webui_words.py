"""What the commands for the WebUI say, in English and Chinese: a part of `nightdesk.cli.words`."""

from __future__ import annotations

ENGLISH = {
    "webui": "See, start or stop the WebUI that makes pictures.",
    "webui.status": "How it is.",
    "webui.start": "Start its program, where the server knows how (--webui-command).",
    "webui.stop": "End its program, where the server has started it.",
    "webui.logs": "Print what its program has printed last.",
    "webui.no_lines": "nothing: this server has not started it, or only its operator may read that",
    "webui.is.stopped": "stopped",
    "webui.is.starting": "starting",
    "webui.is.running": "running",
    "webui.is.external": "running, not started by this server",
    "webui.is.error": "ended by itself",
    "webui.process": "process {pid}",
    "webui.at": "at work: {percent:g} %, step {step} of {steps}",
}

CHINESE = {
    "webui": "查看、启动或停止制作图片的 WebUI。",
    "webui.status": "查看状态。",
    "webui.start": "启动它（服务器需设置 --webui-command）。",
    "webui.stop": "停止由本服务器启动的 WebUI。",
    "webui.logs": "显示它最近的输出。",
    "webui.no_lines": "没有输出：不是由本服务器启动，或只有管理者可以查看",
    "webui.is.stopped": "未运行",
    "webui.is.starting": "正在启动",
    "webui.is.running": "正在运行",
    "webui.is.external": "正在运行（非本服务器启动）",
    "webui.is.error": "异常退出",
    "webui.process": "进程 {pid}",
    "webui.at": "正在制作：{percent:g} %，第 {step} 步，共 {steps} 步",
}
