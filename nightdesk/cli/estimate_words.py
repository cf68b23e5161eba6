"""What the commands say that tell what a job would be, in English and Chinese: a part of
`nightdesk.cli.words`."""

from __future__ import annotations

ENGLISH = {
    "estimate": "Say what a job would be: items, price and time; nothing is made.",
    "kinds": "List the kinds of jobs that the server does.",
    "estimate.items": "{kind}: {count} items",
    "estimate.grows": "it finds more of them by itself, up to {count}",
    "estimate.price": "price: {price} tokens, {free} free",
    "estimate.missing": "missing: {count} tokens; it could not start now",
    "estimate.unknown": "time: unknown, no job of this kind has ended on this desk",
    "estimate.measured": "time: about {time}, as the last {jobs} of this kind took",
    "estimate.usual": "time: about {time}, as this kind usually takes",
    "estimate.seconds": "{count} s",
    "estimate.minutes": "{count} min",
    "estimate.hours": "{count} h",
    "estimate.days": "{count} days",
}

CHINESE = {
    "estimate": "预估任务：项数、价格和耗时；不会创建任务。",
    "kinds": "列出服务器支持的任务类型。",
    "estimate.items": "{kind}：{count} 项",
    "estimate.grows": "运行中会自行发现更多，最多 {count} 项",
    "estimate.price": "价格：{price} 个代币，可用 {free}",
    "estimate.missing": "还差 {count} 个代币，现在无法开始",
    "estimate.unknown": "耗时：未知，本工作台还没有完成过同类任务",
    "estimate.measured": "耗时：约 {time}，按最近 {jobs} 个同类任务推算",
    "estimate.usual": "耗时：约 {time}，按同类任务的一般速度推算",
    "estimate.seconds": "{count} 秒",
    "estimate.minutes": "{count} 分钟",
    "estimate.hours": "{count} 小时",
    "estimate.days": "{count} 天",
}
