"""What both FastAPI peers read: sqlite3 keeps one connection and its prepared statements for each process.

The statements take microseconds, so they run in the event loop; a thread for each would cost more than they do.
"""
import hashlib
import os
import sqlite3
import time

LAST_USED_S = 60
DEVICES_USABLE_S = 24 * 3600
DIR = os.environ["BENCH_DIR"]
STALE_S = int(os.environ["BENCH_STALE_S"])
COLUMNS = (
    "ip", "name", "mac", "status", "provider_type", "custom_name", "device_type", "interface_type", "address_source",
)

db = sqlite3.connect(f"{DIR}/hearth.db", timeout=2, isolation_level=None)
db.execute("ATTACH ? AS series", (f"{DIR}/series.db",))
db.execute("PRAGMA main.mmap_size = 67108864")
db.execute("PRAGMA series.mmap_size = 67108864")


def check_key(text):
    """The number of an API key, or None."""
    now = int(time.time())
    key = db.execute(
        "SELECT k.id, k.last_used_at FROM api_key k JOIN account a ON a.id = k.account_id"
        " WHERE k.hash = ? AND k.revoked_at IS NULL AND a.active = 1",
        (hashlib.sha256((text or "").encode()).hexdigest(),),
    ).fetchone()
    if key is None:
        return None
    if key[1] is None or key[1] <= now - LAST_USED_S:
        db.execute("UPDATE api_key SET last_used_at = ? WHERE id = ?", (now, key[0]))
    return key[0]


def devices(limit, offset):
    """A page of devices, or None when there is nothing fresh enough."""
    now = int(time.time())
    state = db.execute("SELECT devices, devices_at FROM series.net_provider WHERE name = 'fritzbox'").fetchone()
    if state is None or state[1] is None or now - state[1] > DEVICES_USABLE_S:
        return None
    rows = db.execute(
        "SELECT ip, name, mac, 1 - offline AS status, 'fritzbox' AS provider_type, custom_name, device_type,"
        " interface_type, address_source FROM series.net_device WHERE listed = 1"
        " ORDER BY offline, ip_key, mac LIMIT ? OFFSET ?",
        (limit, offset),
    )
    return {
        "items": [dict(zip(COLUMNS, row)) for row in rows],
        "total_count": state[0],
        "limit": limit,
        "offset": offset,
        "is_stale": now - state[1] > STALE_S,
        "fetched_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(state[1])),
    }
