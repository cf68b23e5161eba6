"""Jobs of agents as the page and the API see them: how a task went, what its calls have cost, and
the result file of older systems. Used by `web.app`.
"""
