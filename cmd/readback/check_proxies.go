package main

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"readback/triage"
	"readback/triage/check"
)

func (p *program) checkProxies() *cobra.Command {
	var from []string
	c := &cobra.Command{
		Use:   "proxies --from NAME=FILE",
		Short: "Refresh the address ranges by which proxies are known",
		Long: `Refresh the address ranges by which proxies are known. The published lists are read
from files; the whole list goes to standard output, for triage/check/proxies.txt.
Text with one range a line will do, and the JSON of Cloudflare, Fastly and Amazon.`,
		Example: "  readback check proxies --from Fastly=public-ip-list.json --from Cloudflare=ips-v4.txt --from Cloudflare=ips-v6.txt > proxies.txt",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			lists := map[string][]netip.Prefix{}
			for _, pair := range from {
				name, file, ok := strings.Cut(pair, "=")
				if !ok || name == "" || strings.ContainsAny(name, " \t#") {
					return triage.Errorf(triage.Invalid, "--from %s: write NAME=FILE, such as Fastly=public-ip-list.json", pair)
				}
				data, err := os.ReadFile(file)
				if err != nil {
					return triage.Errorf(triage.Invalid, "%s cannot be read: %v", file, err)
				}
				ranges, err := check.ReadRanges(data)
				if err != nil {
					return triage.Errorf(triage.Invalid, "%s is no list of address ranges: %v", file, err)
				}
				lists[name] = append(lists[name], ranges...)
			}
			_, err := fmt.Fprint(p.stdout, check.RefreshProxies(time.Now().UTC().Format(time.DateOnly), lists))
			return err
		},
	}
	c.Flags().StringArrayVar(&from, "from", nil, "a proxy's name and the file of its published list; may be repeated")
	_ = c.MarkFlagRequired("from") // the flag exists
	return c
}
