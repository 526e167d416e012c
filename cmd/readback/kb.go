package main

import (
	"github.com/spf13/cobra"
)

func (p *program) kbCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "kb",
		Short:   "Look after the knowledge of a workspace: lint, import, draft, suggest",
		Example: "  readback kb lint examples/sendline",
	}
	c.AddCommand(p.kbLintCommand(), p.kbImportCommand(), p.kbDraftCommand(), p.kbSuggestCommand())
	return c
}
