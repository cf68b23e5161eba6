"""What AutoClick's paths say to people, in Chinese and in English. Pure."""

from __future__ import annotations

from web.dialects.languages import Text

LISTED = Text("共 {count} 个定时任务", "{count} scheduled task(s)")
FOUND = Text("定时任务详情", "The scheduled task")
CREATED = Text("定时任务已创建，启动后按时间窗口执行", "Made; once started it follows its window")
REPLACED = Text("定时任务已更新", "Replaced")
DELETED = Text("定时任务已删除", "Deleted")
STARTED = Text("定时任务已启动", "On: passes begin when they are due")
STOPPED = Text("定时任务已停止，可随时重新启动", "Off: no pass begins until it is started again")
TERMINATED = Text("定时任务已终止", "Ended for good; what its passes have done stays")
