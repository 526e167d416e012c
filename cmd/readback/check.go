package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"readback/triage"
	"readback/triage/check"
)

// The exit codes of check.
const (
	exitDiffers = 1 // a check failed
	exitUnknown = 3 // a check could not tell
)

// checkFlags are what every kind of check takes.
type checkFlags struct {
	resolver string   // IP:port; "" = from the configuration
	roots    string   // PEM file of trusted authorities; "" = the system's
	at       string   // RFC 3339 time at which certificates are judged; "" = now
	account  string   // account id or owner's email, for account.field and inputs
	inputs   []string // input=value, of a procedure
}

func (p *program) checkCommand() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check",
		Short: "Look at a domain, an address or a whole procedure, and say what was seen",
		Long: `Look at a domain, an address or a whole procedure, and say what was seen.

docs/checks.md describes each check. With --lab the checks see the workspace's
lab network. Exit status: 0 pass, 1 fail, 2 unusable input, 3 could not tell.`,
		Example: `  readback check dns link.foxglove.example --target links.sendline.example --lab
  readback check tls link.fennel.example --lab
  readback check http https://hooks.parsley.example/in --lab
  readback check mail lavender.example --include spf.sendline.example --lab
  readback check spf lavender.example --ip 198.51.100.25 --sender news@lavender.example --helo mx.sendline.example --lab
  readback check dns.mx name=parsley.example target=mx.sendline.example --lab
  readback check dns www.example.com
  readback check recipe sendgrid-cdn name=link.example.com
  readback check procedure https-click-tracking --input link_domain=link.cardamom.example --lab`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			params, err := pairs(args[1:])
			if err != nil {
				return err
			}
			call := check.Call{Name: args[0], Params: params}
			if !check.Known(call.Name) {
				return triage.Errorf(triage.Invalid, "there is no check %q; there are dns, tls, http, mail, spf, recipe, procedure, %s",
					call.Name, strings.Join(check.Names(), ", "))
			}
			return p.checkCalls(c.Context(), f, call)
		},
	}
	c.AddCommand(p.checkDNS(&f), p.checkTLS(&f), p.checkHTTP(&f), p.checkMail(&f), p.checkSPF(&f), p.checkRecipe(&f), p.checkProcedure(&f), p.checkProxies())
	flags := c.PersistentFlags()
	flags.BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	flags.BoolVar(&p.lab, "lab", false, "look at the workspace's own lab network on loopback")
	flags.StringVar(&f.resolver, "resolver", "", "recursive DNS server, IP:port; with --lab the lab is the one behind it, on loopback")
	flags.StringVar(&f.roots, "roots", "", "PEM file of the certificate authorities to trust (default: the system's)")
	flags.StringVar(&f.at, "at-time", "", "judge certificates as of this time, such as 2026-11-22T14:02:00Z")
	flags.StringVar(&f.account, "account", "", "id of the account that account.field and inputs are read from")
	return c
}

// pairs reads parameters as name=value.
func pairs(args []string) (map[string]string, error) {
	params := map[string]string{}
	for _, arg := range args {
		k, v, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, triage.Errorf(triage.Invalid, "%q is no parameter; write name=value", arg)
		}
		params[k] = v
	}
	return params, nil
}

func (p *program) checkDNS(f *checkFlags) *cobra.Command {
	var target, addresses, mx string
	c := &cobra.Command{
		Use:   "dns NAME",
		Short: "Where a name leads, or its mail",
		Example: `  readback check dns link.cardamom.example --lab
  readback check dns link.cardamom.example --target links.sendline.example --lab`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			call := check.Call{Name: "dns.resolves", Params: map[string]string{"name": args[0]}}
			switch {
			case mx != "":
				call.Name, call.Params["target"] = "dns.mx", mx
			case addresses != "":
				call.Name, call.Params["addresses"] = "dns.address", addresses
			case target != "":
				call.Name, call.Params["target"] = "dns.cname", target
			}
			return p.checkCalls(c.Context(), *f, call)
		},
	}
	c.Flags().StringVar(&target, "target", "", "the name it should lead to (default: any address)")
	c.Flags().StringVar(&addresses, "addresses", "", "the addresses and ranges it may have, with commas between")
	c.Flags().StringVar(&mx, "mx", "", "the server that its mail should go to")
	c.MarkFlagsMutuallyExclusive("target", "addresses", "mx")
	return c
}

func (p *program) checkTLS(f *checkFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "tls HOST",
		Short:   "The certificate that a host serves",
		Example: "  readback check tls link.fennel.example --lab",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.checkCalls(c.Context(), *f, check.Call{Name: "tls.certificate", Params: map[string]string{"host": args[0]}})
		},
	}
}

func (p *program) checkHTTP(f *checkFlags) *cobra.Command {
	var status, to, leads string
	c := &cobra.Command{
		Use:   "http URL",
		Short: "Whether an address answers, leads to another, or passes requests on to a platform",
		Example: `  readback check http https://hooks.parsley.example/in --lab
  readback check http link.elder.example --to links.sendline.example --lab`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if leads != "" {
				return p.checkCalls(c.Context(), *f, check.Call{Name: "http.leads", Params: map[string]string{"url": args[0], "to": leads}})
			}
			if to == "" {
				return p.checkCalls(c.Context(), *f, check.Call{Name: "http.answers", Params: map[string]string{"url": args[0], "status": status}})
			}
			host := strings.TrimPrefix(strings.TrimPrefix(args[0], "http://"), "https://")
			host, _, _ = strings.Cut(host, "/")
			return p.checkCalls(c.Context(), *f, check.Call{Name: "http.forwards", Params: map[string]string{"host": host, "to": to}})
		},
	}
	c.Flags().StringVar(&status, "status", "", "the status to see (default: any 2xx)")
	c.Flags().StringVar(&to, "to", "", "the platform's name that requests for the host should arrive at")
	c.Flags().StringVar(&leads, "leads", "", "the address that it should lead to over its redirects, such as a tracked link's destination")
	c.MarkFlagsMutuallyExclusive("status", "to", "leads")
	return c
}

func (p *program) checkMail(f *checkFlags) *cobra.Command {
	var include, target, mx string
	var selectors []string
	c := &cobra.Command{
		Use:   "mail DOMAIN",
		Short: "SPF, DKIM, DMARC and MX of a domain",
		Long: `SPF, DKIM, DMARC and MX of a domain. SPF and DMARC are always looked at, the DKIM
keys of the selectors that are given, and MX when it should lead to --mx or when
nothing else is asked.`,
		Example: `  readback check mail mallow.example --lab
  readback check mail mallow.example --include spf.sendline.example --selector s1,s2 --dkim-target dkim.sendline.example --lab`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			domain := args[0]
			if target != "" && len(selectors) == 0 {
				return triage.Errorf(triage.Invalid, "which key should lead to %s? Give --selector too", target)
			}
			calls := []check.Call{{Name: "mail.spf", Params: map[string]string{"domain": domain, "include": include}}}
			for _, s := range selectors {
				calls = append(calls, check.Call{Name: "mail.dkim", Params: map[string]string{"domain": domain, "selector": s, "target": target}})
			}
			calls = append(calls, check.Call{Name: "mail.dmarc", Params: map[string]string{"domain": domain}})
			if mx != "" || include == "" && len(selectors) == 0 {
				calls = append(calls, check.Call{Name: "dns.mx", Params: map[string]string{"name": domain, "target": mx}})
			}
			return p.checkCalls(c.Context(), *f, calls...)
		},
	}
	c.Flags().StringVar(&include, "include", "", "the name that the SPF record should include (default: any that is sound)")
	c.Flags().StringSliceVar(&selectors, "selector", nil, "DKIM selectors, with commas between")
	c.Flags().StringVar(&target, "dkim-target", "", "the name that SELECTOR._domainkey should lead to, without the selector (default: a key of its own will do)")
	c.Flags().StringVar(&mx, "mx", "", "the server that the domain's mail should go to")
	return c
}

func (p *program) checkSPF(f *checkFlags) *cobra.Command {
	var ip, sender, helo string
	c := &cobra.Command{
		Use:   "spf DOMAIN --ip ADDRESS",
		Short: "Whether SPF lets a machine send mail for a domain (check_host of RFC 7208)",
		Long: `Whether SPF lets a machine send mail for a domain: check_host of RFC 7208. The
state is its result: none, neutral, pass, fail, softfail, temperror or permerror.

DOMAIN is the sender's, or without --sender that of the greeting.`,
		Example: "  readback check spf lavender.example --ip 198.51.100.25 --sender news@lavender.example --helo mx.sendline.example --lab",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			domain := args[0]
			switch _, of, ok := strings.Cut(sender, "@"); {
			case ok && !strings.EqualFold(of, domain):
				return triage.Errorf(triage.Invalid, "%q is no sender of %s", sender, domain)
			case sender == "" && !strings.EqualFold(helo, domain):
				sender = "postmaster@" + domain
			case sender != "" && !ok:
				sender += "@" + domain
			}
			return p.checkCalls(c.Context(), *f, check.Call{Name: "mail.sender", Params: map[string]string{"ip": ip, "sender": sender, "helo": helo}})
		},
	}
	c.Flags().StringVar(&ip, "ip", "", "the machine that sends")
	c.Flags().StringVar(&sender, "sender", "", "the address in MAIL FROM (default: postmaster of the domain)")
	c.Flags().StringVar(&helo, "helo", "", "the name in its greeting, HELO or EHLO")
	_ = c.MarkFlagRequired("ip") // the flag exists
	return c
}

// checkCalls runs checks and reports them, several together as mail's.
func (p *program) checkCalls(ctx context.Context, f checkFlags, calls ...check.Call) error {
	d, err := p.checkDesk(ctx, f)
	if err != nil {
		return err
	}
	defer d.close()
	account, err := d.checkAccount(ctx, f)
	if err != nil {
		return err
	}
	return p.reportCheck(d.checker.Report(ctx, "mail", account, "en", calls...))
}

// checkDesk opens the desk and points its checks where the flags say.
func (p *program) checkDesk(ctx context.Context, f checkFlags) (*desk, error) {
	cfg, err := loadConfig(p.config, p.env)
	if err != nil {
		return nil, err
	}
	opt := check.Options{}
	if f.at != "" {
		at, err := time.Parse(time.RFC3339, f.at)
		if err != nil {
			return nil, triage.Errorf(triage.Invalid, "--at-time %q is no time; write 2026-11-22T14:02:00Z", f.at)
		}
		opt.Now = func() time.Time { return at }
	}
	d, err := p.openDesk(ctx, cfg, p.logger(slog.LevelWarn))
	if err != nil {
		return nil, err
	}
	network := d.looksAt
	if f.resolver != "" {
		through := check.Internet
		if p.lab {
			through = check.Loopback
		}
		if network, err = through(f.resolver); err != nil {
			d.close()
			return nil, triage.Errorf(triage.Invalid, "%v", err)
		}
	}
	if f.roots != "" {
		pem, err := os.ReadFile(f.roots)
		network.Roots = x509.NewCertPool()
		if err != nil || !network.Roots.AppendCertsFromPEM(pem) {
			d.close()
			return nil, triage.Errorf(triage.Invalid, "--roots %s holds no certificate in PEM form that can be read", f.roots)
		}
	}
	d.checker = check.New(network, opt)
	return d, nil
}

// checkAccount looks the account of the flags up; nil when none is named.
func (d *desk) checkAccount(ctx context.Context, f checkFlags) (*triage.Account, error) {
	if f.account == "" {
		return nil, nil
	}
	return d.pipeline.Accounts.Account(ctx, triage.Customer{AccountID: f.account})
}

// reportCheck prints the report and sets the exit status by its outcome.
func (p *program) reportCheck(o check.Report) error {
	switch o.Outcome {
	case triage.Fail:
		p.exit = exitDiffers
	case triage.Unknown:
		p.exit = exitUnknown
	}
	if p.asJSON {
		data, err := triage.JSON(&o)
		if err != nil {
			return triage.Errorf(triage.Internal, "the result cannot be written: %w", err)
		}
		_, err = fmt.Fprintf(p.stdout, "%s\n", data)
		return err
	}
	list := o.Checks
	if list == nil {
		list = []check.Report{o}
	}
	for i, c := range list {
		if i > 0 {
			fmt.Fprintln(p.stdout)
		}
		printCheck(p.stdout, c)
	}
	if len(list) > 1 {
		fmt.Fprintf(p.stdout, "\nTogether: %s\n", o.Outcome)
	}
	if p.lab {
		fmt.Fprintln(p.stdout, "\nThis is what the lab network showed, not the internet.")
	}
	return nil
}

func printCheck(w io.Writer, o check.Report) {
	fmt.Fprintf(w, "%-8s%s (%s)\n", o.Outcome, o.Check, cmp.Or(o.State, string(o.Outcome)))
	if o.Step != "" {
		fmt.Fprintf(w, "        step %s\n", o.Step)
	}
	fmt.Fprintf(w, "        %s\n", oneLine(o.Text))
	for _, line := range o.Evidence {
		fmt.Fprintf(w, "        . %s\n", oneLine(line))
	}
}
