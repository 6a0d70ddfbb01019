"""The router of the pages of complaints, which lie under /complaints."""

from fastapi import APIRouter

router = APIRouter()
