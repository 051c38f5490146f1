-- Samples of many subjects, in tiers; docs/history.md tells how and why. A block holds the rows of one subject in one
-- stretch of time, as src/collect/series_codec.c writes them. Its id is (time / length of the stretch) << 20 | subject:
-- what is written together stands together, and what grows old leaves in whole pages.

-- What is sampled. In each tier, what is older than its mark stands in blocks; what is younger is made when it is read,
-- out of the next finer tier. A subject without samples of its own has marks that no time reaches.
CREATE TABLE series_subject (
	id INTEGER PRIMARY KEY,
	kind INTEGER NOT NULL, -- 1 server, 2 guest, 3 automation
	name TEXT NOT NULL,
	mark_raw INTEGER NOT NULL,
	mark_minute INTEGER NOT NULL,
	mark_5min INTEGER NOT NULL,
	mark_30min INTEGER NOT NULL,
	mark_hour INTEGER NOT NULL,
	UNIQUE (kind, name)
) STRICT;
CREATE INDEX series_subject_mark ON series_subject (mark_raw);

-- Raw samples of the current hour: a block a minute, as the collector brings them. Subject 0 without data: no more
-- samples are taken of the time before this minute.
CREATE TABLE series_open (
	id INTEGER PRIMARY KEY,
	data BLOB
) STRICT;

CREATE TABLE series_raw ( -- an hour
	id INTEGER PRIMARY KEY,
	data BLOB NOT NULL
) STRICT;

CREATE TABLE series_minute ( -- an hour
	id INTEGER PRIMARY KEY,
	data BLOB NOT NULL
) STRICT;

CREATE TABLE series_5min ( -- six hours
	id INTEGER PRIMARY KEY,
	data BLOB NOT NULL
) STRICT;

CREATE TABLE series_30min ( -- a day
	id INTEGER PRIMARY KEY,
	data BLOB NOT NULL
) STRICT;

CREATE TABLE series_hour ( -- a week
	id INTEGER PRIMARY KEY,
	data BLOB NOT NULL
) STRICT;
