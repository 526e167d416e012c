package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"readback/knowledge"
	"readback/triage"
	"readback/triage/route"
)

// printView writes a result for a person at a terminal.
func printView(w io.Writer, v *triage.View, ws *knowledge.Workspace) {
	fmt.Fprintf(w, "%s\n\n", oneLine(v.Brief.Request.Text))
	fmt.Fprintf(w, "Next    %s\n", nextLine(v, ws))
	fmt.Fprintf(w, "Route   %s, %s\n", v.Route.Action, v.Route.Tier)
	for i, r := range v.Route.Reasons {
		fmt.Fprintf(w, "%s%s\n", map[bool]string{true: "Why     ", false: "        "}[i == 0], oneLine(r.Text))
	}
	reader := v.Extractor.Name
	if v.Extractor.Model != "" {
		reader += " " + v.Extractor.Model
	}
	if v.Extractor.Degraded {
		reader += " (degraded: " + strings.Join(v.Extractor.Failures, ", ") + ")"
	}
	if u := v.Extractor.Usage; u.Unpriced {
		reader += fmt.Sprintf(" (%d tokens, cost not known)", u.PromptTokens+u.CompletionTokens)
	} else if u.PromptTokens > 0 {
		reader += fmt.Sprintf(" (%d tokens, $%.4f)", u.PromptTokens+u.CompletionTokens, u.CostUSD)
	}
	fmt.Fprintf(w, "Read by %s; language %s; effort %s\n", reader, orDash(v.Brief.Language), *v.Effort)
	if v.Lab {
		fmt.Fprintln(w, "Lab     the checks saw the workspace's lab network, not the internet")
	}
	printSteps(w, v, ws)
	printClaims(w, v)
}

func nextLine(v *triage.View, ws *knowledge.Workspace) string {
	if v.Position == nil {
		return "no procedure fits"
	}
	proc := ws.Procedure(v.Position.Procedure)
	if v.Position.Next == nil {
		return "every step of \"" + proc.Title + "\" is done"
	}
	who := string(v.Position.Next.By)
	if c := v.Position.Next.Capability; c != "" {
		who += " with " + c
	}
	return proc.StepTitle(v.Position.Next.Step, "en") + " (" + who + ")"
}

// printSteps is the grid of steps by binding.
func printSteps(w io.Writer, v *triage.View, ws *knowledge.Workspace) {
	for _, m := range v.Matters {
		proc := ws.Procedure(m.Procedure)
		if proc == nil || len(m.Positions) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s\n", proc.Title)
		tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		for _, pos := range m.Positions {
			fmt.Fprintf(tw, "\t%s", orDash(triage.BindingText(pos.Inputs)))
		}
		fmt.Fprintln(tw)
		for _, s := range proc.Steps {
			fmt.Fprintf(tw, "  %s", s.Title)
			for i := range m.Positions {
				if sp := m.Positions[i].Step(s.ID); sp != nil {
					fmt.Fprintf(tw, "\t%s (%s)", sp.State, sp.Basis)
				} else {
					fmt.Fprint(tw, "\t-")
				}
			}
			fmt.Fprintln(tw)
		}
		tw.Flush()
	}
	for _, c := range v.Facts.Checks {
		if c.Outcome == triage.Pass {
			continue
		}
		for _, text := range route.TellCheck(&c, c.ObservedAt.UTC().Format("15:04"), "en") {
			fmt.Fprintf(w, "  %s\n", oneLine(text))
		}
	}
}

func printClaims(w io.Writer, v *triage.View) {
	if len(v.Brief.Claims) == 0 {
		return
	}
	fmt.Fprintln(w, "\nWhat they say")
	for _, c := range v.Brief.Claims {
		verdict := string(c.Verdict)
		if verdict == "" {
			verdict = "-"
		}
		fmt.Fprintf(w, "  %-8s %-12s %-12s \"%s\"\n", c.State, verdict, orDash(c.Step), oneLine(c.Evidence[0].Quote))
	}
}

// oneLine keeps untrusted text from moving the cursor or colouring a terminal.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }), " ")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
