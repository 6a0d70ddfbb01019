"""The router of the desk of prices, which lies under /desk/prices."""

from fastapi import APIRouter

router = APIRouter()
