"""What `nightdesk operator` says, in English and Chinese: a part of `nightdesk.cli.words`."""

from __future__ import annotations

ENGLISH = {
    "operator": "Show the whole server at this moment: desks, pools, hosts, storage, log.",
    "operator.process": "Nightdesk {version}, process {pid}, up {up}: {cpu} % of a core, {memory}, "
    "loop late by {lag} ms (p99)",
    "operator.desks_line": "desks: {on_disk} on disk, {awake} awake, {parked} parked; "
    "{watchers} sockets follow one",
    "operator.work": "jobs: {running} running, {queued} queued; {in_flight} items in flight, "
    "{rate} a second",
    "operator.storage": "storage: {folder}, {free} free of {total}; a save takes {p50} ms "
    "(p99: {p99} ms)",
    "operator.failing": "THE NEWEST SAVE FAILED",
    "operator.pools": "Pools",
    "operator.pool": "{name}: {workers} workers, {memory}; {in_use} slots in use, {free} free, "
    "{wanted} wanted; {died} died",
    "operator.lanes": "Lanes",
    "operator.lane": "{name}: {running} running, {queued} waiting ({width} at once for each desk)",
    "operator.hosts": "Hosts that are asked slowly",
    "operator.host.busy": "answered 429 or 503: one request each {interval} s, none for {wait} s",
    "operator.host.retry_after": "asked for {asked} s: one request each {interval} s, none for "
    "{wait} s",
    "operator.endpoints": "Endpoints",
    "operator.endpoint.there": "{jobs} jobs use it",
    "operator.endpoint.away": "AWAY: {waiting} of {jobs} jobs wait for it",
    "operator.parked": "Parked desks: they answer 503 until the server is started anew",
    "operator.lacks": "Not on this machine",
    "operator.desks": "Desks, the busiest first",
    "operator.desk": "{key}  {state}  jobs: {jobs}  in flight: {in_flight}  disk: {disk}  "
    "saved: {saved}",
    "operator.state.awake": "awake",
    "operator.state.opening": "opening",
    "operator.state.parked": "parked",
    "operator.state.asleep": "asleep",
    "operator.log": "Warnings and errors, the newest first",
}

CHINESE = {
    "operator": "查看整个服务器的现状：工作台、工作池、主机、存储、日志。",
    "operator.process": "Nightdesk {version}，进程 {pid}，已运行 {up}：占用单核 {cpu} %，"
    "内存 {memory}，事件循环延迟 {lag} 毫秒（p99）",
    "operator.desks_line": "工作台：磁盘上 {on_disk} 个，活动 {awake} 个，停用 {parked} 个；"
    "{watchers} 个连接正在查看",
    "operator.work": "任务：{running} 个运行，{queued} 个排队；"
    "{in_flight} 项处理中，每秒 {rate} 项",
    "operator.storage": "存储：{folder}，可用 {free}，共 {total}；"
    "保存一次需 {p50} 毫秒（p99：{p99} 毫秒）",
    "operator.failing": "最近一次保存失败",
    "operator.pools": "工作池",
    "operator.pool": "{name}：{workers} 个进程，{memory}；占用 {in_use} 个名额，空闲 {free} 个，"
    "还需 {wanted} 个；崩溃 {died} 次",
    "operator.lanes": "队列",
    "operator.lane": "{name}：{running} 个运行，{queued} 个等待（每个工作台同时 {width} 个）",
    "operator.hosts": "放慢访问的主机",
    "operator.host.busy": "回应了 429 或 503：每 {interval} 秒一个请求，{wait} 秒内不访问",
    "operator.host.retry_after": "要求等待 {asked} 秒：每 {interval} 秒一个请求，{wait} 秒内不访问",
    "operator.endpoints": "端点",
    "operator.endpoint.there": "{jobs} 个任务在用",
    "operator.endpoint.away": "无响应：{jobs} 个任务中有 {waiting} 个在等它",
    "operator.parked": "停用的工作台：服务器重启前一律回应 503",
    "operator.lacks": "本机缺少",
    "operator.desks": "工作台，最忙的在前",
    "operator.desk": "{key}  {state}  任务：{jobs}  处理中：{in_flight}  磁盘：{disk}  "
    "保存于：{saved}",
    "operator.state.awake": "活动",
    "operator.state.opening": "正在打开",
    "operator.state.parked": "停用",
    "operator.state.asleep": "休眠",
    "operator.log": "警告与错误，最新的在前",
}
