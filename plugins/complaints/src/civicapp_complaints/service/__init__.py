"""What complaints do: plain functions of a Session, called by routes, jobs, commands and tests.

`site` holds the region and its kernel's tools, `views` what is shown, `errors` what is raised.
"""
