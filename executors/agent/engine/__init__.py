"""The engine of kind `agent`: one task, worked on in rounds until a judge is content or a limit is
reached. See docs/agents-engine.md; begin with `task`."""
