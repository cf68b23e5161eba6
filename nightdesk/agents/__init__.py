"""Agent batches without a server: `nightdesk agents`, over the same engine as the desk's kind.

`task_file` and `folders` read what is to be done, `environment` by which models; `plan` is all of
that, and `running` carries it out. `batch` works on it, with a `journal` of each task and one
`purse` for all; `report` and `lines` say what became of it. The commands themselves are in
`nightdesk.cli.agents`.
"""
