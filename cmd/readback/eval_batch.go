package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"os"

	"readback/triage"
	"readback/triage/eval"
	"readback/triage/extract"
)

// batchName is the model that requests name when none is configured: any
// model may answer them, but the format wants a name.
const batchName = "gpt-4.1-mini"

// What OpenAI takes in one file.
const (
	mostRequests = 50_000
	mostBytes    = 200 << 20
)

// batchModel renders requests and understands answers; it is never called.
func batchModel(c config) *extract.Model {
	return extract.NewModel(extract.ModelOptions{BaseURL: c.LLM.URL, Model: cmp.Or(c.LLM.Model, batchName),
		Price: c.LLM.price()})
}

// batchOut writes the request for every ticket, as the pipeline would send it.
func (p *program) batchOut(ctx context.Context, f evalFlags, c config, tickets []eval.Ticket) error {
	if len(f.extractors) > 1 || f.predictions != "" || f.html != "" {
		return triage.Errorf(triage.Invalid, "--batch-out only writes requests for llm; measure with --batch-in once they are answered")
	}
	d, err := p.evalDesk(ctx, "offline", c)
	if err != nil {
		return err
	}
	defer d.close()
	file, err := os.Create(f.batchOut)
	if err != nil {
		return triage.Errorf(triage.Invalid, "the requests cannot be written: %v", err)
	}
	defer file.Close() // after an error
	w := bufio.NewWriter(file)
	out := &extract.BatchOut{Model: batchModel(c), W: w}
	d.pipeline.Extractor = out
	for i := range tickets {
		if _, err := d.pipeline.Triage(ctx, &tickets[i].Ticket, nil); err != nil {
			return triage.Errorf(triage.Unavailable, "interrupted after %d of %d requests: %w", out.Requests, len(tickets), err)
		}
	}
	err = w.Flush()
	if err == nil {
		err = file.Close()
	}
	if err != nil || out.Requests != len(tickets) {
		return triage.Errorf(triage.Internal, "only %d of %d requests could be written: %w", out.Requests, len(tickets), err)
	}
	fmt.Fprintf(p.stderr, "%d requests (%.1f MB) to %s are in %s\n", out.Requests, float64(out.Bytes)/1e6, out.Model.Name(), f.batchOut)
	if out.Requests > mostRequests || out.Bytes > mostBytes {
		fmt.Fprintf(p.stderr, "OpenAI takes %d requests and %d MB in a file: split it by lines; --batch-in takes several files\n", mostRequests, mostBytes>>20)
	}
	if p.asJSON {
		_, err = fmt.Fprintf(p.stdout, "{\"requests\":%d,\"bytes\":%d,\"model\":%q}\n", out.Requests, out.Bytes, out.Model.Name())
	}
	return err
}

// answers reads the files of answers. Without a single answer they are the
// wrong files.
func (f *evalFlags) answers(m *extract.Model, foot triage.Extractor) (*extract.BatchIn, error) {
	in := extract.NewBatchIn(m, foot)
	for _, name := range f.batchIn {
		file, err := os.Open(name)
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "the answers cannot be read: %v", err)
		}
		err = in.Add(file)
		file.Close()
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "%s: %s", name, triage.MessageOf(err))
		}
	}
	if in.Lines == len(in.Broken) {
		return nil, triage.Errorf(triage.Invalid, "%s holds no answer; a line is {\"custom_id\":...,\"response\":{\"status_code\":200,\"body\":{...}}}", f.batchIn[0])
	}
	return in, nil
}
