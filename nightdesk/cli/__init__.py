"""The command line: `serve` and `token` for the operator, all else talks to a running server."""
