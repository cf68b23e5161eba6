"""What the command line says, in English and Chinese. A test checks that both say the same things.

Texts of the server (reasons, errors) come as the server wrote them.
"""

from __future__ import annotations

from collections.abc import Mapping

from nightdesk.cli import wire_zh

ENGLISH = {
    "app": "Hand over a batch, close the tab, come back to the truth.",
    "serve": "Run the server.",
    "token": "Print a token for a user's own desk, or for an operator.",
    "rotate-secret": "Sign tokens and cookies with a new secret from now on.",
    "rotate-link": "Give a guest desk another address and print it; the old one opens nothing.",
    "rotate-link.no_desk": "DESK is the desk's UUID, its address (http://HOST:PORT/s/UUID) or its "
    "key (64 hex digits)",
    "rotate-link.no_token": "a desk's key or name needs an operator's token: --token or "
    "NIGHTDESK_TOKEN, from nightdesk token USER --admin",
    "rotate-link.lost": "whether the address was replaced is not known: ask again with the same "
    "DESK and --again {again}",
    "rotated": "a new secret signs from now on; what the old one has signed is taken until {until}",
    "revoked": "a new secret signs from now on; every token and cookie given out before has ended",
    "no_data": "--data {path} is no folder: start the server once, or name its folder",
    "bad_data": "cannot use the folder {path}: {reason}",
    "other_owner": "{path} belongs to account {owner}: rotate it as that account",
    "bad_secret": "{reason} (rotate-secret --window 0 puts a new secret in its place)",
    "submit": "Hand over a batch.",
    "submit.fetch": "Fetch the URLs of a file (.txt, .csv, .xlsx, or a .zip of them; - is stdin).",
    "submit.no_kind": "To fetch the URLs of a file: nightdesk submit fetch {file}",
    "watch": "Follow a job until it has ended; Ctrl-C leaves it running.",
    "jobs": "List the desk's jobs, newest first.",
    "egress": "Show or change which domains the desk's jobs may reach, and may not.",
    "no_egress": "no lists: jobs may reach whatever the server permits",
    "items": "List how each item of a job ended.",
    "export": "Write a job's outcomes to a file or to stdout.",
    "log": "Print a job's log.",
    "audit": "Print who did what to the desk. With an operator's token --desk also takes "
    "user:NAME, local, or a desk's key (64 hex digits, the name of its file).",
    "audit.who": "{who} ({means}, {origin})",
    "audit.more": "and {count} more like this",
    "audit.lost": "{count} lines before this one could not be written",
    "audit.no_token": "another's desk needs an operator's token: --token or NIGHTDESK_TOKEN, "
    "from nightdesk token USER --admin",
    "start": "Start a job that was handed over without being started.",
    "pause": "Let items in flight end and start no others.",
    "resume": "Go on with a paused job.",
    "cancel": "Stop a job for good; what is done stays.",
    "retry": "Try the failed items of an ended job again.",
    "delete": "Forget a job and its files.",
    "submitted": "{name}: {total} items, {status}. Follow it: nightdesk watch {id}",
    "left_running": "Left it running. Come back any time: nightdesk watch {id}",
    "ended": "{name} {status}: {ok} ok, {failed} failed, {skipped} skipped of {total}",
    "line": "{status} {done}/{total}, {failed} failed, {rate}/s",
    "commanded": "{name} is {status}",
    "deleted": "{id} is deleted",
    "exported": "{size} bytes to {path}",
    "no_jobs": "no jobs on this desk",
    "ambiguous": "{job!r} fits {count} jobs: give more of the id",
    "no_such_job": "no job {job!r} on this desk (see: nightdesk jobs)",
    "bad_item": "item #{index}: {reason}",
    "bad_line": "line {line} (item #{index}): {reason}",
    "bad_place": "{place} (item #{index}): {reason}",
    "bad_field": "{field}: {reason}",
    "more_errors": "... {count} more",
    "no_file": "cannot read {path}: {reason}",
    "cannot_write": "cannot write {path}: {reason}",
    "csv_without_url": "{path}: the first row must name a column url",
    "csv_headers": "{path}, line {line}: headers must be a JSON object",
    "no_items": "{path}: no URLs in it",
    "bad_header": "the --header number {place} is not Name: value",
    "start_server": "is it running? Start it with: {command}",
    "start_elsewhere": "is a server running there?",
    "binary": "an xlsx file is nothing for a terminal: name a file with --out",
    "bad_url": "{url!r} is no address of a server: it is written http://HOST:PORT",
    "not_utf8": "not UTF-8 (byte {byte})",
    "page": "page: {url}",
    "about": "about {time}",
    "crashtest": "Kill a real server again and again under load; check that nothing was lost.",
    "crashtest.prepare": "laying desks on disk",
    "crashtest.kill": "killing the server",
    "crashtest.settle": "letting the work that is left end",
    "crashtest.check": "comparing what was told with what is there",
    "crashtest.what": "what",
    "crashtest.count": "count",
    "crashtest.kills": "kills (SIGKILL)",
    "crashtest.stops": "stops (SIGTERM)",
    "crashtest.acknowledged": "commands acknowledged",
    "crashtest.unknown": "commands without an answer",
    "crashtest.items": "items checked",
    "crashtest.rerun": "items done again after a kill, of those in flight",
    "crashtest.restart": "back with {desks} desks: median / 95 % within / longest",
    "crashtest.kind.lost": "acknowledged and lost",
    "crashtest.kind.missing": "items missing or miscounted",
    "crashtest.kind.twice": "done or counted twice",
    "crashtest.kind.done again": "finished items done again",
    "crashtest.kind.repeat": "repeated requests answered otherwise",
    "crashtest.kind.revision": "revisions reused or gone back",
    "crashtest.kind.stuck": "stuck or not back",
    "crashtest.kind.workers": "workers that outlived their server",
    "crashtest.history": "what happened is in {path}",
    "crashtest.interrupted": "interrupted after {kills} kills; its folder is removed",
    "crashtest.interrupted_kept": "interrupted after {kills} kills; what there is stays: {folder}",
    "crashtest.held": "HELD: all that was acknowledged survived (seed {seed}).",
    "crashtest.broken": "BROKEN: not every promise was kept. The same choices again: {command}",
    "crashtest.in_time": "Restarts: within the limit of {limit} s (95 % took at most {within} s).",
    "crashtest.slower": "WARNING: restarts are slower than {limit} s here: "
    "95 % took up to {within} s, the longest {longest} s. Slowness loses nothing.",
    "crashtest.untimed": "Restarts: none could be timed.",
    "doctor": "Check every file of a data folder, and repair what can be.",
    "doctor.no_folder": "--data {path} is no folder",
    "doctor.locked": "a server is using {path}: stop it before --repair",
    "doctor.owner": "{path} belongs to another account: repair it as the one that runs the server",
    "doctor.cannot": "cannot check {path}: {reason}",
    "doctor.live": "a server is at work in {path}: figures may move, and nothing was repaired",
    "doctor.incomplete": "a folder is missing: nothing else was checked",
    "doctor.progress": "checking",
    "doctor.meaning": "{code}: {means} {remedy}",
    "doctor.quarantine": "quarantine/ holds {entries} entries, {size} bytes, since {since}",
    "doctor.checked": "{desks} desks, {jobs} jobs, {items} items, {outcomes} outcomes, {size} B",
    "doctor.well": "all is well",
    "doctor.summary": "{error} errors, {warning} warnings, {note} notes; {repaired} repaired",
    "doctor.repairable": "{count} of them can be repaired: stop the server, then add --repair",
    "doctor.desk": "desk",
    "doctor.severity": "severity",
    "doctor.code": "code",
    "doctor.path": "path",
    "doctor.what": "what is wrong",
    "doctor.error": "error",
    "doctor.warning": "warning",
    "doctor.note": "note",
    "doctor.repaired": "repaired",
}

CHINESE = {
    "app": "交给它一批活，关掉页面，回来看结果。",
    "serve": "启动服务器。",
    "token": "为某个用户或管理员签发令牌。",
    "rotate-secret": "从现在起用新的密钥签发令牌和 cookie。",
    "rotate-link": "给访客工作台换一个新地址并打印；旧地址立即失效。",
    "rotate-link.no_desk": "DESK 应为工作台的 UUID、地址（http://HOST:PORT/s/UUID）或键"
    "（64 位十六进制）",
    "rotate-link.no_token": "用键或名字指定工作台需要管理员令牌：--token 或 NIGHTDESK_TOKEN，"
    "由 nightdesk token USER --admin 签发",
    "rotate-link.lost": "不知道地址是否已更换：用同一个 DESK 加 --again {again} 再问一次",
    "rotated": "从现在起由新密钥签发；旧密钥签发的在 {until} 之前仍然有效",
    "revoked": "从现在起由新密钥签发；此前发出的令牌和 cookie 全部失效",
    "no_data": "--data {path} 不是目录：先启动一次服务器，或指定它的目录",
    "bad_data": "无法使用目录 {path}：{reason}",
    "other_owner": "{path} 属于账户 {owner}：请用该账户运行",
    "bad_secret": "{reason}（rotate-secret --window 0 会换上新的密钥）",
    "submit": "提交一批任务。",
    "submit.fetch": "抓取文件里的网址（.txt、.csv、.xlsx，或装有它们的 .zip；- 即标准输入）。",
    "submit.no_kind": "抓取文件里的网址：nightdesk submit fetch {file}",
    "watch": "跟踪任务直到结束；按 Ctrl-C 离开，任务继续。",
    "jobs": "列出任务，最新的在前。",
    "egress": "查看或更改任务可以访问和不能访问的域名。",
    "no_egress": "没有名单：任务可以访问服务器允许的一切",
    "items": "列出任务中每一项的结果。",
    "export": "把结果写到文件或标准输出。",
    "log": "打印任务日志。",
    "audit": "打印谁对工作台做过什么。有管理员令牌时，--desk 也可写 user:NAME、local 或工作台的键"
    "（64 位十六进制，即其文件名）。",
    "audit.who": "{who}（{means}，来自 {origin}）",
    "audit.more": "另有 {count} 次与此相同",
    "audit.lost": "此前有 {count} 行未能写下",
    "audit.no_token": "查别人的工作台需要管理员令牌：--token 或 NIGHTDESK_TOKEN，"
    "来自 nightdesk token USER --admin",
    "start": "开始一个已提交但尚未开始的任务。",
    "pause": "暂停：在途的做完，不再开始新的。",
    "resume": "继续已暂停的任务。",
    "cancel": "停止任务，已完成的保留。",
    "retry": "重试已结束任务中失败的项。",
    "delete": "删除任务及其文件。",
    "submitted": "{name}：共 {total} 项，{status}。查看进度：nightdesk watch {id}",
    "left_running": "任务仍在运行。随时回来看：nightdesk watch {id}",
    "ended": "{name} {status}：共 {total} 项，成功 {ok}，失败 {failed}，跳过 {skipped}",
    "line": "{status} {done}/{total}，失败 {failed}，每秒 {rate}",
    "commanded": "{name}：{status}",
    "deleted": "已删除 {id}",
    "exported": "已写入 {path}，{size} 字节",
    "no_jobs": "还没有任务",
    "ambiguous": "{job!r} 对应 {count} 个任务，请多输入几位",
    "no_such_job": "没有任务 {job!r}（用 nightdesk jobs 查看）",
    "bad_item": "第 #{index} 项：{reason}",
    "bad_line": "第 {line} 行（项 #{index}）：{reason}",
    "bad_place": "{place}（项 #{index}）：{reason}",
    "bad_field": "{field}：{reason}",
    "more_errors": "……另有 {count} 处",
    "no_file": "无法读取 {path}：{reason}",
    "cannot_write": "无法写入 {path}：{reason}",
    "csv_without_url": "{path}：首行须有名为 url 的列",
    "csv_headers": "{path} 第 {line} 行：headers 须是 JSON 对象",
    "no_items": "{path}：里面没有网址",
    "bad_header": "第 {place} 个 --header 应写成 Name: value",
    "start_server": "服务器在运行吗？用 {command} 启动",
    "start_elsewhere": "那里的服务器在运行吗？",
    "binary": "终端无法显示 xlsx：请用 --out 指定文件",
    "bad_url": "{url!r} 不是服务器地址，应写成 http://主机:端口",
    "not_utf8": "不是 UTF-8（第 {byte} 字节）",
    "page": "页面：{url}",
    "about": "约 {time}",
    "crashtest": "在负载下反复强杀真实的服务器，检查有没有丢失任何东西。",
    "crashtest.prepare": "正在准备工作台",
    "crashtest.kill": "正在强杀服务器",
    "crashtest.settle": "等待剩余的任务结束",
    "crashtest.check": "正在核对答复与实际",
    "crashtest.what": "项目",
    "crashtest.count": "数量",
    "crashtest.kills": "强杀次数（SIGKILL）",
    "crashtest.stops": "正常停止次数（SIGTERM）",
    "crashtest.acknowledged": "已确认的命令",
    "crashtest.unknown": "没有得到答复的命令",
    "crashtest.items": "已核对的项",
    "crashtest.rerun": "强杀后重做的项（不超过在途的）",
    "crashtest.restart": "恢复用时（{desks} 个工作台）：中位 / 95 % 以内 / 最长",
    "crashtest.kind.lost": "已确认却丢失",
    "crashtest.kind.missing": "缺失或计数有误的项",
    "crashtest.kind.twice": "重复完成或重复计数",
    "crashtest.kind.done again": "已完成却又重做的项",
    "crashtest.kind.repeat": "重复请求得到不同答复",
    "crashtest.kind.revision": "版本号被重用或倒退",
    "crashtest.kind.stuck": "卡住或未能恢复",
    "crashtest.kind.workers": "服务器死后残留的工作进程",
    "crashtest.history": "全部经过见 {path}",
    "crashtest.interrupted": "强杀 {kills} 次后被打断；它的目录已删除",
    "crashtest.interrupted_kept": "强杀 {kills} 次后被打断；现有数据保留在 {folder}",
    "crashtest.held": "通过：已确认的一项都没有丢（种子 {seed}）。",
    "crashtest.broken": "未通过：有承诺没有守住。用同样的选择再来一次：{command}",
    "crashtest.in_time": "恢复用时：在 {limit} 秒的限度内（95 % 不超过 {within} 秒）。",
    "crashtest.slower": "警告：在这台机器上恢复慢于 {limit} 秒："
    "95 % 不超过 {within} 秒，最长 {longest} 秒。慢不会丢失任何东西。",
    "crashtest.untimed": "恢复用时：没有可计时的恢复。",
    "doctor": "检查数据目录中的每个文件，并修复能修复的。",
    "doctor.no_folder": "--data {path} 不是目录",
    "doctor.locked": "{path} 正被服务器使用：先停止它，再用 --repair",
    "doctor.owner": "{path} 属于另一个账户：请用运行服务器的账户来修复",
    "doctor.cannot": "无法检查 {path}：{reason}",
    "doctor.live": "服务器正在 {path} 中工作：数字可能变化，未作任何修复",
    "doctor.incomplete": "缺少一个目录：其余未检查",
    "doctor.progress": "正在检查",
    "doctor.meaning": "{code}：{means}{remedy}",
    "doctor.quarantine": "quarantine/ 中有 {entries} 件，共 {size} 字节，最早于 {since}",
    "doctor.checked": "{desks} 个工作台，{jobs} 个任务，{items} 项，{outcomes} 条结果，{size} 字节",
    "doctor.well": "一切正常",
    "doctor.summary": "错误 {error}，警告 {warning}，提示 {note}；已修复 {repaired}",
    "doctor.repairable": "其中 {count} 处可以修复：先停止服务器，再加上 --repair",
    "doctor.desk": "工作台",
    "doctor.severity": "程度",
    "doctor.code": "代码",
    "doctor.path": "路径",
    "doctor.what": "问题",
    "doctor.error": "错误",
    "doctor.warning": "警告",
    "doctor.note": "提示",
    "doctor.repaired": "已修复",
}

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


class Words:
    """One language's texts."""

    def __init__(
        self, texts: Mapping[str, str], statuses: Mapping[str, str], language: str = "en"
    ) -> None:
        self.language = language
        self._texts = texts
        self._statuses = statuses

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Words:
        """The language that the environment asks for, as POSIX says: the first of these set."""
        names = ("LC_ALL", "LC_MESSAGES", "LANG")
        asked = next((environment[name] for name in names if environment.get(name)), "")
        if asked.lower().startswith("zh"):
            return cls(CHINESE, STATUS_CHINESE, "zh")
        return cls(ENGLISH, STATUS_ENGLISH)

    def __call__(self, key: str, **values: object) -> str:
        return self._texts[key].format(**values)

    def status(self, status: str) -> str:
        return self._statuses.get(status, status)

    def wire(self, word: str) -> str:
        """A word of the API: an item's status, or what the audit log says. One that is newer than
        this program is shown as it came."""
        return wire_zh.WORDS.get(word, word) if self.language == "zh" else word
