"""What the tables share: processes, the served Nightdesk, the target, markdown."""
