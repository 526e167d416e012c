package pipeline_test

import (
	"context"
	"fmt"

	"readback/examples"
	"readback/knowledge"
	"readback/triage"
	"readback/triage/check"
	"readback/triage/check/lab"
	"readback/triage/enrich"
	"readback/triage/extract/offline"
	"readback/triage/pipeline"
	"time"
)

// A message becomes a route: the workspace says what can be done and by whom,
// the extractor what the customer says, the checks what is so.
func Example() {
	ctx := context.Background()
	workspace, err := knowledge.Load(examples.Sendline())
	if err != nil {
		panic(err)
	}
	index, err := knowledge.NewIndex(workspace)
	if err != nil {
		panic(err)
	}
	accounts, err := enrich.OpenFile(examples.Sendline(), time.Now)
	if err != nil {
		panic(err)
	}
	network, err := lab.Start(ctx, examples.Sendline())
	if err != nil {
		panic(err)
	}
	defer network.Close()
	p := pipeline.Pipeline{Workspace: workspace, Index: index, Accounts: accounts,
		Extractor: offline.New(workspace), Checker: check.New(network.Network(), check.Options{}), Lab: true}

	result, err := p.Triage(ctx, &triage.Ticket{
		Customer: triage.Customer{AccountID: "acc-1001"},
		LastSeq:  1,
		Messages: []triage.Message{{ID: "1", Seq: 1, Role: triage.RoleCustomer,
			Text: "Please switch HTTPS on for our click-tracking links. Click tracking is on, we added the CNAME, " +
				"and both link domains sit behind our CDN with a valid certificate."}},
	}, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Route.Action, result.Route.Tier)
	for _, position := range result.Matters[0].Positions {
		fmt.Println(position.Inputs["link_domain"])
		for _, step := range position.Steps {
			fmt.Println("  ", step.ID, step.State, step.Basis)
		}
	}
	// Output:
	// assign l2
	// link.foxglove.example
	//    tracking-on verified seen
	//    brand-link superseded seen
	//    certificate verified seen
	//    switch-on todo seen
	// link.bergamot.example
	//    tracking-on verified seen
	//    brand-link superseded seen
	//    certificate verified seen
	//    switch-on todo seen
}
