"""What each code of the doctor means, in Chinese: (what it means, what repairs it).

The English stands in `state.doctor.findings`; a test checks that both know the same codes.
"""

from __future__ import annotations

_ASIDE = "--repair 会把它移到 quarantine/，并一直保留。"
_BACKUP = "手工：从备份放回。"

CODES_CHINESE = {
    "folder-missing": (
        "数据的一个目录连同其中内容都不见了；其余未检查。",
        "--repair 会建一个空目录再继续。最好先手工从备份放回。",
    ),
    "wrong-kind": (
        "文件或目录的位置上是别的东西，原本的内容无法读取。",
        f"{_ASIDE}存放数据的目录本身不动：请把真正的目录放回原位。",
    ),
    "mode": (
        "本机其他账户可能读到它，或服务器自己读不了。",
        "--repair 把文件设为 0600，目录设为 0700。",
    ),
    "unreadable": ("无法读取，因此对它一无所知。", "手工：检查访问权限或磁盘，然后再查一次。"),
    "signing-key-missing": ("下次启动会生成新密钥：旧的令牌和 cookie 全部失效。", _BACKUP),
    "signing-key-unusable": (
        "服务器拒绝用这个密钥启动。",
        "--repair 会修正权限。密钥太短或不随机时手工处理：从备份放回，"
        "或运行 `nightdesk rotate-secret --window 0`，令牌和 cookie 随之失效。",
    ),
    "former-keys-damaged": (
        "上次更换密钥之前签发的令牌和 cookie 会被拒绝。",
        f"{_ASIDE}手工：从备份放回。",
    ),
    "ballast-missing": (
        "磁盘曾经写满而用掉了预留空间，或服务器没有设预留。",
        "无需处理：有空间时会自动补上。",
    ),
    "space-low": ("磁盘快满了：新任务会被拒绝。", "手工：腾出磁盘空间。"),
    "foreign": (
        "不是 Nightdesk 生成的，它也不会读取。",
        f"{_ASIDE}在数据目录最上层的则原地不动。",
    ),
    "left-over": (
        "服务器被杀死时写了一半的东西：从未确认，也不会被读取。",
        "--repair 会删除，和下次启动时一样。",
    ),
    "desk-damaged": (
        "这个工作台的最新状态已丢失；上一代之后的变化无从得知。",
        "--repair 把它移到 quarantine/，换上前一代并标记为“已恢复”，用户会看到。",
    ),
    "desk-lost": (
        "这个工作台的两代文件都读不了：它只回答 503，任务不会运行。",
        "这里没有可用来修复的东西，什么也不动。手工：从备份放回它的文件，任务的文件仍与之相配。",
    ),
    "desk-unreadable": (
        "文件也许完好，但无法判断：它只回答 503。",
        "什么也不动。手工：使用写下它的新版 Nightdesk，或检查访问权限。",
    ),
    "previous-damaged": ("最新状态完好，但没有可退回的前一代。", f"{_ASIDE}下次保存会生成新的。"),
    "desk-restored": ("恢复了较旧的一代；用户确认之前一直能看到。", "这里无需处理：由用户决定。"),
    "ledger-gaps": (
        "账本里的流水对不上余额，尽管总数相符。",
        "手工：用已发放的数额和各任务的花费核对余额。",
    ),
    "ledger-twice": ("账本里有一笔记了两次，尽管总数相符。", "手工：核对余额与已发放的数额。"),
    "marker-missing": ("这个工作台有未完成的任务，重启后不会自己继续。", "--repair 会补上标记。"),
    "marker-superfluous": ("下次启动会白白唤醒这个工作台。", "--repair 会移除标记。"),
    "link-broken": (
        "这个工作台的地址打不开任何东西：它的用户被关在门外。",
        "--repair 会按工作台的记录重新写入。",
    ),
    "link-superfluous": ("打不开任何东西的地址：已被更换，或从未发出。", _ASIDE),
    "desk-unknown": ("它不属于任何工作台或任务。", _ASIDE),
    "secrets-damaged": (
        "这个工作台任务的密文（密码、密钥）无法读取。",
        "没有任务需要时，--repair 会把它移到 quarantine/。手工：从备份放回，或重新提交任务。",
    ),
    "secret-missing": (
        "任务或桌面上某个流程需要的密文不见了：会失败。",
        "手工：重新提交任务，或重新填写流程里的密文。",
    ),
    "journeys-damaged": (
        "这个工作台的浏览任务无法读取。用户会得知，并可重新填写；它的任务不受影响。",
        "手工：从备份放回。",
    ),
    "library-damaged": (
        "这个工作台的某个模板或数据表无法使用。用户会得知，并可重新上传；已创建的任务有自己的副本。",
        "手工：从备份放回。",
    ),
    "asset-damaged": (
        "任务各项共用的某个文件不见了或已损坏：没做的会失败。",
        "手工：从备份放回，或重新提交任务。",
    ),
    "job-files-missing": (
        "任务的各项不见了：没做的无法再做，也无法显示。",
        "手工：从备份放回该目录，或删除任务。",
    ),
    "job-unknown": (
        "它的工作台不认识这个任务：已被删除，或从未确认。",
        "--repair 会把它移到 quarantine/（启动时会删除）。"
        "工作台若是恢复来的则保留：丢失的那一代也许认识它。",
    ),
    "inputs-missing": (
        "任务的各项不见了：没做的无法再做。",
        "手工：从备份放回文件，或重新提交任务。",
    ),
    "inputs-damaged": (
        "这些项无法运行或显示；其余不受影响。",
        "手工：从备份放回文件，或重新提交这些项。",
    ),
    "inputs-count": (
        "任务与它的各项对不上：运行时会失败。",
        "手工：从备份放回文件，或重新提交任务。",
    ),
    "outcomes-torn": (
        "服务器在写最后一条结果时死去：它没有计入，那一项会重做。",
        "--repair 会切掉，并把这些字节留在 quarantine/；启动时也会切掉，但不保留。",
    ),
    "outcomes-damaged": (
        "这些行的内容已丢失：若是某项的结果，该项视为未做。",
        "--repair 会取出坏行，并留在 quarantine/。",
    ),
    "outcomes-ahead": ("任务在已丢失的状态里又启动过一次。", "无需处理：做完的仍算做完。"),
    "outcomes-lost": (
        "已计入的结果不见了。未完成的任务会重做这些项；已结束的任务则缺失。",
        "凭这里的内容无法修复。手工：从备份放回文件。",
    ),
    "counts-behind": (
        "结果都在，只是数字较旧：没有丢失。",
        "--repair 会重新计数并保存，任务继续时也会如此。",
    ),
    "audit-torn": (
        "服务器在写这个工作台操作记录的最后一行时中断了。",
        "--repair 会截掉它，并把这些字节留在 quarantine/；写下一行时也会截掉，但不保留。",
    ),
    "audit-damaged": (
        "这个工作台的部分操作记录读不了；工作台本身不受影响。",
        "--repair 会取出坏行，并留在 quarantine/。",
    ),
    "log-damaged": (
        "任务日志的某些行读不了；日志只供查看。",
        "--repair 会取出坏行，并留在 quarantine/。",
    ),
    "log-oversized": ("日志超过上限，或写于上限更大的时候。", "无需处理：不会再增加。"),
}
