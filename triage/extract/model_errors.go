package extract

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"readback/triage"
)

// The codes of what can go wrong with a call to a model, as
// triage.ExtractorInfo.Failures lists them.
const (
	CodeTimeout          = "timeout"            // no whole answer within the time for one call
	CodeRateLimited      = "rate_limited"       // 429
	CodeServerError      = "server_error"       // 5xx
	CodeUnauthorized     = "unauthorized"       // 401, 403
	CodeQuota            = "quota"              // the account has nothing left to spend
	CodeNoModel          = "no_model"           // 404 or a redirect: no such model or path, or it is elsewhere
	CodeTooLong          = "too_long"           // more than the model's context holds
	CodeRejected         = "rejected"           // any other 4xx, such as for an unsupported format
	CodeConnection       = "connection"         // refused, reset, name not found
	CodeTLS              = "tls"                // certificate or handshake
	CodeWrongContentType = "wrong_content_type" // not JSON, such as a proxy's HTML page
	CodeTooLarge         = "too_large"          // over the limit for a response
	CodeEmpty            = "empty"              // no choices or no text
	CodeRefused          = "refused"            // the model or a content filter declined
	CodeTruncated        = "truncated"          // ends before the JSON does
	CodeBadJSON          = "bad_json"           // no JSON object in the answer
	CodeWrongSchema      = "wrong_schema"       // JSON of another shape
	CodeCircuitOpen      = "circuit_open"       // not called: it failed too often just now
	CodeBusy             = "busy"               // not called: its limits leave no room in time
	CodeBudget           = "budget"             // not called: the day's budget is spent
)

// Failure is the error of Model.Extract.
type Failure struct {
	Codes      []string      // of each failed call in order; never empty
	RetryAfter time.Duration // what the provider asked for; 0 = nothing
	Usage      triage.Usage  // what the failed calls cost
	Err        error         // an *Error of code Unavailable; holds neither key nor customer text
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// Code is the code of the last failed call.
func (f *Failure) Code() string { return f.Codes[len(f.Codes)-1] }

var (
	errTooLarge    = errors.New("the response is over the limit")
	errContentType = errors.New("the response is not JSON")
	errRedirect    = errors.New("the provider redirects")
)

// callError is one failed call.
type callError struct {
	code       string
	problem    string // a clause for the repair prompt and the log
	param      string // the request parameter a provider complains of
	retryAfter time.Duration
}

func (e *callError) Error() string { return e.code + ": " + e.problem }

func failed(code, format string, args ...any) *callError {
	return &callError{code: code, problem: fmt.Sprintf(format, args...)}
}

// classify gives an error of the HTTP client its code. ctx is that of the
// call. Bodies of responses are left out: they can be long and echo the request.
func classify(ctx context.Context, err error) *callError {
	var api *openai.APIError
	var request *openai.RequestError
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return failed(CodeTimeout, "no whole answer in time")
	case errors.Is(err, errTooLarge):
		return failed(CodeTooLarge, "%v", errTooLarge)
	case errors.Is(err, errContentType):
		return failed(CodeWrongContentType, "%v", err)
	case errors.As(err, &request): // it can hold an APIError that was not understood
		return failed(statusCode(request.HTTPStatusCode), "status %d", request.HTTPStatusCode)
	case errors.As(err, &api):
		return classifyAPI(api)
	case errors.As(err, &timeout) && timeout.Timeout():
		return failed(CodeTimeout, "no whole answer in time")
	case isTLS(err):
		return failed(CodeTLS, "%v", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return failed(CodeTruncated, "the response ends early")
	case errors.As(err, &syntax), errors.As(err, &shape):
		return failed(CodeBadJSON, "the response is no chat completion")
	}
	return failed(CodeConnection, "%v", err)
}

// classifyAPI reads an error of the API's own shape.
func classifyAPI(api *openai.APIError) *callError {
	e := failed(statusCode(api.HTTPStatusCode), "status %d: %s", api.HTTPStatusCode, clip(oneLine(api.Message), 200))
	word, _ := api.Code.(string)
	number, _ := api.Code.(int)
	param := ""
	if api.Param != nil {
		param = *api.Param
	}
	switch {
	case word == "content_filter":
		e.code = CodeRefused
	case word == "insufficient_quota":
		e.code = CodeQuota
	case word == "context_length_exceeded", // OpenAI, Azure
		api.Type == "exceed_context_size_error",                                      // llama.cpp
		param == "input_tokens", number == http.StatusBadRequest && isMaximum(param): // vLLM counts the answer too
		e.code = CodeTooLong
	case number == 0 && (word == "" || strings.HasPrefix(word, "unsupported_") || strings.HasPrefix(word, "unknown_")):
		e.param = param // it does not know the parameter; other codes complain of its value
	}
	return e
}

func isMaximum(param string) bool { return param == "max_tokens" || param == "max_completion_tokens" }

func statusCode(status int) string {
	switch {
	case status == http.StatusTooManyRequests:
		return CodeRateLimited
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return CodeUnauthorized
	case status == http.StatusNotFound || status < 400:
		return CodeNoModel
	case status == http.StatusRequestEntityTooLarge:
		return CodeTooLong
	case status == http.StatusRequestTimeout:
		return CodeTimeout
	case status >= 500:
		return CodeServerError
	}
	return CodeRejected
}

func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var op *net.OpError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) ||
		errors.As(err, &invalid) || errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch) ||
		// An alert of the peer, or ours to it: crypto/tls names the side in Op.
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}

// retryAfter reads the header of RFC 9110, 10.2.3: seconds or a date. 0 when
// there is none, at most an hour.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	var d time.Duration
	if seconds, err := strconv.ParseFloat(v, 64); err == nil {
		d = time.Duration(min(max(seconds, 0), 3600) * float64(time.Second))
	} else if at, err := http.ParseTime(v); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), time.Hour)
}
