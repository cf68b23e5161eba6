"""Reasons in Chinese: the table that the page and the dialects share, as Python reads it."""

from __future__ import annotations

import json
import re

import pytest

from actors.rules.queue import MAX_DEATHS
from actors.runner.intake import LOST_OFTEN, LOST_TWICE
from executors.statuses import status_text
from executors.visit import words
from web.reasons import MAX_DEPTH, TABLE, in_chinese

ROWS = json.loads(TABLE.read_text("utf-8"))
SAID = {
    "HTTP 404 Not Found": "HTTP 404：页面不存在",
    "HTTP 418 I'm a Teapot": "HTTP 418",
    "timed out after 30 s (total)": "超过总时限 30 秒",
    "connection refused by a.example:80": "a.example:80 拒绝了连接",
    "the proxy p.example:8 wants a user name and password": "代理 p.example:8 需要用户名和密码",
    "the proxy is out of reach: connection refused by p.example:1": "连不上代理："
    "p.example:1 拒绝了连接",
    "step 2 of 5 (click Sign in): waited 3 s: the page has no visible '#go'": "第 2 步"
    "（共 5 步，click Sign in）：等了 3 秒：页面上看不到 '#go'",
    "step 1 of 1 (goto a.example): there is no host of this name (ERR_NAME_NOT_RESOLVED)": "第 1 步"
    "（共 1 步，goto a.example）：没有这个域名（ERR_NAME_NOT_RESOLVED）",
    "refused: intra (10.0.0.1) is a private address; the operator may allow it with "
    "--allow-target": "已拒绝：intra (10.0.0.1) 是内部或保留地址；管理员可用 --allow-target 放行",
    "row 3: field 'town' of template 'A' has no value": "第 3 行：模板“A”的字段“town”没有内容",
    "row 1,204: template 'A': its values lie too deep in each other": "第 1,204 行：模板“A”："
    "数据嵌套过深",
    "the document cannot be made: row 1: it took more than 30 s": "第 1 行：用时超过 30 秒",
    "refused": "已拒绝",
    "no connection to a.example:443": "连不上 a.example:443",
    "logo.png cannot be read: a picture has at most 10 MiB": "logo.png 无法读取：图片最多 10 MiB",
    # Lines of a job's log.
    "started: 500 of 500 items to do": "开始：共 500 项，待处理 500 项",
    "attempt 2: connection refused by a.example:80; again in 2.0 s": "第 2 次尝试："
    "a.example:80 拒绝了连接；2.0 秒后再试",
    "HTTP 404 Not Found (and 12 more like this)": "HTTP 404：页面不存在（另有 12 条相同）",
    "broken: 1 ok, 0 failed, 0 skipped of 9": "无法继续：共 9 项，成功 1，失败 0，跳过 0",
    "finished: 488 ok, 12 failed, 0 skipped of 500": "完成：共 500 项，成功 488，失败 12，跳过 0",
    "items lost at work (killed by signal 9): 3 are tried once more": "处理中丢失"
    "（被信号 9 结束）：3 项再试一次",
    "the endpoint is away, the task waits for it: refused": "模型接口连不上，子任务正在等它："
    "已拒绝",
    "the server's disk is full, the task waits for room": "服务器磁盘已满，子任务正在等待腾出空间",
}


@pytest.mark.parametrize("reason", SAID)
def test_what_people_meet_most_is_said_in_chinese(reason):
    assert in_chinese(reason) == SAID[reason]


@pytest.mark.parametrize(
    "reason",
    ["", "nobody has written this", "row 3: nobody has written this", "HTTP 404 Not Found\n"],
)
def test_what_has_no_words_or_not_for_all_of_it_is_left(reason):
    assert in_chinese(reason) is None


def test_parts_that_lie_in_each_other_have_an_end():
    """What failed is said by hosts, too: a reason may be built to have no end."""
    inner = "refused"
    for depth in range(1, 2_000):
        assert (in_chinese(inner) is None) == (depth > MAX_DEPTH), depth
        inner = f"row 1: {inner}"


def test_every_word_that_the_browser_has_for_a_page_that_did_not_load_has_one():
    for name in words._NET_WORDS:
        assert in_chinese(words.net_words(name)), name


def test_what_is_said_elsewhere_is_what_the_table_expects():
    assert in_chinese(status_text(503)) == "HTTP 503：对方暂时无法服务"
    assert in_chinese(f"{LOST_TWICE} (out of memory)")
    said = in_chinese(f"{LOST_OFTEN} (out of memory)")
    assert said == f"处理这一项时，工作进程或浏览器已崩溃 {MAX_DEATHS} 次"


@pytest.mark.parametrize(("pattern", "said"), ROWS)
def test_a_row_of_the_table_fits_itself(pattern, said):
    groups = re.compile(pattern).groups
    named = {int(at) for at in re.findall(r"\{>?(\d+)\}", said)}
    assert named <= set(range(groups))
    assert re.search("[一-鿿]", said) or said == "HTTP {0}" or "{>0}" in said
