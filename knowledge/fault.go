package knowledge

import (
	"fmt"
	"strings"
)

// Fault is what keeps a file of the workspace from being used, and where.
type Fault struct {
	Rule    string // what kind of fault, one of the Rule constants
	File    string // path inside the workspace
	Line    int    // from 1; 0 when the file as a whole is meant
	Column  int    // in characters, from 1
	Message string
}

// The rules whose breach keeps a workspace from loading. Package lint has the
// ones that do not.
const (
	RuleFormat     = "format"             // not readable, an unknown key, a value of the wrong form
	RuleCapability = "unknown-capability" // a step needs what no tier can do
	RuleInput      = "unknown-input"      // a {placeholder} that is no input of the procedure
	RuleCycle      = "cycle"              // prerequisites that need each other
	RuleReference  = "unknown-reference"  // a step, procedure or tier that does not exist
)

// Error is file:line:column: message.
func (f Fault) Error() string {
	if f.Line == 0 {
		return f.File + ": " + f.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
}

// Faults are all that is wrong with a workspace, in the order of its files.
type Faults []Fault

// Error has one line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].Error()
	}
	return strings.Join(lines, "\n")
}
