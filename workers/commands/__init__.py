"""Commands that a model wants run: each in a jail, below a keeper, in a folder of its own, and
bounded in all that it could use up. The `CommandTool` port; `tool.open_commands` is the door."""
