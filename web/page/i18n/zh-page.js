// 页面本身：按需载入的部分，以及服务器更新之后。
export default {
  "skip": "跳到任务",
  "help.switch": "单字母快捷键",
  "help.switch.note": "关闭后，只有 Tab、Enter、方向键和 Esc 有作用。",
  "help.open.label": "快捷键说明",
  "lazy.opening": "正在打开…",
  "lazy.missing": "页面的这一部分没能载入：服务器没有应答。你的工作没有丢失。",
  "lazy.outdated": "页面打开之后，服务器已经更新。请重新载入页面再继续；任务仍在照常进行。",
  "lazy.reload": "重新载入页面",
  "trust.newer": "已更新：请重新载入",
};
