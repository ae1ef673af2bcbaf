-- pulls.state: how an attempt ended in one word that may be published; `failure` says it in a sentence, which may not.
ALTER TABLE pulls ADD COLUMN state VARCHAR DEFAULT 'ok';

UPDATE pulls SET state = 'unavailable' WHERE failure IS NOT NULL;
