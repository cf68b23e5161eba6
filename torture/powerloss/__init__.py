"""Power loss: the store runs unchanged on a simulated disk that forgets what was not synced.

`files` is the disk as the store sees it, `platter` what has really reached it, `models` what may be
found on it after the power went, `client` a desk that does what the actors do, `promises` what it
was promised, `sight` what a restarted server finds, and `explore` compares the two.
"""
