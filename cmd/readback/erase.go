package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"readback/store"
	"readback/triage"
)

func (p *program) eraseCommand() *cobra.Command {
	var data, by string
	var dryRun, yes, compact bool
	c := &cobra.Command{
		Use:   "erase CUSTOMER",
		Short: "Erase a customer's text, name and address for good",
		Long: `Erase a customer's text, name and address for good.

CUSTOMER is an email address, a customer id or an account id. An id and an address
that one verified message names are one customer; an account is everybody who named it.

Messages, raw originals, attachments' names, briefs and corrections lose all that is
the customer's; rows, ids, times and events stay, so that counts stay right. In a ticket
that others wrote in too, their words stay, with * over the customer's name, address and
lines. The database file is then rewritten, so that nothing is left in its free parts.
The service may run meanwhile. Backups made before still hold the customer.

Without --yes it shows what will go and asks for CUSTOMER once more, on a terminal.

Exit codes: 0 erased (or counted); 1 the database could not do it now; 2 nothing is stored
of the customer, not confirmed, or no database.`,
		Example: `  readback erase ann@shop.example --dry-run
  readback erase ann@shop.example --by lee
  readback erase acc-1001 --yes --data /var/lib/readback
  readback erase --compact`,
		Args: cobra.MaximumNArgs(1),
	}
	c.Flags().StringVar(&data, "data", "", "folder of the database (default data)")
	c.Flags().StringVar(&by, "by", "", "who does it, for the record")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only count what would go")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&compact, "compact", false, "only rewrite the database file, after an erasure that could not")
	c.Flags().BoolVar(&p.asJSON, "json", false, "one JSON object on standard output")
	c.RunE = func(c *cobra.Command, args []string) error {
		if (len(args) == 0) != compact {
			return triage.Errorf(triage.Invalid, "erase needs a customer, or --compact alone")
		}
		s, err := p.openStore(c.Context(), data)
		if err != nil {
			return err
		}
		defer s.Close()
		if compact {
			return s.Compact(c.Context())
		}
		return p.erase(c.Context(), s, args[0], by, dryRun, yes)
	}
	return c
}

func (p *program) erase(ctx context.Context, s *store.Store, customer, by string, dryRun, yes bool) error {
	if dryRun || !yes {
		e, err := s.CountErasure(ctx, customer)
		if err != nil {
			return err
		}
		if dryRun {
			return p.printErasure("would erase", e)
		}
		if !isTerminal(p.stdin) {
			return triage.Errorf(triage.Invalid, "erase cannot ask here; add --yes to erase, or --dry-run to see what would go")
		}
		if err := p.confirm(customer, e); err != nil {
			return err
		}
	}
	e, err := s.Erase(ctx, customer, by)
	if e == (store.Erasure{}) {
		return err
	}
	if perr := p.printErasure("erased", e); err == nil {
		err = perr
	}
	if err != nil {
		return triage.Errorf(triage.CodeOf(err), "the customer is erased, but old copies may be left in free parts of the file until readback erase --compact has run: %w", err)
	}
	return nil
}

// confirm shows what will go and reads the customer once more.
func (p *program) confirm(customer string, e store.Erasure) error {
	fmt.Fprintf(p.stderr, "This erases for good %s.\nType %s to go on: ", erasureText(e), customer)
	line, _ := bufio.NewReader(p.stdin).ReadString('\n')
	if strings.TrimSpace(line) != customer {
		return triage.Errorf(triage.Invalid, "not confirmed; nothing was erased")
	}
	return nil
}

func (p *program) printErasure(verb string, e store.Erasure) error {
	if !p.asJSON {
		_, err := fmt.Fprintf(p.stdout, "%s %s\n", verb, erasureText(e))
		return err
	}
	data, err := triage.JSON(&e)
	if err == nil {
		_, err = fmt.Fprintf(p.stdout, "%s\n", data)
	}
	return err
}

func erasureText(e store.Erasure) string {
	parts := []string{fmt.Sprintf("the text of %s in %s", plural(e.Messages, "message"), plural(e.Tickets+e.Shared, "ticket"))}
	for _, x := range []struct {
		n    int
		what string
	}{{e.Masked, "place in others' messages"}, {e.Raws, "raw original"}, {e.Briefs, "brief"}, {e.Corrections, "correction"}, {e.Unparsed, "unreadable arrival"}} {
		if x.n > 0 {
			parts = append(parts, plural(x.n, x.what))
		}
	}
	return strings.Join(parts, ", ")
}

// plural counts things whose first word takes the s: "2 places in others' messages".
func plural(n int, what string) string {
	if n != 1 {
		first, rest, found := strings.Cut(what, " in ")
		if what = first + "s"; found {
			what += " in " + rest
		}
	}
	return fmt.Sprintf("%d %s", n, what)
}

// isTerminal reports whether somebody can answer.
func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
