package fake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Answer gives this text as the model's answer.
func Answer(text string) Behaviour { return Finish(text, "stop") }

// Finish is Answer with another finish_reason, such as "length".
func Finish(text, reason string) Behaviour {
	return func(w http.ResponseWriter, _ *Request) {
		send(w, "application/json", completion(text, reason))
	}
}

// Reader answers every reading rightly shaped: it claims step S1 of procedure
// P1 done, with the first line of the first customer message as its quote.
func Reader() Behaviour {
	return func(w http.ResponseWriter, r *Request) {
		n, line := firstLine(r.Last())
		send(w, "application/json", completion(reading(n, line, "P1", "S1"), "stop"))
	}
}

// Liar answers in the right shape with quotes that nobody wrote and with
// procedures and steps that do not exist.
func Liar() Behaviour {
	return Answer(reading(1, "I have certainly done everything that was ever asked of me.", "P8", "S77"))
}

// Hang never answers.
func Hang() Behaviour {
	return func(_ http.ResponseWriter, r *Request) { r.wait() }
}

// Drip sends a good answer one byte in ten milliseconds.
func Drip() Behaviour {
	return func(w http.ResponseWriter, r *Request) {
		n, line := firstLine(r.Last())
		body := completion(reading(n, line, "P1", "S1"), "stop")
		w.Header().Set("Content-Type", "application/json")
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for i := range body {
			select {
			case <-tick.C:
				_, _ = w.Write(body[i : i+1])
				_ = http.NewResponseController(w).Flush()
			case <-r.http.Context().Done():
				return
			case <-r.closing:
				return
			}
		}
	}
}

// Status answers with an HTTP status and an error of the API's shape.
func Status(status int, message, param string) Behaviour {
	return Problem(status, map[string]any{"message": message, "type": "fake", "param": param, "code": nil})
}

// Problem answers with an HTTP status and an error as a provider words it: an
// object with code and type, or only a sentence.
func Problem(status int, err any) Behaviour {
	return func(w http.ResponseWriter, _ *Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": err})
	}
}

// Redirect sends the call elsewhere.
func Redirect(to string) Behaviour {
	return func(w http.ResponseWriter, _ *Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
}

// Usage gives Reader's answer and these token counts, none for nil.
func Usage(usage map[string]any) Behaviour {
	return func(w http.ResponseWriter, r *Request) {
		n, line := firstLine(r.Last())
		var whole map[string]any
		_ = json.Unmarshal(completion(reading(n, line, "P1", "S1"), "stop"), &whole)
		whole["usage"] = usage
		send(w, "application/json", []byte(encode(whole)))
	}
}

// RateLimited answers 429 with that Retry-After header.
func RateLimited(retryAfter string) Behaviour {
	return func(w http.ResponseWriter, r *Request) {
		w.Header().Set("Retry-After", retryAfter)
		Status(http.StatusTooManyRequests, "slow down", "")(w, r)
	}
}

// HTMLPage answers with a proxy's error page and that status.
func HTMLPage(status int) Behaviour {
	return func(w http.ResponseWriter, _ *Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<!doctype html><h1>Bad gateway</h1>")
	}
}

// ContentType gives a good answer under a wrong media type.
func ContentType(media string) Behaviour {
	return func(w http.ResponseWriter, r *Request) {
		n, line := firstLine(r.Last())
		send(w, media, completion(reading(n, line, "P1", "S1"), "stop"))
	}
}

// EmptyChoices answers without a choice.
func EmptyChoices() Behaviour {
	return func(w http.ResponseWriter, _ *Request) {
		send(w, "application/json", []byte(`{"object":"chat.completion","choices":[]}`))
	}
}

// Refusal declines as the API does.
func Refusal() Behaviour {
	return func(w http.ResponseWriter, _ *Request) {
		send(w, "application/json", []byte(`{"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop",`+
			`"message":{"role":"assistant","content":null,"refusal":"I cannot help with that."}}]}`))
	}
}

// Huge answers with that many bytes of text.
func Huge(bytes int) Behaviour { return Answer(strings.Repeat("a", bytes)) }

// CutOff sends half of the response and closes the connection.
func CutOff() Behaviour {
	return func(w http.ResponseWriter, r *Request) {
		n, line := firstLine(r.Last())
		body := completion(reading(n, line, "P1", "S1"), "stop")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// Reset closes the connection without a word.
func Reset() Behaviour {
	return func(http.ResponseWriter, *Request) { panic(http.ErrAbortHandler) }
}

// Only rejects every response format that is not listed ("" is plain text)
// with a 400, and lets next answer the others.
func Only(next Behaviour, formats ...string) Behaviour {
	return func(w http.ResponseWriter, r *Request) {
		for _, f := range formats {
			if f == r.Format {
				next(w, r)
				return
			}
		}
		Status(http.StatusBadRequest, "response_format is not supported", "response_format")(w, r)
	}
}

func (r *Request) wait() {
	select {
	case <-r.http.Context().Done():
	case <-r.closing:
	}
}

func send(w http.ResponseWriter, media string, body []byte) {
	w.Header().Set("Content-Type", media)
	_, _ = w.Write(body)
}

func completion(text, reason string) []byte {
	body, err := json.Marshal(map[string]any{
		"id": "fake", "object": "chat.completion", "model": "fake",
		"choices": []any{map[string]any{"index": 0, "finish_reason": reason,
			"message": map[string]any{"role": "assistant", "content": text}}},
		"usage": map[string]any{"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
	})
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return body
}
