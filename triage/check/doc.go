// Package check looks at what customers say they have set up, as a careful
// engineer would with dig, openssl and curl: where a name and its mail lead,
// which certificate it serves, whether a proxy forwards and an address answers,
// who may send and sign, what the account says.
//
// A check never fails for what it could not see: a time-out, SERVFAIL, a
// refused connection or a lame server is Unknown. The zone's own servers win
// over a resolver that may still hold an old record. Every connection goes
// through the Network it was given; Internet is the safe one.
//
// docs/checks.md describes each check with its parameters and states.
package check
