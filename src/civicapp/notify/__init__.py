"""Notices: messages to people and programs, kept with the transaction, sent by a job, once."""
