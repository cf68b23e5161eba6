"""The dialect of BatchGo: its tasks are jobs, in its own words. See docs/batchgo.md."""
