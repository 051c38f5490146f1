"""What the FastAPI peers of t/bench/chart read: sqlite3 keeps one connection and its prepared statements.

BENCH_CHART is a database with the samples of the servers as they came: server_metric, a row for each, found by server
and time. A chart is made of them when it is asked for. server_bucket has the same buckets of 24h ready to be given out.
"""
import os
import sqlite3
import time

import credential

DIR = os.environ["BENCH_DIR"]
WINDOWS = {
    "1h": (3600, 10, "raw"), "6h": (6 * 3600, 60, "minute"), "24h": (86400, 300, "5min"), "7d": (7 * 86400, 1800, "30min"),
    "30d": (30 * 86400, 3600, "hour"),
}
GAUGES = ("cpu_percent", "memory_used", "memory_total", "disk_used", "disk_total", "network_in", "network_out")
BANDS = [f"{gauge}_{end}" for gauge in GAUGES if not gauge.endswith("_total") for end in ("min", "max")]
COLUMNS = ("timestamp", *GAUGES, "uptime", *BANDS, "samples")

MEANS = ", ".join(
    f"avg({gauge}) AS {gauge}" if gauge == "cpu_percent" else f"CAST(round(avg({gauge})) AS INTEGER) AS {gauge}"
    for gauge in GAUGES
)
EXTREMES = ", ".join(f"{band[-3:]}({band[:-4]}) AS {band}" for band in BANDS)
BUCKETS = (
    "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', bucket, 'unixepoch') AS timestamp,"
    f" {', '.join(f'b.{gauge}' for gauge in GAUGES)}, m.uptime, {', '.join(BANDS)}, samples"
    f" FROM (SELECT ts / :step * :step AS bucket, max(ts) AS newest, count(*) AS samples, {MEANS}, {EXTREMES}"
    "  FROM server_metric WHERE server_id = :server AND ts >= :begin AND ts < :end"
    "  GROUP BY bucket ORDER BY bucket DESC LIMIT :limit) b"
    " JOIN server_metric m ON m.server_id = :server AND m.ts = b.newest ORDER BY bucket DESC"
)
READY = (
    f"SELECT {', '.join(COLUMNS)} FROM server_bucket WHERE server_id = :server AND bucket >= :begin AND bucket < :end"
    " ORDER BY bucket DESC LIMIT :limit"
)

db = sqlite3.connect(f"{DIR}/hearth.db", timeout=2, isolation_level=None)
db.execute("ATTACH ? AS chart", (os.environ["BENCH_CHART"],))
db.execute("PRAGMA main.mmap_size = 67108864")
db.execute("PRAGMA chart.mmap_size = 67108864")


def check_token(authorization):
    """Whether the header holds a token that may read."""
    text = (authorization or "").removeprefix("Bearer ")
    return credential.find(db, "token", text, "AND instr(',' || k.scopes || ',', ',read:panel,')") is not None


def history(server, time_range, limit, sql=BUCKETS):
    """The answer: the newest complete buckets first."""
    window, step, aggregation = WINDOWS[time_range]
    now = int(time.time())
    rows = db.execute(
        sql,
        {"server": server, "step": step, "begin": -((window - now) // step) * step, "end": now // step * step, "limit": limit},
    )
    data = [dict(zip(COLUMNS, row)) for row in rows]
    return {"server_id": server, "data": data, "total": len(data), "time_range": time_range, "aggregation": aggregation}


def make_ready():
    """Fills server_bucket."""
    db.execute(
        f"CREATE TABLE chart.server_bucket (server_id TEXT, bucket INTEGER, {', '.join(COLUMNS)},"
        " PRIMARY KEY (server_id, bucket)) WITHOUT ROWID"
    )
    for (server,) in db.execute("SELECT DISTINCT server_id FROM server_metric").fetchall():
        db.execute(
            f"INSERT INTO server_bucket SELECT :server, strftime('%s', timestamp), * FROM ({BUCKETS})",
            {"server": server, "step": WINDOWS["24h"][1], "begin": 0, "end": int(time.time()), "limit": -1},
        )
