"""Tables: routes that answer with CSV instead of JSON when the caller asks for it so.

Such a route answers with `Vary: Accept`, so that caches keep both.
"""

from starlette.requests import HTTPConnection


def wants_csv(request: HTTPConnection) -> bool:
    """Tell whether a caller asks for a table: `Accept` begins with text/csv."""
    return asks_for_csv(request.headers.get("accept", "").encode("latin-1"))


def asks_for_csv(accept: bytes) -> bool:
    """Tell the same from the header itself."""
    return accept[:8].lower() == b"text/csv"
