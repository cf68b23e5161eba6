"""The whole house as its operator sees it: `watch.HouseWatch` is what `nightdesk.serve` builds."""
