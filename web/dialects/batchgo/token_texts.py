"""What the token paths say to people, in Chinese and in English. Pure."""

from __future__ import annotations

from web.dialects.languages import Text

BALANCE = Text("可用 {free} 个 Token", "{free} token(s) are free")
ENOUGH = Text("Token 余额充足", "There are tokens enough")
TOO_FEW = Text(
    "Token 余额不足：需要 {required}，可用 {free}",
    "Not enough tokens: {required} needed, {free} free",
)
HELD = Text(
    "已为下一次启动预留 {amount} 个 Token，{minutes} 分钟内未启动则自动退回",
    "{amount} token(s) are put aside for the next start; without one they come back "
    "after {minutes} minutes",
)
HISTORY = Text("共 {total} 条 Token 记录", "{total} token transaction(s)")
LIMITS = Text("当前套餐的限制", "The limits of the plan")
OPENING = Text("初始余额", "Opening balance")
STARTED = Text("启动任务", "Start of a task")
GRANTED = Text("发放", "Granted")

WRONG_FEATURE = (
    "names none of the features that cost tokens here: silent, basic, autoclick, browser"
)
WRONG_AMOUNT = "must be a whole number from 1 to {most}"
NO_AMOUNT = "is missing: tokens, or the quantity (itemCount) that they are for"
