//go:build unix

// Package spent tells how much processor time the process has used. Tests that
// bound the work of a call compare it and not the clock, so that a machine
// that is busy with other things fails none of them.
package spent

import (
	"syscall"
	"time"
)

// Time is the processor time of all threads so far, the system's for them
// included. Where it cannot be had it is the time of the clock.
func Time() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return time.Duration(time.Now().UnixNano())
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
