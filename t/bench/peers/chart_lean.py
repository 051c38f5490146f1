"""The history of a server for FastAPI, as fast as it gets: the body is written at once, without models.

Environment: BENCH_DIR, BENCH_CHART; BENCH_READY: give out buckets that were made before, which only 24h has.
"""
import json
import os
from typing import Literal

from fastapi import FastAPI, Header, HTTPException, Query, Response

import chart_store

SQL = chart_store.READY if "BENCH_READY" in os.environ else chart_store.BUCKETS
app = FastAPI()


@app.get("/api/metrics/server/{server_id}")
async def history(
    server_id: str,
    authorization: str = Header(None),
    time_range: Literal["1h", "6h", "24h", "7d", "30d"] = "1h",
    limit: int = Query(1000, ge=1, le=10000),
):
    if not chart_store.check_token(authorization):
        raise HTTPException(401, "Invalid or expired token")
    body = json.dumps(chart_store.history(server_id, time_range, limit, SQL), separators=(",", ":"))
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
