package store

import (
	"context"
	"database/sql"

	"readback/triage"
)

// leaveOutKnown takes the messages out of in whose ExternalID the ticket has
// already, and returns their ids by place; "" stands where a message is new.
func leaveOutKnown(ctx context.Context, tx *sql.Tx, in *Inbound) ([]string, error) {
	stored := map[string]string{}
	rows, err := tx.QueryContext(ctx, `SELECT external_id, id FROM messages WHERE ticket_id = ?1 AND external_id <> ''`, in.TicketID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var external, id string
		if err := rows.Scan(&external, &id); err != nil {
			return nil, err
		}
		stored[external] = id
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	known := make([]string, len(in.Messages))
	var fresh []triage.Message
	for i, m := range in.Messages {
		if known[i] = stored[clean(m.ExternalID)]; known[i] == "" {
			fresh = append(fresh, m)
		}
	}
	in.Messages = fresh
	return known, nil
}

// inPlace fills the gaps of known with the new ids, in order.
func inPlace(known, ids []string) []string {
	if known == nil {
		return ids
	}
	for i := range known {
		if known[i] == "" {
			known[i], ids = ids[0], ids[1:]
		}
	}
	return known
}
