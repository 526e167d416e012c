package channel

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"readback/store"
)

// madeUpExport writes n tickets of five comments as Zendesk's JSON export has
// them, made of the sentences of the guard's drills with numbers of their own.
func madeUpExport(tb testing.TB, n int) io.ReadCloser {
	tb.Helper()
	f, err := os.Open("../triage/guard/testdata/shaping.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	type drill struct {
		Messages []struct{ Text string }
		Draft    string
	}
	var drills []drill
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var d drill
		if err := json.Unmarshal(sc.Bytes(), &d); err != nil {
			tb.Fatal(err)
		}
		drills = append(drills, d)
	}
	out, in := io.Pipe()
	go func() {
		r := rand.New(rand.NewPCG(1, 2))
		w := bufio.NewWriterSize(in, 1<<20)
		lines := json.NewEncoder(w)
		for i := range n {
			at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 9 * time.Minute)
			comments := make([]map[string]any, 5)
			for j := range comments {
				d := drills[r.IntN(len(drills))]
				author, text := 1_000_000+i, fmt.Sprintf("%s My order is %d.", d.Messages[0].Text, r.IntN(1e6))
				if j%2 == 1 {
					author, text = 7+r.IntN(9), d.Draft
				}
				comments[j] = map[string]any{"id": i*10 + j, "type": "Comment", "author_id": author, "body": text, "public": true, "created_at": at.Add(time.Duration(j) * time.Hour)}
			}
			err := lines.Encode(map[string]any{"id": i, "subject": fmt.Sprint("Order ", i), "status": "closed", "tags": []string{"web", "order"}, "created_at": at,
				"requester": map[string]any{"id": 1_000_000 + i, "name": fmt.Sprint("Customer ", i), "email": fmt.Sprintf("c%d@shop.example", i), "role": "end-user"}, "comments": comments})
			if err != nil {
				break // who read it has ended
			}
		}
		_ = in.CloseWithError(w.Flush())
	}()
	return out
}

// BenchmarkImport imports READBACK_TICKETS tickets (default 1,000) with five
// messages each; READBACK_DATA names a folder to keep the database in.
func BenchmarkImport(b *testing.B) {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("READBACK_TICKETS"), "1000"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(cmp.Or(os.Getenv("READBACK_DATA"), b.TempDir()), "readback.db")})
		if err != nil {
			b.Fatal(err)
		}
		e := &Export{Format: KindZendesk, Files: []ExportFile{{Name: "export.json", Open: func() (io.ReadCloser, error) { return madeUpExport(b, n), nil }}}}
		_, did, err := Import(context.Background(), s, e, ImportOptions{})
		if err != nil || did.Messages != 5*n {
			b.Fatal(did, err)
		}
		b.ReportMetric(float64(did.Messages)/b.Elapsed().Seconds(), "messages/s")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
