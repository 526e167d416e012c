package triage

import (
	"errors"
	"fmt"
)

// Code classifies an error so that callers can decide without reading its text.
type Code string

// The codes that the packages of this module return.
const (
	Invalid      Code = "invalid"      // the input cannot be used; the message says why
	NotFound     Code = "not_found"    // no such ticket, brief, procedure
	Conflict     Code = "conflict"     // somebody else wrote first; read again
	Unauthorized Code = "unauthorized" // no or wrong credentials
	TooLarge     Code = "too_large"    // over a stated limit
	Unavailable  Code = "unavailable"  // a dependency or a limit refuses for now; try again later
	Internal     Code = "internal"     // a fault of ours
)

// Error is the module's one error type: a code for programs, a plain sentence
// for people, and the cause for the log.
type Error struct {
	Code    Code
	Message string // one sentence a user may see; never holds secrets or driver text
	Err     error  // the cause, may be nil
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an *Error of that code. A %w verb sets its cause.
func Errorf(code Code, format string, args ...any) error {
	wrapped := fmt.Errorf(format, args...)
	e := &Error{Code: code, Message: wrapped.Error()}
	if cause := errors.Unwrap(wrapped); cause != nil {
		e.Err = cause
		// The sentence stands without the cause, which only the log needs.
		if n := len(e.Message) - len(cause.Error()); n > 0 && e.Message[n:] == cause.Error() {
			e.Message = trimColon(e.Message[:n])
		}
	}
	return e
}

func trimColon(s string) string {
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == ':') {
		s = s[:len(s)-1]
	}
	return s
}

// CodeOf returns the code of the first *Error in err's chain, Internal for any
// other error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// MessageOf returns the sentence of err that a user may see.
func MessageOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "Something went wrong on our side; it is in the log."
}
