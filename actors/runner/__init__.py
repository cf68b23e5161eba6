"""The runner of one job: leases its items, records how they end, reports how it goes.

Started by `actors.session.roster`, one for each running job.
"""

from actors.runner.runner import Runner

__all__ = ["Runner"]
