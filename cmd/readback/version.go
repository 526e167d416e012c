package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"readback/triage"
)

// version is the release; the Makefile's build sets nothing else.
const version = "0.1.0"

func (p *program) versionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Args:    cobra.NoArgs,
		Example: "  readback version --json",
	}
	c.Flags().BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	c.RunE = func(*cobra.Command, []string) error {
		out := struct {
			Version  string `json:"version"`
			Go       string `json:"go"`
			Revision string `json:"revision"` // "" when built outside a checkout
		}{Version: version}
		if info, ok := debug.ReadBuildInfo(); ok {
			out.Go = info.GoVersion
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" {
					out.Revision = s.Value
				}
			}
		}
		if !p.asJSON {
			fmt.Fprintf(p.stdout, "readback %s (%s)\n", out.Version, out.Go)
			return nil
		}
		data, err := triage.JSON(&out)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%s\n", data)
		return nil
	}
	return c
}
