"""The API of prices, /api/v1/prices: for everyone, and for officers."""

from fastapi import APIRouter

from civicapp_prices.api.desk import router as desk
from civicapp_prices.api.files import router as files
from civicapp_prices.api.public import router as public

router = APIRouter()
router.include_router(public)
router.include_router(files)
router.include_router(desk)
