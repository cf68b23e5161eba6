"""What the text view says, in English and in Chinese. Used by `web.text_view`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from web.reasons import in_chinese

Language = Literal["en", "zh"]

_ENGLISH = {
    "title": "Nightdesk",
    "desk": "your desk",
    "local": "the desk of this computer",
    "shared": "shared until {time}",
    "none": "No jobs yet.",
    "saved": "saved {ago} ago",
    "saved.now": "saved just now",
    "saved.failing": "cannot be saved; last saved {ago} ago",
    "needs": "Needs you",
    "running": "Running",
    "waiting": "Waiting",
    "scheduled": "Scheduled",
    "over": "Done",
    "more": "… and {n} more",
    "counts": "{done} of {total}",
    "failed": "{n} failed",
    "skipped": "{n} skipped",
    "rate": "{rate}/s",
    "about": "about {time}",
    "soon": "in about {n} s",
    "next": "next {time}",
    "place": "no. {n} in its lane",
    "old": "{ago} old",
    "pages": "Each at {path}",
    "causes": "Why items failed",
    "log": "The newest of its log",
    "log.none": "Its log is empty.",
    "status.pending": "not started",
    "status.scheduled": "scheduled",
    "status.queued": "waits its turn",
    "status.running": "running",
    "status.paused": "paused",
    "status.completed": "completed",
    "status.partially_completed": "done, with failures",
    "status.failed": "failed",
    "status.cancelled": "cancelled",
    "reason.user": "by you",
    "reason.storage": "the disk refuses",
    "reason.quota": "the desk is full",
    "reason.boot": "since the server started",
    "poisoned": "crashed its worker",
    "no_reason": "no reason given",
    "other_reasons": "other reasons",
    "s": "{n} s",
    "min": "{n} min",
    "h": "{n} h",
    "d": "{n} d",
}

_CHINESE = {
    "title": "Nightdesk",
    "desk": "你的工作台",
    "local": "本机的工作台",
    "shared": "分享至 {time}",
    "none": "还没有任务。",
    "saved": "{ago}前已保存",
    "saved.now": "刚刚已保存",
    "saved.failing": "目前无法保存；上次保存于 {ago}前",
    "needs": "需要你处理",
    "running": "进行中",
    "waiting": "等待中",
    "scheduled": "已排期",
    "over": "已结束",
    "more": "…… 还有 {n} 个",
    "counts": "{done} / {total}",
    "failed": "失败 {n}",
    "skipped": "跳过 {n}",
    "rate": "{rate} 个/秒",
    "about": "约 {time} 完成",
    "soon": "约 {n} 秒后完成",
    "next": "下次 {time}",
    "place": "队列第 {n} 位",
    "old": "{ago}前创建",
    "pages": "各任务见 {path}",
    "causes": "失败原因",
    "log": "最近的日志",
    "log.none": "日志为空。",
    "status.pending": "未开始",
    "status.scheduled": "已排期",
    "status.queued": "排队中",
    "status.running": "进行中",
    "status.paused": "已暂停",
    "status.completed": "已完成",
    "status.partially_completed": "已结束，有失败",
    "status.failed": "失败",
    "status.cancelled": "已取消",
    "reason.user": "由你暂停",
    "reason.storage": "磁盘拒绝写入",
    "reason.quota": "工作台空间已满",
    "reason.boot": "自服务器启动起",
    "poisoned": "致使进程崩溃",
    "no_reason": "没有给出原因",
    "other_reasons": "其他原因",
    "s": "{n} 秒",
    "min": "{n} 分钟",
    "h": "{n} 小时",
    "d": "{n} 天",
}

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


class Words:
    """One of the two languages. Holds no state of its own."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._words: Mapping[str, str] = _CHINESE if language == "zh" else _ENGLISH

    def __call__(self, key: str, **values: object) -> str:
        return self._words[key].format(**values)

    def has(self, key: str) -> bool:
        return key in self._words

    def reason(self, said: str) -> str:
        """A reason, or a line of a log, as the page has it: as it was written where this language
        has no words for it."""
        known = in_chinese(said) if self.language == "zh" else None
        return said if known is None else known

    def span(self, seconds: float) -> str:
        """How long something is, in one short word."""
        whole = max(0, int(seconds))
        size, unit = next((each for each in _UNITS if whole >= each[0]), _UNITS[-1])
        return self(unit, n=whole // size)


def words_for(accept_language: str | None) -> Words:
    """Those that a request asks for; English where it asks for neither: `curl` asks for nothing."""
    for tag, quality in parse_accept_header(accept_language, LanguageAccept):
        wanted = tag.partition("-")[0].lower()
        if quality > 0 and wanted in ("zh", "en"):
            return Words("zh" if wanted == "zh" else "en")
    return Words("en")
