"""What is wrong with a field, in Chinese. Pure; asked by `refusals`.

Reasons are written where the rules are, in English, and many are those of the core. The ones that a
front end meets have Chinese words here; of any other the Chinese message names the field alone, and
the reason stands in `details`: no message is half in one language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_WORDS: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), words)
    for pattern, words in (
        (r"is missing(?:: .*)?", "缺少该字段"),
        (r"unknown field(?:: settings stand in (.+))?", "未知字段"),
        (r"([\d,]+) unknown fields in all", "共有 {0} 个未知字段"),
        (r"is not a field of .+", "未知字段"),
        (r"must be a whole number from (\S+) to (\S+)", "必须是 {0} 到 {1} 之间的整数"),
        (r"must be a number of seconds from (\S+) to (\S+)", "必须是 {0} 到 {1} 之间的秒数"),
        (r"must be (\d+) to (\d+) minutes", "必须是 {0} 到 {1} 分钟"),
        (r"must be one of (.+)", "必须是以下之一：{0}"),
        (r"must be true or false", "必须是 true 或 false"),
        (r"must be text", "必须是文本"),
        (r"must be an object.*", "必须是对象"),
        (r"must be a JSON object", "必须是 JSON 对象"),
        (r"must be a list of URLs", "必须是 URL 列表"),
        (r"must be a URL", "必须是 URL"),
        (r"must be an address, as text", "必须是文本形式的地址"),
        (r"must not be empty", "不能为空"),
        (r"must hold at least one.*", "至少要有一项"),
        (r"must not hold more than ([\d,]+).*", "不能超过 {0} 项"),
        (r"is longer than ([\d,]+) characters", "超过 {0} 个字符"),
        (r"must be 1 to (\d+) printable ASCII characters", "必须是 1 到 {0} 个可打印 ASCII 字符"),
        (
            r"belongs to the mode (\w+), and this task's is (\w+)",
            "属于 {0} 模式，本任务是 {1} 模式",
        ),
        (r"is of another mode: this task's is (\w+)", "属于其他模式，本任务是 {0} 模式"),
        (r"says something else than (\S+)", "与 {0} 的值不一致"),
        (
            r"is neither a proxy nor the address of a list of them",
            "既不是代理，也不是代理列表的地址",
        ),
        (
            r"must be a list of days, 0 to 6|must be days from 0.*",
            "必须是 0（周日）到 6 的日期列表",
        ),
        (r'must be a time from "([^"]+)" to "([^"]+)"', "必须是 {0} 到 {1} 之间的时间"),
        (r'must be a window such as "([^"]+)"', "必须是时间窗口，例如 {0}"),
        (r"is no time zone that is known here", "未知的时区"),
        (r"is no country whose holidays are known here", "没有该国家的节假日数据"),
        (r"the address must begin with (.+?)(?: or (.+))?", "地址必须以 http:// 或 https:// 开头"),
    )
]
_MORE = "（共 {count} 处错误）"
_PART = "{field}：{words}"


def in_chinese(reason: str) -> str | None:
    """None where there are no Chinese words for it."""
    for pattern, words in _WORDS:
        if (found := pattern.fullmatch(reason)) is not None:
            return words.format(*found.groups())
    return None


def wrong_in_chinese(errors: Sequence[dict[str, Any]], count: int) -> str:
    """What is wrong with a request: the first field, why, and how many others there are."""
    field, reason = str(errors[0].get("field") or ""), str(errors[0].get("reason") or "")
    words = in_chinese(reason)
    said = field if words is None else _PART.format(field=field, words=words)
    return said + (_MORE.format(count=count) if count > 1 else "")
