package pipeline_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"readback/examples"
	"readback/knowledge"
	"readback/triage/extract/offline"
)

// BenchmarkTriage is the pipeline without model and network: a ticket of five
// messages. It should stay under 5 ms.
func BenchmarkTriage(b *testing.B) {
	w, err := knowledge.Load(examples.Sendline())
	if err != nil {
		b.Fatal(err)
	}
	p := newPipeline(b, offline.New(w), caseZeroSeen)
	more := strings.Repeat("I restarted the router and checked the logs, but the page still opens over http in Firefox 128. ", 4)
	t := ticket("Please switch HTTPS on for the click tracking links of link.foxglove.example. Click tracking is on, we added the CNAME, and the domain sits behind our CDN with a valid certificate.\n\n"+more,
		"agent: Please add the CNAME record and send us a screenshot. "+more, "We did that before we wrote to you. "+more,
		"agent: Which browser do you use?", "Firefox, but it is the same in Chrome. "+more)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		for i := range t.Messages { // no two tickets are the same
			m := &t.Messages[i]
			before, _, _ := strings.Cut(m.Text, "\nNo. ")
			m.Text = before + "\nNo. " + strconv.Itoa(n)
		}
		if _, err := p.Triage(context.Background(), t, nil); err != nil {
			b.Fatal(err)
		}
	}
}
