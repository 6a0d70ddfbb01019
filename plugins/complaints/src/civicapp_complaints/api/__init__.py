"""The API of complaints, /api/v1/complaints: for everyone, for reporters, for officers."""

from fastapi import APIRouter

from civicapp_complaints.api.desk import router as desk
from civicapp_complaints.api.public import router as public
from civicapp_complaints.api.reporter import router as reporter

router = APIRouter()
router.include_router(public)
router.include_router(reporter)
router.include_router(desk, prefix="/desk")
