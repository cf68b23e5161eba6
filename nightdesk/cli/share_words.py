"""What the commands of share links say, in English and Chinese: a part of `nightdesk.cli.words`."""

from __future__ import annotations

ENGLISH = {
    "share": "Let others look at a job, or at the whole desk, by a link that changes nothing.",
    "shares": "List who else may look at the desk.",
    "unshare": "Let a share link open nothing any more, at once.",
    "qr": "Print the address of the desk's page as a QR code, to be photographed.",
    "share.once": "the address is shown this once (share link {id}, until {until})",
    "shares.none": "nobody else may look (nightdesk share JOB makes a link)",
    "share.whole": "the whole desk",
    "share.files": "with files",
    "share.rows": "without files",
    "share.never": "never",
    "qr.no_page": "this desk has no page: it is opened by a token",
}

CHINESE = {
    "share": "生成只能查看的链接：一个任务或整个工作台。",
    "shares": "列出这个工作台的分享链接。",
    "unshare": "立即停用一个分享链接。",
    "qr": "把工作台页面的地址打印成二维码，供手机扫描。",
    "share.once": "地址只显示这一次（分享链接 {id}，有效至 {until}）",
    "shares.none": "还没有分享链接（用 nightdesk share JOB 生成）",
    "share.whole": "整个工作台",
    "share.files": "包括文件",
    "share.rows": "不含文件",
    "share.never": "从未使用",
    "qr.no_page": "这个工作台没有页面：它由令牌打开",
}
