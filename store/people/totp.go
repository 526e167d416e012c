package people

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// One-time codes (RFC 6238): 6 digits, SHA-1, a step of 30 seconds, which is
// what every authenticator app speaks. A code of the step before or after is
// good too, because clocks differ.
const (
	totpStep = 30 * time.Second
	totpSkew = 1
)

// NewTOTP returns a new secret, in base32.
func NewTOTP() (string, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Readback", AccountName: "readback", SecretSize: 20})
	if err != nil {
		return "", fmt.Errorf("a secret of one-time codes: %w", err)
	}
	return key.Secret(), nil
}

// TOTPImage returns the QR code of a secret as a PNG of 240 pixels a side, for
// an app to read: issuer is the desk's name, account the user's address.
func TOTPImage(secret, issuer, account string) ([]byte, error) {
	raw, err := hotpSecret(secret)
	if err != nil {
		return nil, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: strings.ReplaceAll(issuer, ":", " "), AccountName: account, Secret: raw})
	if err != nil {
		return nil, fmt.Errorf("the address of one-time codes: %w", err)
	}
	picture, err := key.Image(240, 240)
	if err != nil {
		return nil, fmt.Errorf("the picture of one-time codes: %w", err)
	}
	var b bytes.Buffer
	err = png.Encode(&b, picture)
	return b.Bytes(), err
}

// TOTPStepOf returns the step of time that a code is of, 0 for one that is not
// right now. A code is good once: take only a step above the last one used.
func TOTPStepOf(secret, code string, now time.Time) int64 {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	at, found := now.Unix()/int64(totpStep.Seconds()), int64(0)
	for step := at - totpSkew; step <= at+totpSkew; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// RecoveryCodes is how many codes stand in for a lost app, each once.
const RecoveryCodes = 10

// NewRecoveryCodes returns codes of 50 random bits, such as "k3xq2-n7pbd". Keep
// TokenHash of PlainCode of each.
func NewRecoveryCodes() []string {
	out := make([]string, RecoveryCodes)
	for i := range out {
		var b [7]byte
		rand.Read(b[:]) //nolint:errcheck // never fails
		code := tokenEncoding.EncodeToString(b[:])[:10]
		out[i] = code[:5] + "-" + code[5:]
	}
	return out
}

// PlainCode is a recovery code as it is hashed, however it was typed.
func PlainCode(code string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.ToLower(strings.TrimSpace(code)))
}

// hotpSecret decodes a secret of NewTOTP.
func hotpSecret(secret string) ([]byte, error) {
	raw, err := tokenEncoding.DecodeString(strings.ToLower(secret))
	if err != nil {
		return nil, fmt.Errorf("a secret of one-time codes: %w", err)
	}
	return raw, nil
}
