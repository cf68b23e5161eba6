"""A scripted endpoint that speaks chat completions: for demonstrations, tests and the bench.

It needs no key, no money and no network: `script` says what it answers, `course` where a task is,
`wire` how that looks on the wire, `endpoint` serves it on loopback. By itself it writes a small
program by a tool call and thinks better of it in a second round (`author`).
"""
