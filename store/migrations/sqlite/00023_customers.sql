-- The last tickets of a customer are read off an index, however many they have.

-- +goose Up
DROP INDEX tickets_by_email;
DROP INDEX tickets_by_customer;
DROP INDEX tickets_by_account;
CREATE INDEX tickets_by_email ON tickets (lower(customer_email), updated_at, id);
CREATE INDEX tickets_by_customer ON tickets (customer_id, updated_at, id);
CREATE INDEX tickets_by_account ON tickets (customer_account, updated_at, id);
