package channel

// ParseDesk parses a desk's webhook, for the fuzzer.
func ParseDesk(ds *Desks, name string, body []byte) {
	list, look, err := ds.all[name].parse(body)
	for _, s := range list {
		if err != nil || s.Ticket == "" || s.ID == "" {
			panic("a message without ids, or beside an error")
		}
	}
	for _, ticket := range look {
		if !allDigits(ticket) {
			panic("a ticket that is no number: " + ticket)
		}
	}
}
