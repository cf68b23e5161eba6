"""The kind `agent`: each item is a prompt that a model works on in a folder of its own, round by
round, until a judge is content or a limit is reached. See docs/agents.md."""
