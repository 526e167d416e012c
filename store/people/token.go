package people

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

var tokenEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewToken returns a secret of 160 random bits behind a prefix that says what
// it is for, such as "rb_". Whoever keeps it keeps TokenHash of it only: no
// slow hash is needed for what nobody can guess.
func NewToken(prefix string) string {
	var b [20]byte
	rand.Read(b[:]) //nolint:errcheck // never fails
	return prefix + tokenEncoding.EncodeToString(b[:])
}

// TokenHash returns the SHA-256 of a token, in hex.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return hex.EncodeToString(sum[:])
}
