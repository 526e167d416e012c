package people

import (
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/secure/precis"

	"readback/triage"
)

// Parameters of new hashes: argon2id (RFC 9106) with 46 MiB, one pass, one
// lane, which is among those that OWASP's cheat sheet on password storage
// calls equal. A hash names its own parameters, so that they can grow.
const (
	argonMemory  = 46 << 10 // KiB
	argonTime    = 1
	argonThreads = 1
	argonSalt    = 16 // bytes
	argonKey     = 32 // bytes
)

// How long a password may be: characters at least, bytes at most.
const (
	MinPassword = 10
	maxPassword = 512
)

// hashing lets so many hashes be made at once: each takes argonMemory.
var hashing = make(chan struct{}, max(2, runtime.NumCPU()))

// Hash returns the argon2id hash of a password in PHC string format. It
// returns Invalid for a password that cannot be typed again the same.
func Hash(password string) (string, error) {
	password, err := prepared(password)
	if err != nil {
		return "", err
	}
	salt := make([]byte, argonSalt)
	rand.Read(salt) //nolint:errcheck // never fails
	key := derive(password, salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// noPassword is compared with where there is no hash, so that both take as long.
var noPassword = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
	base64.RawStdEncoding.EncodeToString(make([]byte, argonSalt)), base64.RawStdEncoding.EncodeToString(make([]byte, argonKey)))

// Matches reports whether a password is the one that was hashed. A hash that
// is "" or none matches nothing, in the same time.
func Matches(hash, password string) bool {
	password, err := prepared(password)
	fits := err == nil
	var version, memory, time, threads int
	var salt, key []byte
	if parts := strings.Split(hash, "$"); len(parts) == 6 && parts[1] == "argon2id" {
		_, e1 := fmt.Sscanf(parts[2], "v=%d", &version)
		_, e2 := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads)
		var e3, e4 error
		salt, e3 = base64.RawStdEncoding.DecodeString(parts[4])
		key, e4 = base64.RawStdEncoding.DecodeString(parts[5])
		fits = fits && e1 == nil && e2 == nil && e3 == nil && e4 == nil && version == argon2.Version &&
			memory > 0 && memory <= 1<<20 && time > 0 && time <= 16 && threads > 0 && threads <= 16 && len(key) >= 16 && len(key) <= 64
	} else {
		fits = false
	}
	if !fits {
		if hash != noPassword {
			Matches(noPassword, password)
		}
		return false
	}
	return subtle.ConstantTimeCompare(derive(password, salt, time, memory, threads, len(key)), key) == 1 && hash != noPassword
}

func derive(password string, salt []byte, time, memory, threads, size int) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, uint32(time), uint32(memory), uint8(threads), uint32(size))
}

// prepared makes a password as it is hashed (RFC 8265, OpaqueString): the same
// whichever keyboard typed its accents.
func prepared(password string) (string, error) {
	if len(password) > maxPassword {
		return "", triage.Errorf(triage.Invalid, "A password has at most %d bytes.", maxPassword)
	}
	out, err := precis.OpaqueString.String(password)
	if err != nil {
		return "", triage.Errorf(triage.Invalid, "The password has a character that cannot be typed, or nothing in it.")
	}
	return out, nil
}

// Weakness says why a password is not taken: the end of a code of the
// catalogue (web.password.), "" when it is good.
type Weakness string

// Why a password is not taken.
const (
	TooShort Weakness = "short"  // fewer than MinPassword characters
	Common   Weakness = "common" // among the first that anybody tries
	Personal Weakness = "personal"
	Unusable Weakness = "unusable" // too long, or with characters that cannot be typed
)

//go:embed common.txt
var commonList string

// common are words that people make passwords of, without what they add to them.
var common = func() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(commonList) {
		if word := strings.TrimSpace(line); word != "" && !strings.HasPrefix(word, "#") {
			out[word] = true
		}
	}
	return out
}()

// WeaknessOf looks for what makes a password easy to guess. about are words
// that those who know the user would try: name, email, the desk's name.
func WeaknessOf(password string, about ...string) Weakness {
	prep, err := prepared(password)
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return TooShort
	case err != nil:
		return Unusable
	}
	low := strings.ToLower(prep)
	core := bare(low)
	if few(low) || walk(low) || common[core] || common[low] || twice(core) || madeOf(core) {
		return Common
	}
	for _, text := range about {
		for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" @.-_+", r) }) {
			// What is left beside the word must stand by itself.
			if len(word) >= 4 && strings.Contains(low, word) && utf8.RuneCountInString(strings.ReplaceAll(low, word, "")) < MinPassword-2 {
				return Personal
			}
		}
	}
	return ""
}

// bare takes off what is put around a word and undoes the usual swaps: "P@ssw0rd2026!" is "password".
func bare(s string) string {
	s = strings.Trim(s, "0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
	return strings.NewReplacer("@", "a", "4", "a", "0", "o", "1", "i", "!", "i", "3", "e", "5", "s", "$", "s", "7", "t", " ", "", "-", "", "_", "", ".", "").Replace(s)
}

// few reports fewer than five different characters.
func few(s string) bool {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) < 5
}

// rows are neighbours on keyboards, and in the alphabet and numbers.
var rows = []string{"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm",
	"qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p"}

// walk reports a password that is mostly walks of four and more along a row.
func walk(s string) bool {
	covered := make([]bool, len(s))
	for _, row := range rows {
		for _, way := range []string{row, reversed(row)} {
			for i := 0; i+4 <= len(s); i++ {
				if strings.Contains(way, s[i:i+4]) {
					for j := i; j < i+4; j++ {
						covered[j] = true
					}
				}
			}
		}
	}
	n := 0
	for _, c := range covered {
		if c {
			n++
		}
	}
	return n > 0 && len(s)-n < 5
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// twice reports a common word, or anything shorter than six, said again and again.
func twice(s string) bool {
	for n := 1; n <= len(s)/2; n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s {
			return n < 6 || common[s[:n]]
		}
	}
	return false
}

// madeOf reports two common words put together.
func madeOf(s string) bool {
	for i := 3; i+3 <= len(s); i++ {
		if common[s[:i]] && common[s[i:]] {
			return true
		}
	}
	return false
}
