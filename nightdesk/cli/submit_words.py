"""What the commands say that hand over a batch, and those of the library that documents are made
of, in English and Chinese: a part of `nightdesk.cli.words`."""

from __future__ import annotations

ENGLISH = {
    "submit": "Hand over a batch.",
    "submit.fetch": "Fetch the URLs of a file (.txt, .csv, .json, .xlsx, or a .zip; - is stdin).",
    "submit.visit": "Walk the server's browser through the journeys of a file (.json, .csv, .txt).",
    "submit.tab": "Let the desk's own open tabs open the URLs of a file (.txt, .csv, .json).",
    "submit.document": "Make a file of each row of a table by each template (docx, PDF, html, md).",
    "submit.no_kind": "To fetch the URLs of a file: nightdesk submit fetch {file}; to open them in "
    "the server's browser: nightdesk submit visit {file}",
    "document.no_template": "no file {source}, and no template of that id in the library "
    "(see: nightdesk templates list)",
    "document.no_table": "no file {source}, and no table of that id in the library "
    "(see: nightdesk tables list)",
    "document.uploaded": "{name} is kept in the library as {id}",
    "document.fills": "{template}: field {field} is filled from column {column}",
    "document.lacks": "{template}: no column fills field {field}",
    "document.nearest": "{template}: no column fills field {field}; near is {column}: "
    "--map {written}",
    "document.blank": "{count} fields stay blank",
    "document.not_ready": "the table lacks what the templates ask for:\n{lines}\n"
    "--suggested takes what is near, --missing blank leaves them empty",
    "document.unused": "columns that no template asks for: {columns}",
    "document.bad_map": "{written!r} is no FIELD=COLUMN",
    "document.no_field": "no template has a field {field!r}: there are {fields}",
    "document.no_column": "the table has no column {column!r}: there are {columns}",
    "document.wait_for_files": "--out waits for the end, and a schedule has none: leave it out",
    "templates": "The templates that documents are made with.",
    "templates.list": "List them.",
    "templates.add": "Keep a .docx, .html, .md or .txt file as a template.",
    "templates.show": "Show what a template asks for, or save its file with --out.",
    "templates.remove": "Forget one; jobs that were made with it keep theirs.",
    "templates.none": "no templates on this desk (nightdesk templates add FILE keeps one)",
    "templates.required": "required",
    "templates.optional": "optional",
    "templates.each": "each of {field}",
    "tables": "The tables that documents are made of.",
    "tables.list": "List them.",
    "tables.add": "Keep a .csv, .xlsx or .json file.",
    "tables.show": "Show a table's columns.",
    "tables.remove": "Forget one; jobs that were made of it have their rows.",
    "tables.none": "no tables on this desk (nightdesk tables add FILE keeps one)",
    "library.kept": "{name} is kept as {id}",
    "library.warning": "note: {text}",
    "library.forgotten": "{id} is forgotten",
}

CHINESE = {
    "submit": "提交一批任务。",
    "submit.fetch": "抓取文件里的网址（.txt、.csv、.json、.xlsx 或 .zip；- 即标准输入）。",
    "submit.visit": "让服务器的浏览器按文件里的路线走一遍（.json、.csv、.txt）。",
    "submit.tab": "让工作台自己打开着的标签页打开文件里的网址（.txt、.csv、.json、.xlsx）。",
    "submit.document": "用模板把表格的每一行做成文件（docx、PDF、html、md）。",
    "submit.no_kind": "抓取文件里的网址：nightdesk submit fetch {file}；"
    "用服务器的浏览器打开：nightdesk submit visit {file}",
    "document.no_template": "没有文件 {source}，模板库里也没有这个编号的模板"
    "（用 nightdesk templates list 查看）",
    "document.no_table": "没有文件 {source}，库里也没有这个编号的表格"
    "（用 nightdesk tables list 查看）",
    "document.uploaded": "{name} 已存入库中，编号 {id}",
    "document.fills": "{template}：字段 {field} 取自列 {column}",
    "document.lacks": "{template}：字段 {field} 没有对应的列",
    "document.nearest": "{template}：字段 {field} 没有对应的列；相近的是 {column}：--map {written}",
    "document.blank": "{count} 个字段将留空",
    "document.not_ready": "表格缺少模板需要的内容：\n{lines}\n"
    "加 --suggested 采用相近的列，加 --missing blank 则留空",
    "document.unused": "没有模板用到的列：{columns}",
    "document.bad_map": "{written!r} 应写作 字段=列名",
    "document.no_field": "没有模板含有字段 {field!r}；现有：{fields}",
    "document.no_column": "表格没有列 {column!r}；现有：{columns}",
    "document.wait_for_files": "--out 要等任务结束，而有排期的任务没有终点，请去掉",
    "templates": "生成文档用的模板。",
    "templates.list": "列出模板。",
    "templates.add": "把 .docx、.html、.md 或 .txt 文件存为模板。",
    "templates.show": "查看模板需要哪些字段；用 --out 保存它的文件。",
    "templates.remove": "删除模板；用它建立的任务不受影响。",
    "templates.none": "还没有模板（用 nightdesk templates add FILE 添加）",
    "templates.required": "必填",
    "templates.optional": "可选",
    "templates.each": "{field} 的每一项",
    "tables": "生成文档用的表格。",
    "tables.list": "列出表格。",
    "tables.add": "存入 .csv、.xlsx 或 .json 文件。",
    "tables.show": "查看表格的列。",
    "tables.remove": "删除表格；已建立的任务留有自己的数据。",
    "tables.none": "还没有表格（用 nightdesk tables add FILE 添加）",
    "library.kept": "{name} 已保存，编号 {id}",
    "library.warning": "注意：{text}",
    "library.forgotten": "已删除 {id}",
}
