"""What a job's statuses are called, in English and Chinese: a part of `nightdesk.cli.words`."""

from __future__ import annotations

STATUS_ENGLISH = {
    "pending": "pending",
    "scheduled": "scheduled",
    "queued": "queued",
    "running": "running",
    "paused": "paused",
    "completed": "completed",
    "partially_completed": "partially completed",
    "failed": "failed",
    "cancelled": "cancelled",
}

STATUS_CHINESE = {
    "pending": "待开始",
    "scheduled": "已排期",
    "queued": "排队中",
    "running": "进行中",
    "paused": "已暂停",
    "completed": "已完成",
    "partially_completed": "部分完成",
    "failed": "失败",
    "cancelled": "已取消",
}
