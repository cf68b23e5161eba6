"""What is wrong with a field, in Chinese. Pure; asked by `refusals`.

Reasons are written where the rules are, in English, and many are those of the core. Those that have
Chinese words (`web.reasons`) are told in them; of any other the Chinese message names the field
alone, and the reason stands in `details`: no message is half in one language.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from web.reasons import in_chinese

_MORE = "（共 {count} 处错误）"
_PART = "{field}：{words}"


def wrong_in_chinese(errors: Sequence[dict[str, Any]], count: int) -> str:
    """What is wrong with a request: the first field, why, and how many others there are."""
    field, reason = str(errors[0].get("field") or ""), str(errors[0].get("reason") or "")
    words = in_chinese(reason)
    said = field if words is None else _PART.format(field=field, words=words)
    return said + (_MORE.format(count=count) if count > 1 else "")
