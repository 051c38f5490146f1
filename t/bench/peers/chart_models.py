"""The history of a server for FastAPI, as its manual teaches it: dependencies and pydantic models.

Environment: BENCH_DIR, BENCH_CHART.
"""
from typing import List, Literal, Optional

from fastapi import Depends, FastAPI, Header, HTTPException, Query
from pydantic import BaseModel, create_model

import chart_store

Point = create_model(
    "Point",
    timestamp=(str, ...),
    **{name: (Optional[float if name.startswith("cpu") else int], ...) for name in chart_store.COLUMNS[1:]},
)


class History(BaseModel):
    server_id: str
    data: List[Point]
    total: int
    time_range: str
    aggregation: Optional[str]


app = FastAPI()


async def reader(authorization: str = Header(None)):
    if not chart_store.check_token(authorization):
        raise HTTPException(401, "Invalid or expired token")


@app.get("/api/metrics/server/{server_id}", response_model=History, dependencies=[Depends(reader)])
async def history(
    server_id: str,
    time_range: Literal["1h", "6h", "24h", "7d", "30d"] = "1h",
    limit: int = Query(1000, ge=1, le=10000),
):
    return chart_store.history(server_id, time_range, limit)
