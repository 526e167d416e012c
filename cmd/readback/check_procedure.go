package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"readback/knowledge"
	"readback/triage"
)

func (p *program) checkProcedure(f *checkFlags) *cobra.Command {
	c := &cobra.Command{
		Use:   "procedure ID --input NAME=VALUE",
		Short: "Every check of a procedure's steps",
		Example: `  readback check procedure https-click-tracking --input link_domain=link.elder.example --account acc-1004 --lab
  readback check procedure inbound-parse --account acc-1016 --lab --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.checkSteps(c.Context(), *f, args[0]) },
	}
	c.Flags().StringArrayVar(&f.inputs, "input", nil, "an input of the procedure; without it the account's value is taken")
	return c
}

// checkSteps runs the checks of all steps of a procedure for one binding.
func (p *program) checkSteps(ctx context.Context, f checkFlags, id string) error {
	d, err := p.checkDesk(ctx, f)
	if err != nil {
		return err
	}
	defer d.close()
	proc := d.workspace.Procedure(id)
	if proc == nil {
		return triage.Errorf(triage.Invalid, "the workspace has no procedure %q; it has %s", id, procedureIDs(d.workspace))
	}
	account, err := d.checkAccount(ctx, f)
	if err != nil {
		return err
	}
	inputs, err := inputsOf(proc, f.inputs, account)
	if err != nil {
		return err
	}
	out := d.checker.ReportProcedure(ctx, proc, inputs, account, "en")
	if len(out.Checks) == 0 {
		return triage.Errorf(triage.Invalid, "no step of %q has a check", id)
	}
	return p.reportCheck(out)
}

// inputsOf reads NAME=VALUE pairs. What is not given comes from the account
// when it has exactly one value for it.
func inputsOf(proc *knowledge.Procedure, given []string, account *triage.Account) (map[string]string, error) {
	inputs := map[string]string{}
	for name, in := range proc.Inputs {
		if path, ok := strings.CutPrefix(in.From, "account."); ok {
			if has := account.Strings(path); len(has) == 1 {
				inputs[name] = has[0]
			}
		}
	}
	for _, pair := range given {
		name, value, ok := strings.Cut(pair, "=")
		if _, known := proc.Inputs[name]; !ok || !known {
			return nil, triage.Errorf(triage.Invalid, "--input %s: write NAME=VALUE with an input of %s: %s", pair, proc.ID,
				strings.Join(slices.Sorted(maps.Keys(proc.Inputs)), ", "))
		}
		inputs[name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(proc.Inputs)) {
		if inputs[name] == "" {
			return nil, triage.Errorf(triage.Invalid, "%s needs %s; give --input %s=VALUE or an --account that has one", proc.ID, name, name)
		}
	}
	return inputs, nil
}

func procedureIDs(w *knowledge.Workspace) string {
	var ids []string
	for i := range w.Procedures {
		ids = append(ids, w.Procedures[i].ID)
	}
	return strings.Join(ids, ", ")
}
