"""Scopes: whose prices a series holds, an area's or a market's."""

AREA, MARKET = "a:", "m:"


def area_scope(code: str) -> str:
    """Return the scope of an area."""
    return AREA + code


def market_scope(code: str) -> str:
    """Return the scope of a market."""
    return MARKET + code


def code_of(scope: str) -> str:
    """Return the code of the area or the market."""
    return scope.partition(":")[2]
