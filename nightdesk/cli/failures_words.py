"""What the commands about a job's items and failures say, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "causes": "Show why items of a job have failed, all of them, in groups.",
    "causes.none": "no item of this job has failed",
    "causes.rest": "(other causes)",
    "causes.many": "{n} hosts",
    "hosts": "List the hosts that a job's items ask: how they answer, and how they are slowed.",
    "hosts.none": "no item of this job has asked a host yet",
    "slow": "Slow a host for a job, in this run and later ones, or let it go.",
    "slow.how": "say how: --at-once N, --delay SECONDS, or both; or --off",
    "slow.done": "{host}: at most {at_once} at once, {delay:g} s apart",
    "slow.any": "any number",
    "slow.off": "{host} is slowed no longer",
    "bad_where": "{written!r} is no NAME=VALUE, such as host=example.com or http_status=5xx",
}
CHINESE: Mapping[str, str] = {
    "causes": "按原因分组显示任务中所有失败的项。",
    "causes.none": "该任务没有失败的项",
    "causes.rest": "（其他原因）",
    "causes.many": "{n} 个主机",
    "hosts": "列出任务访问的主机：应答情况、放慢情况。",
    "hosts.none": "该任务还没有访问过主机",
    "slow": "让任务放慢访问某主机，本次和以后重试都有效；或取消放慢。",
    "slow.how": "请说明如何放慢：--at-once N、--delay 秒数，或两者；取消用 --off",
    "slow.done": "{host}：同时最多 {at_once}，间隔 {delay:g} 秒",
    "slow.any": "不限",
    "slow.off": "{host} 不再放慢",
    "bad_where": "{written!r} 应写作 NAME=VALUE，例如 host=example.com 或 http_status=5xx",
}
