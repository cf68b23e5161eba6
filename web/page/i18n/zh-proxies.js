// 工作台代理池的文字，中文。
export default {
  "proxies.open": "代理",
  "proxies.title": "代理",
  "proxies.about":
    "新建任务时勾选“使用工作台的代理”，该任务就从这里走。出错的代理会先停用一阵，到时再试；一个可用的都没有时，条目会等着。",
  "proxies.server": "服务器另有 {n} 个代理，所有工作台共用。",
  "proxies.list": "这张工作台的代理",
  "proxies.list.note":
    "每行一个：host:port、scheme://user:password@host:port 或 host:port:user:password。密码不会再显示，保留 *** 即沿用原密码。",
  "proxies.fares": "成功 {ok} 次，失败 {failed} 次",
  "proxies.benched": "停用至 {time}",
  "proxies.check": "检查并加入",
  "proxies.check.note": "填一个代理，或代理列表的地址。",
  "proxies.check.do": "检查",
  "proxies.added": "可用，共 {n} 个",
  "proxies.useless": "不可用：{reason}",
  "proxies.save": "保存",
  "proxies.saved": "已保存",
};
