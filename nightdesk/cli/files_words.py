"""What the commands of files and folders say, in both languages: a part of `cli.words`."""

from __future__ import annotations

ENGLISH = {
    "files": "List the files that a job made, save them with --out FOLDER, delete some with "
    "--delete NAME.",
    "files.removed": "files deleted: {count}",
    "files.saved": "{count} files to {folder}",
    "files.name": "the server named a file {name!r}, which is no plain name: not saved",
    "no_files": "this job has made no files",
    "folders": "List folders of pictures on the server, or what is in one, for jobs of tags.",
    "folders.none": "no folders of pictures: the server's operator opens them with --images-dir, "
    "and jobs of pictures and crawls make theirs",
}

CHINESE = {
    "files": "列出任务产生的文件；用 --out 目录 全部保存，用 --delete 名称 删除。",
    "files.removed": "已删除文件 {count} 个",
    "files.saved": "已保存 {count} 个文件到 {folder}",
    "files.name": "服务器给的文件名 {name!r} 不合规，未保存",
    "no_files": "这个任务没有产生文件",
    "folders": "列出服务器上的图片文件夹，或某个文件夹里的图片，供打标任务使用。",
    "folders.none": "没有图片文件夹：服务器管理员可用 --images-dir 开放，生成和爬取任务也会产生",
}
