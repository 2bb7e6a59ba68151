-- Books of version 1 as that version wrote them: customers asked for and brought along, a draft, a sale of nothing,
-- payments in part, too much and without a method, in two currencies.


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

INSERT INTO account VALUES(1,'1100','Accounts receivable','asset','debit');
INSERT INTO account VALUES(2,'1200','Clearing','asset','debit');
INSERT INTO account VALUES(3,'2100','Sales tax payable','liability','credit');
INSERT INTO account VALUES(4,'2200','Tips payable','liability','credit');
INSERT INTO account VALUES(5,'2300','Customer credit','liability','credit');
INSERT INTO account VALUES(6,'4100','Sales','income','credit');
INSERT INTO account VALUES(7,'4200','Shipping income','income','credit');
INSERT INTO account VALUES(8,'1200:paypal','Clearing: paypal','asset','debit');
INSERT INTO account VALUES(9,'1200:a:b','Clearing: a:b','asset','debit');
INSERT INTO allocation VALUES(3,1,1300);
INSERT INTO allocation VALUES(7,1,2000);
INSERT INTO allocation VALUES(5,2,1200);
INSERT INTO customer VALUES(1,'email:ada@example.com','c1','1:fcd0cc0af56809fd0246cf39e5cea6553b25b2d708e93cece5394d80590b40a4','Ada Lovelace','Ada@Example.com');
INSERT INTO customer VALUES(2,'unnamed',NULL,NULL,'Unnamed customer',NULL);
INSERT INTO customer VALUES(3,'name:Bob Ø',NULL,NULL,'Bob Ø',NULL);
INSERT INTO customer VALUES(4,'name:Never bought','c2','1:16d0394dbe53c4c3680e0e40ded5ce4ddfbd4258b0f0762cdb490ca6480d5219','Never bought',NULL);
INSERT INTO document VALUES(1,'invoice','i1','1:f0d2671ecc3dc401b6caf69fc1075ffc68f352c57f810bd1ea38e16aec6aaccb','1001','paid','USD','2026-03-31',3300,1,' ada@example.com ',NULL,'{"currency":"USD","customer":{"email":" ada@example.com "},"date":"2026-03-31","due_date":"2026-04-30","external_id":"i1","lines":[{"description":"Mug","quantity":2,"tax":"2.00","unit_price":"12.50"},{"category":"shipping","description":"Ship","quantity":1,"unit_price":"5"},{"category":"tip","description":"Tip","quantity":1,"unit_price":"1"}],"number":"1001","total":"33.00"}');
INSERT INTO document VALUES(2,'invoice','i2','1:9861d361add5f75fecf1d3ac2f6779fb5e94b0989950efac38fb6a4aea380eb1','1002','paid','JPY','2026-04-01',1200,2,'Unnamed customer',NULL,'{"currency":"JPY","customer":{},"date":"2026-04-01","external_id":"i2","lines":[{"description":"x","quantity":1,"unit_price":"1200"}],"number":"1002"}');
INSERT INTO document VALUES(3,'payment','p1','1:8bafc7d678ed178eec9b5266731eb20a4162e75f7b5ad01fe77f70037025dce7',NULL,'posted','USD','2026-03-31',1300,1,' ada@example.com ',1,'{"amount":"13.00","currency":"USD","date":"2026-03-31","external_id":"p1","invoice_id":"inv-1","method":"paypal"}');
INSERT INTO document VALUES(4,'invoice','i3','1:fd44bdfec37c4be206d6fad69301e129ac961a0973a327f04ea8395e1e90b7d1','1003','draft','USD','2026-03-31',2500,3,'Bob Ø',NULL,'{"currency":"USD","customer":{"name":"Bob Ø"},"date":"2026-03-31","external_id":"i3","lines":[{"description":"Mug","quantity":2,"unit_price":"12.50"}],"number":"1003","status":"draft"}');
INSERT INTO document VALUES(5,'payment','p2','1:76d4f7f9793b51f2deebdd10fce76e8eb2ec3b90205984811802152556df709f',NULL,'posted','JPY','2026-04-02',1500,2,'Unnamed customer',2,'{"amount":"1500","currency":"JPY","date":"2026-04-02","external_id":"p2","invoice_id":"inv-2","method":"a:b"}');
INSERT INTO document VALUES(6,'invoice','i4','1:1ae72474f0fca46d57afd7f5171ef85a9036a12823c376f101fa4e6a2015f869','1004','paid','USD','2026-03-31',0,1,'Ada Lovelace',NULL,'{"currency":"USD","customer_id":"cus-1","date":"2026-03-31","external_id":"i4","lines":[{"description":"Mug","discount":"25","quantity":2,"unit_price":"12.50"}],"number":"1004"}');
INSERT INTO document VALUES(7,'payment','p3','1:722f119484ff5df0e2c775f5d98ce65d8001ec9b39023bc5f435e86e3284bf21',NULL,'posted','USD','2026-03-31',2000,1,' ada@example.com ',1,'{"amount":"20.00","currency":"USD","date":"2026-03-31","external_id":"p3","invoice_id":"inv-1"}');
INSERT INTO entry VALUES(1,1,'2026-03-31','Invoice 1001','2026-04-01T12:00:00+00:00',NULL);
INSERT INTO entry VALUES(2,2,'2026-04-01','Invoice 1002','2026-04-01T12:00:00+00:00',NULL);
INSERT INTO entry VALUES(3,3,'2026-03-31','Payment of invoice 1001','2026-04-01T12:00:00+00:00',NULL);
INSERT INTO entry VALUES(4,5,'2026-04-02','Payment of invoice 1002','2026-04-01T12:00:00+00:00',NULL);
INSERT INTO entry VALUES(5,7,'2026-03-31','Payment of invoice 1001','2026-04-01T12:00:00+00:00',NULL);
INSERT INTO posting VALUES(1,1,1,3300,'USD',1);
INSERT INTO posting VALUES(2,1,6,-2500,'USD',NULL);
INSERT INTO posting VALUES(3,1,3,-200,'USD',NULL);
INSERT INTO posting VALUES(4,1,7,-500,'USD',NULL);
INSERT INTO posting VALUES(5,1,4,-100,'USD',NULL);
INSERT INTO posting VALUES(6,2,1,1200,'JPY',2);
INSERT INTO posting VALUES(7,2,6,-1200,'JPY',NULL);
INSERT INTO posting VALUES(8,3,8,1300,'USD',NULL);
INSERT INTO posting VALUES(9,3,1,-1300,'USD',1);
INSERT INTO posting VALUES(10,4,9,1500,'JPY',NULL);
INSERT INTO posting VALUES(11,4,1,-1200,'JPY',2);
INSERT INTO posting VALUES(12,4,5,-300,'JPY',2);
INSERT INTO posting VALUES(13,5,2,2000,'USD',NULL);
INSERT INTO posting VALUES(14,5,1,-2000,'USD',1);
INSERT INTO meta VALUES('company','north');
INSERT INTO meta VALUES('format','recipe-engine books');
INSERT INTO meta VALUES('id','cd1d8e19e8b8cf63');
INSERT INTO meta VALUES('version','1');
