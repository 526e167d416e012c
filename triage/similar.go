package triage

// Similar is a solved ticket of the same kind that is like one which no
// procedure fits. A result keeps its id and score only: its words are another
// customer's, and are read where they are stored when somebody looks.
type Similar struct {
	Ticket string  `json:"ticket"`
	Score  float64 `json:"score"` // 0..1, the share of what is telling in the one that is in the other

	// Only in a View.
	Request   string `json:"request"`   // what its customer wanted; "" once erased
	Tier      string `json:"tier"`      // that solved it
	Procedure string `json:"procedure"` // that it ended at, with the step of ours that was next; "" for none
	Step      string `json:"step"`
	Answer    string `json:"answer"` // the beginning of the last that an agent wrote in it
	Message   string `json:"message"`
	Author    string `json:"author"` // id of the member of staff who wrote that; "" when it came from elsewhere
}
