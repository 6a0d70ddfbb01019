"""Jobs: work in the background that begins with a commit, and work by the clock."""
