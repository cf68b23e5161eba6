"""What the commands of webhooks say, in English and Chinese: a part of `nightdesk.cli.words`."""

from __future__ import annotations

ENGLISH = {
    "webhooks": "Who is told when a job of the desk has ended.",
    "webhooks.list": "List them, and how their newest tries went.",
    "webhooks.add": "Add one.",
    "webhooks.remove": "Remove one: it is told nothing more.",
    "webhooks.test": "Have one told something that says nothing.",
    "webhooks.none": "no webhooks (nightdesk webhooks add URL adds one)",
    "webhooks.once": "the secret is shown this once: its requests are signed with it",
    "webhooks.sent": "put down; nightdesk webhooks list shows what came of it",
}

CHINESE = {
    "webhooks": "任务结束时通知谁（Webhook）。",
    "webhooks.list": "列出 Webhook 及最近一次通知的结果。",
    "webhooks.add": "添加一个 Webhook。",
    "webhooks.remove": "移除一个 Webhook，不再通知。",
    "webhooks.test": "给一个 Webhook 发送测试通知。",
    "webhooks.none": "还没有 Webhook（用 nightdesk webhooks add URL 添加）",
    "webhooks.once": "密钥只显示这一次，通知用它签名，请妥善保存",
    "webhooks.sent": "测试通知已排队；用 nightdesk webhooks list 查看结果",
}
