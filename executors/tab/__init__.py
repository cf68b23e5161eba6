"""The tab executor: a URL that an open page of the user's own browser opens."""
