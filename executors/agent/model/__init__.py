"""A model behind an endpoint that speaks chat completions: calls, counting, prices.

`client` makes the calls (`executors.agent.ports.ChatModel`), through a `gate`; `sse`, `reply`,
`usage`, `answers`, `manners` and `trying` are what it reads, and decides by; `counting` counts
offline; `prices`, `listed` and `comparing` are about money, and of use to the server, too;
`listing` asks which models there are. See `docs/models.md`.
"""
