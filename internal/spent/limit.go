package spent

import "time"

// Limit is what a call that may take d may take in this build: the race
// detector makes code that compares many bytes ten to twenty times slower, which
// is no work of the call.
func Limit(d time.Duration) time.Duration { return d * slowdown }
