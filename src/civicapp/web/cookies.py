"""The two cookies of a guest: language and area."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from civicapp.web.context import YEAR, local_path


def remember(request: Request, then: str, cookie: str, value: str) -> Response:
    """Set a cookie, or delete it when the value is empty, and go on to a page of this site."""
    answer = RedirectResponse(local_path(then), 303, headers={"cache-control": "no-store"})
    secure = request.url.scheme == "https"
    if value:
        answer.set_cookie(cookie, value, max_age=YEAR, httponly=True, samesite="lax", secure=secure)
    else:
        answer.delete_cookie(cookie, httponly=True, samesite="lax", secure=secure)
    return answer
