-- How a gateway of kind mqtt names its topics and writes its readings; NULL is our own format.
ALTER TABLE gateway_fact ADD COLUMN dialect TEXT;
