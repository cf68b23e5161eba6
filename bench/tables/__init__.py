"""One module a table. Each has `run(bench)`, which measures and returns markdown sections."""
