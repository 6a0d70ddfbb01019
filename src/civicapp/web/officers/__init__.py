"""Officers: signing in, one's own account, the accounts of others, the record, the desk."""
