"""The words of the wire in Chinese, as the page says them. Asked for by `nightdesk.cli.words`.

In English they are shown as they are: there they are what the API and its documents say.
"""

from __future__ import annotations

ITEM_STATUS = {
    "ok": "成功",
    "failed": "失败",
    "skipped": "跳过",
    "poisoned": "致使进程崩溃",
    "lost": "待处理",
    "spent": "待处理",
    "pending": "待处理",
}

AUDIT_WHAT = {
    "create_job": "新建任务",
    "start_job": "开始",
    "pause_job": "暂停",
    "resume_job": "继续",
    "cancel_job": "取消",
    "retry_job": "重试",
    "repeat_job": "重新运行",
    "delete_job": "删除",
    "remove_artifacts": "删除了任务的部分文件",
    "cap_job": "设置了任务的费用上限",
    "pace_host": "设置了任务访问某主机的速度",
    "acknowledge_restore": "接受恢复的副本",
    "rotate_link": "换了新地址",
    "set_egress": "修改了域名",
    "make_share": "创建了分享链接",
    "end_share": "停用了分享链接",
    "use_share": "通过分享链接查看",
    "set_proxies": "修改了代理",
    "set_webhooks": "修改了 Webhook",
    "test_webhook": "测试了 Webhook",
    "give_up_notice": "多次未能送达 Webhook，放弃通知：",
    "set_journeys": "修改了浏览任务",
    "save_template": "保存了模板",
    "delete_template": "删除了模板",
    "save_data_source": "保存了数据表",
    "delete_data_source": "删除了数据表",
    "save_picture": "保存了图片",
    "delete_picture": "删除了图片",
    "read_template": "下载了模板",
    "read_picture": "下载了图片",
    "save_preset": "保存了生成配置",
    "delete_preset": "删除了生成配置",
    "save_character": "保存了角色",
    "delete_character": "删除了角色",
    "rename_model": "重命名了模型",
    "delete_model": "删除了模型",
    "read_model": "下载了模型",
    "take_model": "保存了任务学到的模型",
    "start_webui": "启动了 WebUI",
    "stop_webui": "停止了 WebUI",
    "grant_tokens": "发放代币",
    "hold_tokens": "预留代币",
    "set_plan": "更换套餐",
    "export": "下载结果",
    "read_artifact": "下载文件",
    "read_artifacts_zip": "下载全部文件",
    "read_transcript": "下载过程记录",
    "read_task_files": "下载一项任务的文件",
    "read_agent_results": "下载结果文件",
    "read_audit": "查看了这份记录",
    "boot": "服务器启动后接着做",
    "restart": "重启后接着做",
    "retention": "保留期已过，删除",
    "quota": "工作台已满，暂停",
    "pass": "按定时计划开始",
}

AUDIT_MEANS = {
    "share": "凭分享链接",
    "link": "凭链接",
    "cookie": "凭浏览器记住的链接",
    "session": "凭请求头里的链接",
    "token": "凭令牌",
    "local": "在这台计算机上",
    "admin": "管理员",
    "system": "服务器自己",
}

# Of webhooks; `failed` is said of items too.
EVENTS = {
    "completed": "完成",
    "partially_completed": "部分完成",
    "cancelled": "已取消",
    "pass_skipped": "跳过一轮",
}

WORDS = ITEM_STATUS | AUDIT_WHAT | AUDIT_MEANS | EVENTS
