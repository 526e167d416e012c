package lint_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"readback/knowledge"
	"readback/knowledge/lint"
)

// The size of a large help centre.
const (
	manyProcedures = 2_000
	manyArticles   = 20_000
)

// BenchmarkLargeWorkspace loads, lints and indexes 2,000 procedures and 20,000
// articles from disk, and searches them. The bounds are 60 s and 1 GB for
// loading and linting, 20 ms for the 95th percentile of a search.
func BenchmarkLargeWorkspace(b *testing.B) {
	dir := b.TempDir()
	vocabulary := largeWorkspace(b, dir)
	for b.Loop() {
		none := debug.SetMemoryLimit(lint.MemoryLimit) // as the command does
		began := time.Now()
		w, err := knowledge.Load(os.DirFS(dir))
		if err != nil {
			b.Fatal(err)
		}
		loaded := time.Since(began)
		found := lint.Run(w, nil, lint.Options{Now: now, Checks: checks})
		linted := time.Since(began)
		if linted > time.Minute {
			b.Errorf("loading and linting took %s", linted)
		}
		b.ReportMetric(loaded.Seconds(), "load-s")
		b.ReportMetric((linted - loaded).Seconds(), "lint-s")
		b.ReportMetric(float64(len(found)), "findings")
		b.ReportMetric(peakMB(), "lint-peak-MB")
		if peakMB() > 1000 {
			b.Errorf("loading and linting took %.0f MB", peakMB())
		}
		debug.SetMemoryLimit(none)
		began = time.Now()
		ix, err := knowledge.NewIndex(w)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "index-s")
		p95 := searches(b, ix, vocabulary)
		b.ReportMetric(float64(p95.Microseconds())/1000, "search-p95-ms")
		if p95 > 20*time.Millisecond {
			b.Errorf("the 95th percentile of a search is %s", p95)
		}
		b.ReportMetric(peakMB(), "peak-MB")
		b.Logf("load %s, lint %s, %d findings, p95 %s, peak %.0f MB", loaded, linted-loaded, len(found), p95, peakMB())
	}
}

// searches returns the 95th percentile of 400 searches of one to four words,
// each fourth with a slip.
func searches(b *testing.B, ix *knowledge.Index, vocabulary []string) time.Duration {
	rnd := rand.New(rand.NewPCG(7, 7))
	var took []time.Duration
	for i := range 400 {
		var words []string
		for range 1 + i%4 {
			words = append(words, vocabulary[int(float64(len(vocabulary))*rnd.Float64()*rnd.Float64())])
		}
		if w := words[0]; i%4 == 3 && len(w) > 4 {
			words[0] = w[:2] + w[3:]
		}
		began := time.Now()
		ix.Find(strings.Join(words, " "), 10)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[len(took)*95/100]
}

// peakMB is the most memory the process has had, in MB (Linux).
func peakMB() float64 {
	data, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	kb, _ := strconv.Atoi(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]))
	return float64(kb) / 1024
}

// largeWorkspace writes pages of made-up words, common ones more often, each
// twentieth article with a paragraph of another.
func largeWorkspace(b *testing.B, dir string) (vocabulary []string) {
	b.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	for len(vocabulary) < 30_000 {
		var w strings.Builder
		for range 2 + rnd.IntN(3) {
			w.WriteByte("bdfgklmnprstvz"[rnd.IntN(14)])
			w.WriteByte("aeiou"[rnd.IntN(5)])
		}
		vocabulary = append(vocabulary, w.String())
	}
	text := func(n int) string {
		var out strings.Builder
		for i := range n {
			if i > 0 {
				out.WriteByte(' ')
			}
			x := rnd.Float64()
			out.WriteString(vocabulary[int(float64(len(vocabulary))*x*x*x)])
			if i%12 == 11 {
				out.WriteByte('.')
			}
		}
		return out.String()
	}
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for _, d := range []string{"procedures", "articles", "changes"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			b.Fatal(err)
		}
	}
	write("workspace.yaml", "tiers: [{id: l1, capabilities: [x.y]}]\n")
	write("changes/a.md", "---\ndate: 2026-11-01\ntitle: Gone\narea: area-7\nlabels: [Old Screen, Sender Settings > SSL]\n---\n")
	for i := range manyProcedures {
		var front, body strings.Builder
		fmt.Fprintf(&front, "---\ntitle: %s\narea: area-%d\nowner: team\nreviewed: 2026-10-01\nurl: https://help.a.example/p%d\nasks: [%s, %s, %s]\ninputs:\n  domain: {kind: domain, from: account.domains, ask: Which?}\nsteps:\n",
			text(5), i%200, i, text(8), text(8), text(8))
		for s := range 4 {
			fmt.Fprintf(&front, "  - id: s%d\n    title: %s\n    by: customer\n    sets: \"thing-%d-%d {domain}\"\n    check: {dns.cname: {name: \"{domain}\", target: links.a.example}}\n    phrases: [%s, %s]\n", s, text(4), i, s, text(5), text(5))
			fmt.Fprintf(&body, "## %s {#s%d}\nOpen **Settings > %s** and go on. %s\n\n", text(4), s, text(2), text(60))
		}
		write(fmt.Sprintf("procedures/p%d.md", i), front.String()+"---\n"+body.String())
	}
	var last string
	for i := range manyArticles {
		var body strings.Builder
		for range 4 {
			paragraph := text(70)
			fmt.Fprintf(&body, "## %s\n%s See [more](https://help.a.example/p%d).\n\n", text(4), paragraph, i%manyProcedures)
			if i%20 == 0 {
				last = paragraph
			}
		}
		if i%20 == 1 {
			body.WriteString(last + "\n")
		}
		write(fmt.Sprintf("articles/a%d.md", i), fmt.Sprintf("---\ntitle: %s\nurl: https://docs.a.example/a%d\nupdated: 2026-05-01\nsource: bench\n---\n%s", text(6), i, body.String()))
	}
	return vocabulary
}
