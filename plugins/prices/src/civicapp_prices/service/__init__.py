"""What prices does with a Session: plain functions, run by routes, jobs and commands alike."""
