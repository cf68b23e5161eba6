"""Kind `noisy`: its items say lines at a steady pace. For the table of log lines only."""
