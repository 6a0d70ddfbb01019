"""The rules of prices: pure functions of dates and numbers."""
