"""What both FastAPI peers read: sqlite3 keeps one connection and its prepared statements for each process.

The statements take microseconds, so they run in the event loop; a thread for each would cost more than they do.
"""
import os
import sqlite3
import time

import credential

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
    return credential.find(db, "api_key", text)


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
