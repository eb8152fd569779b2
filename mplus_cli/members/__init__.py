"""Several memories as one to ask: folders on this machine, and those of servers."""
