"""The router of the desk of complaints, which lies under /desk/complaints."""

from fastapi import APIRouter

router = APIRouter()
