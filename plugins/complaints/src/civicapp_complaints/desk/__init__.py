"""The desk: where officers work through reports."""

# The order is that in which paths are tried: a number could be any word.
from civicapp_complaints.desk import queue  # isort: skip
from civicapp_complaints.desk import bulk, reporter, review, forms  # isort: skip
from civicapp_complaints.desk import report  # isort: skip
from civicapp_complaints.desk.router import router

__all__ = ["bulk", "forms", "queue", "report", "reporter", "review", "router"]
