package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"readback/triage"
	"readback/triage/check"
)

// checkRequest asks for one check by name, or for all of a procedure.
type checkRequest struct {
	Check     string            `json:"check"`
	Params    map[string]string `json:"params"`
	Procedure string            `json:"procedure"`
	Inputs    map[string]string `json:"inputs"`
	AccountID string            `json:"account_id"` // for account.field; "" = none
	Language  string            `json:"language"`   // of the sentences; "" = English
}

// Looks by the API, all callers together: what we look at belongs to others.
const (
	checkRate  = 5 // a second
	checkBurst = 20
)

// apiCheck looks at once and answers with what it saw. 200 says that we
// looked, whatever the outcome.
func (s *Server) apiCheck(c echo.Context) error {
	if err := wantJSON(c.Request()); err != nil {
		return err
	}
	body, err := readBody(c, 64<<10)
	if err != nil {
		return err
	}
	var in checkRequest
	if err := json.Unmarshal(body, &in); err != nil {
		return triage.Errorf(triage.Invalid, "The body is no JSON object with check and params, or procedure and inputs: %v", err)
	}
	if (in.Check == "") == (in.Procedure == "") {
		return triage.Errorf(triage.Invalid, "Name a check with params, or a procedure with inputs.")
	}
	if s.Checker == nil || s.Accounts == nil {
		return triage.Errorf(triage.NotFound, "This desk looks at nothing by the API.")
	}
	if wait, ok := s.checks.take(s.Clock()); !ok {
		return &problem{status: http.StatusTooManyRequests, code: "rate_limited",
			message: "Too many checks at once. Wait a moment and ask again.", retryAfter: waitSeconds(wait)}
	}
	var account *triage.Account
	if in.AccountID != "" {
		if account, err = s.Accounts.Account(ctxOf(c), triage.Customer{AccountID: in.AccountID}); err != nil {
			return err
		}
	}
	report, err := s.look(ctxOf(c), in, account)
	if err != nil {
		return err
	}
	out, err := triage.JSON(&report)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, out)
}

func (s *Server) look(ctx context.Context, in checkRequest, account *triage.Account) (check.Report, error) {
	lang := in.Language
	if lang == "" {
		lang = "en"
	}
	if in.Procedure != "" {
		p := s.Workspace.Procedure(in.Procedure)
		if p == nil {
			return check.Report{}, triage.Errorf(triage.NotFound, "There is no procedure %q.", in.Procedure)
		}
		return s.Checker.ReportProcedure(ctx, p, in.Inputs, account, lang), nil
	}
	if !check.Known(in.Check) {
		return check.Report{}, triage.Errorf(triage.Invalid, "There is no check %q; there are %s.", in.Check, strings.Join(check.Names(), ", "))
	}
	return s.Checker.Report(ctx, in.Check, account, lang, check.Call{Name: in.Check, Params: in.Params}), nil
}
