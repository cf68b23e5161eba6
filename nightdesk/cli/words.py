"""What the command line says, in English and Chinese. A test checks that both say the same things.

Texts of the server (reasons, errors) come as the server wrote them.
"""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH = {
    "app": "Hand over a batch, close the tab, come back to the truth.",
    "serve": "Run the server.",
    "token": "Print a token for a user's own desk.",
    "submit": "Hand over a batch.",
    "submit.fetch": "Fetch the URLs of a file (one a line, or .csv with a column url; - is stdin).",
    "watch": "Follow a job until it has ended; Ctrl-C leaves it running.",
    "jobs": "List the desk's jobs, newest first.",
    "items": "List how each item of a job ended.",
    "export": "Write a job's outcomes to a file or to stdout.",
    "log": "Print a job's log.",
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
    "bad_field": "{field}: {reason}",
    "more_errors": "... {count} more",
    "no_file": "cannot read {path}: {reason}",
    "cannot_write": "cannot write {path}: {reason}",
    "csv_without_url": "{path}: the first row must name a column url",
    "csv_headers": "{path}, line {line}: headers must be a JSON object",
    "no_items": "{path}: no URLs in it",
    "bad_header": "--header {text!r} is not Name: value",
    "start_server": "is it running? Start it with: {command}",
    "start_elsewhere": "is a server running there?",
    "bad_url": "{url!r} is no address of a server: it is written http://HOST:PORT",
    "not_utf8": "not UTF-8 (byte {byte})",
    "page": "page: {url}",
    "about": "about {time}",
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
    "token": "为某个用户签发令牌。",
    "submit": "提交一批任务。",
    "submit.fetch": "抓取文件里的每个网址（每行一个，或带 url 列的 .csv；- 表示标准输入）。",
    "watch": "跟踪任务直到结束；按 Ctrl-C 离开，任务继续。",
    "jobs": "列出任务，最新的在前。",
    "items": "列出任务中每一项的结果。",
    "export": "把结果写到文件或标准输出。",
    "log": "打印任务日志。",
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
    "bad_field": "{field}：{reason}",
    "more_errors": "……另有 {count} 处",
    "no_file": "无法读取 {path}：{reason}",
    "cannot_write": "无法写入 {path}：{reason}",
    "csv_without_url": "{path}：首行须有名为 url 的列",
    "csv_headers": "{path} 第 {line} 行：headers 须是 JSON 对象",
    "no_items": "{path}：里面没有网址",
    "bad_header": "--header {text!r} 应写成 Name: value",
    "start_server": "服务器在运行吗？用 {command} 启动",
    "start_elsewhere": "那里的服务器在运行吗？",
    "bad_url": "{url!r} 不是服务器地址，应写成 http://主机:端口",
    "not_utf8": "不是 UTF-8（第 {byte} 字节）",
    "page": "页面：{url}",
    "about": "约 {time}",
    "doctor": "检查数据目录中的每个文件，并修复能修复的。",
    "doctor.no_folder": "--data {path} 不是目录",
    "doctor.locked": "{path} 正被服务器使用：先停止它，再用 --repair",
    "doctor.owner": "{path} 属于另一个账户：请用运行服务器的账户来修复",
    "doctor.cannot": "无法检查 {path}：{reason}",
    "doctor.live": "服务器正在 {path} 中工作：数字可能变化，未作任何修复",
    "doctor.incomplete": "缺少一个目录：其余未检查",
    "doctor.progress": "正在检查",
    "doctor.meaning": "{code}：{means}{remedy}",
    "doctor.quarantine": "quarantine/ 中有 {entries} 件，共 {size} 字节，最早 {since}",
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
