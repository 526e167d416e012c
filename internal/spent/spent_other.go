//go:build !unix

package spent

import "time"

// Time is the time of the clock: this system is not asked for a process's own.
func Time() time.Duration { return time.Duration(time.Now().UnixNano()) }
