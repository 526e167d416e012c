package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"readback/channel/apps"
	"readback/triage"
)

func (p *program) deskAppCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "desk-app",
		Short: "Make the app that shows Readback's panel in Zendesk or Chatwoot",
		Long: `Make the app that shows Readback's panel in another desk.

NAME is the desk's name below desks in readback.yaml, --url where people reach Readback.
docs/channels.md has the steps around it.`,
	}
	c.AddCommand(p.zendeskAppCommand(), p.chatwootAppCommand())
	return c
}

func (p *program) zendeskAppCommand() *cobra.Command {
	var base, out string
	c := &cobra.Command{
		Use:   "zendesk NAME",
		Short: "Write the archive of the Zendesk sidebar app, to be uploaded there as a private app",
		Long: `Write the archive of the Zendesk sidebar app, to be uploaded there as a private app.

It holds the address of Readback and no secret: Zendesk signs each opening, and the public
key of the app, which Zendesk shows once it is uploaded, goes into readback.yaml.`,
		Example: `  readback desk-app zendesk support --url https://readback.shop.example --out readback-zendesk.zip`,
		Args:    cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&base, "url", "", "where people reach Readback, https://... (required)")
	c.Flags().StringVar(&out, "out", "readback-zendesk.zip", "the archive to write; must not be there yet")
	c.RunE = func(_ *cobra.Command, args []string) error {
		var archive bytes.Buffer
		if err := apps.Zendesk(&archive, args[0], base); err != nil {
			return err
		}
		f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return triage.Errorf(triage.Invalid, "The archive cannot be written: %w", err)
		}
		_, err = archive.WriteTo(f)
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, `%s is written. Next:
1. Zendesk: Admin Center, Apps and integrations, Zendesk Support apps, Upload private app.
2. Its public key, by an admin of Zendesk, with the number of the app (in its address there):
     curl -u YOU@shop.example/token:TOKEN https://SHOP.zendesk.com/api/v2/apps/NUMBER/public_key.pem
3. readback.yaml, below desks.%s, then restart Readback:
     app_key: |
       -----BEGIN PUBLIC KEY-----
       ...
`, out, args[0])
		return nil
	}
	return c
}

func (p *program) chatwootAppCommand() *cobra.Command {
	var base, secret string
	c := &cobra.Command{
		Use:   "chatwoot NAME",
		Short: "Print the address of the Chatwoot dashboard app, and its secret for the settings",
		Example: `  readback desk-app chatwoot chat --url https://readback.shop.example
  readback desk-app chatwoot chat --url https://readback.shop.example --secret "$(cat app-secret)"`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&base, "url", "", "where people reach Readback (required)")
	c.Flags().StringVar(&secret, "secret", "", "app_secret of the desk; without it a new one is made")
	c.RunE = func(_ *cobra.Command, args []string) error {
		made := secret == ""
		if made {
			var b [24]byte
			_, _ = rand.Read(b[:]) // it never fails
			secret = hex.EncodeToString(b[:])
		}
		address, err := apps.Chatwoot(args[0], base, secret)
		if err != nil {
			return err
		}
		if made {
			fmt.Fprintf(p.stdout, "readback.yaml, below desks.%s, then restart Readback:\n  app_secret: %s\n\nChatwoot: Settings, Integrations, Dashboard apps, Add; the address:\n", args[0], secret)
		}
		fmt.Fprintln(p.stdout, address)
		return nil
	}
	return c
}
