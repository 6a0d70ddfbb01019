"""People: accounts, sign-in, sessions, roles, permissions, and the record of what was done."""
