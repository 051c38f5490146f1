"""Who asks: the credential is found by its SHA-256, and its last use is written at most once a minute, as Hearth does."""
import hashlib
import time

LAST_USED_S = 60


def find(db, table, text, extra=""):
    """The number of the credential in a table of hearth.db, or None. extra: conditions on it."""
    now = int(time.time())
    row = db.execute(
        f"SELECT k.id, k.last_used_at FROM {table} k JOIN account a ON a.id = k.account_id"
        f" WHERE k.hash = ? AND k.revoked_at IS NULL AND a.active = 1 {extra}",
        (hashlib.sha256((text or "").encode()).hexdigest(),),
    ).fetchone()
    if row is None:
        return None
    if row[1] is None or row[1] <= now - LAST_USED_S:
        db.execute(f"UPDATE {table} SET last_used_at = ? WHERE id = ?", (now, row[0]))
    return row[0]
