-- The books' file, version 2. The table request is the log; every other table follows from it, and `recipe books check`
-- makes them anew to compare. Amounts are whole minor units: the currency says how many decimals that is.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- What was asked for and taken, in order. body: canonical JSON as received. subject: the row that it made or changed.
CREATE TABLE request (
  id          INTEGER PRIMARY KEY,
  external_id TEXT NOT NULL UNIQUE,
  digest      TEXT NOT NULL,
  operation   TEXT NOT NULL,
  subject     INTEGER,
  body        TEXT NOT NULL,
  recorded_at TEXT NOT NULL
);

CREATE TABLE account (
  id   INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('asset', 'liability', 'equity', 'income', 'expense')),
  role TEXT NOT NULL
);

-- Customers, vendors, items, tax rates. identity: 'email:…' folded, else 'name:…' as it is, else 'unnamed'; 'code:…'.
-- body: what is known of it now; '{}' for one that a document brought along.
CREATE TABLE master (
  id       INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL CHECK (kind IN ('customer', 'vendor', 'item', 'tax_rate')),
  identity TEXT NOT NULL,
  body     TEXT NOT NULL,
  request  INTEGER NOT NULL REFERENCES request (id),
  UNIQUE (kind, identity)
);
CREATE INDEX master_request ON master (request);
CREATE INDEX master_name ON master (kind, json_extract(body, '$.name'));

-- made: the request that made it, whose external_id it has. request: the one whose body holds now. balance_minor: what
-- is open of it. party: the name as it stands on it. about: the document that it settles.
CREATE TABLE document (
  id            INTEGER PRIMARY KEY,
  kind          TEXT NOT NULL,
  made          INTEGER NOT NULL UNIQUE REFERENCES request (id),
  request       INTEGER NOT NULL UNIQUE REFERENCES request (id),
  external_id   TEXT NOT NULL,
  number        TEXT,
  state         TEXT NOT NULL CHECK (state IN ('draft', 'posted', 'void')),
  currency      TEXT NOT NULL,
  date          TEXT NOT NULL,
  due_date      TEXT,
  total_minor   INTEGER NOT NULL CHECK (typeof(total_minor) = 'integer' AND total_minor >= 0),
  tax_minor     INTEGER NOT NULL CHECK (typeof(tax_minor) = 'integer'),
  balance_minor INTEGER NOT NULL CHECK (balance_minor BETWEEN 0 AND total_minor),
  rate          TEXT,
  reference     TEXT,
  master        INTEGER REFERENCES master (id),
  party         TEXT NOT NULL,
  about         INTEGER REFERENCES document (id)
);
-- A bill has its vendor's number; every other number is the books' own.
CREATE UNIQUE INDEX document_number ON document (kind, number, CASE kind WHEN 'bill' THEN master ELSE 0 END);
CREATE INDEX document_about ON document (about) WHERE about IS NOT NULL;
CREATE INDEX document_master ON document (master) WHERE master IS NOT NULL;
CREATE INDEX document_reference ON document (kind, reference) WHERE reference IS NOT NULL;
CREATE INDEX document_date ON document (kind, date);
CREATE INDEX document_open ON document (kind) WHERE balance_minor > 0;

CREATE TABLE entry (
  id          INTEGER PRIMARY KEY,
  document    INTEGER NOT NULL REFERENCES document (id),
  date        TEXT NOT NULL,
  memo        TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  reversal_of INTEGER UNIQUE REFERENCES entry (id)
);
CREATE INDEX entry_document ON entry (document);

-- amount_minor: debit above zero, credit below.
CREATE TABLE posting (
  id           INTEGER PRIMARY KEY,
  entry        INTEGER NOT NULL REFERENCES entry (id),
  account      INTEGER NOT NULL REFERENCES account (id),
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer' AND amount_minor <> 0),
  currency     TEXT NOT NULL,
  master       INTEGER REFERENCES master (id)
);
CREATE INDEX posting_entry ON posting (entry);

-- What a document took of the one that it is about.
CREATE TABLE allocation (
  settling     INTEGER NOT NULL REFERENCES document (id),
  settled      INTEGER NOT NULL REFERENCES document (id),
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer' AND amount_minor > 0),
  PRIMARY KEY (settled, settling)
) WITHOUT ROWID;
CREATE INDEX allocation_settling ON allocation (settling);

CREATE TRIGGER request_is_not_changed BEFORE UPDATE OF external_id, digest, operation, body, recorded_at ON request
BEGIN SELECT RAISE(ABORT, 'a request is never changed'); END;
CREATE TRIGGER request_is_not_deleted BEFORE DELETE ON request
BEGIN SELECT RAISE(ABORT, 'a request is never deleted'); END;
CREATE TRIGGER entry_is_not_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never changed: reverse it'); END;
CREATE TRIGGER entry_is_not_deleted BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never deleted: reverse it'); END;
CREATE TRIGGER posting_is_not_changed BEFORE UPDATE ON posting
BEGIN SELECT RAISE(ABORT, 'a posting is never changed: reverse its entry'); END;
CREATE TRIGGER posting_is_not_deleted BEFORE DELETE ON posting
BEGIN SELECT RAISE(ABORT, 'a posting is never deleted: reverse its entry'); END;
