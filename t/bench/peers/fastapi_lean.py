"""The devices list for FastAPI, as fast as it gets: the body is written at once, without models.

Environment: BENCH_DIR, BENCH_STALE_S.
"""
import json

from fastapi import FastAPI, Header, HTTPException, Query, Response

import store

app = FastAPI()


@app.get("/api/v1/fritzbox/devices")
async def devices(
    x_api_key: str = Header(None),
    limit: int = Query(100, ge=1, le=1000),
    offset: int = Query(0, ge=0, le=2147483647),
):
    if store.check_key(x_api_key) is None:
        raise HTTPException(401, "Missing or invalid authentication")
    page = store.devices(limit, offset)
    if page is None:
        raise HTTPException(503, "Device data not available")
    body = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
