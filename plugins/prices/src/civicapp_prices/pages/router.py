"""The router of the pages of prices, which lie under /prices."""

from fastapi import APIRouter

router = APIRouter()
