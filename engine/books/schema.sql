-- The books' file, version 1. Amounts are whole minor units: the currency says how many decimals that is.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE account (
  id     INTEGER PRIMARY KEY,
  code   TEXT NOT NULL UNIQUE,
  name   TEXT NOT NULL,
  type   TEXT NOT NULL CHECK (type IN ('asset', 'liability', 'equity', 'income', 'expense')),
  normal TEXT NOT NULL CHECK (normal IN ('debit', 'credit'))
);

-- identity: 'email:…' folded, else 'name:…' as it is, else 'unnamed'.
-- external_id and digest are absent where an invoice brought the customer along.
CREATE TABLE customer (
  id          INTEGER PRIMARY KEY,
  identity    TEXT NOT NULL UNIQUE,
  external_id TEXT UNIQUE,
  digest      TEXT,
  name        TEXT,
  email       TEXT
);

-- body: the canonical JSON as received; everything else is recomputed from it by check.
-- party: the customer's name as it stands on this document. invoice: what a payment pays.
CREATE TABLE document (
  id          INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL CHECK (kind IN ('invoice', 'payment')),
  external_id TEXT NOT NULL UNIQUE,
  digest      TEXT NOT NULL,
  number      TEXT,
  status      TEXT NOT NULL CHECK (status IN ('draft', 'open', 'paid', 'posted')),
  currency    TEXT NOT NULL,
  date        TEXT NOT NULL,
  total_minor INTEGER NOT NULL CHECK (typeof(total_minor) = 'integer' AND total_minor >= 0),
  customer    INTEGER NOT NULL REFERENCES customer (id),
  party       TEXT NOT NULL,
  invoice     INTEGER REFERENCES document (id),
  body        TEXT NOT NULL,
  UNIQUE (kind, number)
);
CREATE INDEX document_invoice ON document (invoice) WHERE invoice IS NOT NULL;

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
  customer     INTEGER REFERENCES customer (id)
);
CREATE INDEX posting_entry ON posting (entry);

CREATE TABLE allocation (
  payment      INTEGER NOT NULL REFERENCES document (id),
  invoice      INTEGER NOT NULL REFERENCES document (id),
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer' AND amount_minor > 0),
  PRIMARY KEY (invoice, payment)
) WITHOUT ROWID;
CREATE INDEX allocation_payment ON allocation (payment);

CREATE TRIGGER entry_is_not_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never changed: reverse it'); END;
CREATE TRIGGER entry_is_not_deleted BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never deleted: reverse it'); END;
CREATE TRIGGER posting_is_not_changed BEFORE UPDATE ON posting
BEGIN SELECT RAISE(ABORT, 'a posting is never changed: reverse its entry'); END;
CREATE TRIGGER posting_is_not_deleted BEFORE DELETE ON posting
BEGIN SELECT RAISE(ABORT, 'a posting is never deleted: reverse its entry'); END;
