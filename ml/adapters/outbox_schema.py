"""Tables of a home's outbox; times in them are seconds since 1970, for SQLite to compare."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS incidents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    incident TEXT NOT NULL,
    alert TEXT NOT NULL,
    severity TEXT NOT NULL,
    first_at REAL NOT NULL,
    last_at REAL NOT NULL,
    said_at REAL NOT NULL,
    count INTEGER NOT NULL DEFAULT 1,
    unsaid INTEGER NOT NULL DEFAULT 0,
    over_at REAL
);
CREATE INDEX IF NOT EXISTS incidents_by_name ON incidents (incident, number);
CREATE UNIQUE INDEX IF NOT EXISTS one_open_incident ON incidents (incident) WHERE over_at IS NULL;
CREATE TABLE IF NOT EXISTS closings (
    number INTEGER PRIMARY KEY REFERENCES incidents (number),
    closed_by TEXT NOT NULL,
    why TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    about INTEGER NOT NULL REFERENCES incidents (number),
    incident TEXT NOT NULL,
    channel TEXT NOT NULL,
    alert TEXT NOT NULL,
    unsaid INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    made_at REAL NOT NULL,
    due_at REAL NOT NULL,
    claimed_until REAL NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS messages_by_incident ON messages (about, channel, number);
CREATE INDEX IF NOT EXISTS messages_waiting ON messages (channel, incident, number)
    WHERE state = 'waiting';
"""
