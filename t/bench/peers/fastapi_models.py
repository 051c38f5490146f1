"""The devices list for FastAPI, as its manual teaches it: dependencies and pydantic models.

Environment: BENCH_DIR, BENCH_STALE_S.
"""
from typing import List, Optional

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import APIKeyHeader
from pydantic import BaseModel

import store


class Device(BaseModel):
    ip: str
    name: str
    mac: str
    status: int
    provider_type: str
    custom_name: Optional[str]
    device_type: Optional[str]
    interface_type: Optional[str]
    address_source: Optional[str]


class DevicePage(BaseModel):
    items: List[Device]
    total_count: int
    limit: int
    offset: int
    is_stale: bool
    fetched_at: str


app = FastAPI()
header = APIKeyHeader(name="X-API-Key", auto_error=False)


async def key_id(text: Optional[str] = Depends(header)) -> int:
    key = store.check_key(text)
    if key is None:
        raise HTTPException(401, "Missing or invalid authentication")
    return key


@app.get("/api/v1/fritzbox/devices", response_model=DevicePage, dependencies=[Depends(key_id)])
async def devices(limit: int = Query(100, ge=1, le=1000), offset: int = Query(0, ge=0, le=2147483647)):
    page = store.devices(limit, offset)
    if page is None:
        raise HTTPException(503, "Device data not available")
    return page
