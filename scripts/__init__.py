"""Programs for who develops Nightdesk."""
