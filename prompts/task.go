package prompts

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"strings"
	"sync"
	"text/template"
)

//go:embed tasks
var taskFiles embed.FS

// Task is one version of a prompt that works on pages: of the knowledge, or of
// what is known of a ticket. A
// released version never changes: the next one gets a folder of its own.
type Task struct {
	Name    string          // such as "draft"
	Version string          // such as "v1"
	Hash    string          // SHA-256 over the version's files in order of name, first 12 hex digits
	Schema  json.RawMessage // of the answer; in the strict subset of the OpenAI API

	system, format string
	user, repair   *template.Template
}

// Pages are what such a prompt works on.
type Pages struct {
	Platform     string // name of the vendor, "" when unknown
	Language     string // to write in, a code of BCP 47; "" = that of the pages
	Checks       []string
	Capabilities []string
	Pages        []Page
	Fence        string // marks where a page begins and ends; none of them may contain it
}

// Page is one of them.
type Page struct {
	N           int // from 1
	Title, Text string
}

// Draft is the prompt that proposes a procedure from articles.
var Draft = sync.OnceValue(func() *Task { return loadTask("draft", "v1") })

// Disagree is the prompt that finds passages that cannot both be right.
var Disagree = sync.OnceValue(func() *Task { return loadTask("disagree", "v1") })

// Answer is the prompt that drafts an answer to a customer.
var Answer = sync.OnceValue(func() *Task { return loadTask("answer", "v1") })

// Guard is the prompt that finds what an answer repeats of what was said before.
var Guard = sync.OnceValue(func() *Task { return loadTask("guard", "v1") })

// ID names prompt, version and hash: "draft v1 0f3c...".
func (t *Task) ID() string { return t.Name + " " + t.Version + " " + t.Hash }

// Turns renders a request: the rules, the schema if withSchema asks for it in
// words, and the pages.
func (t *Task) Turns(p Pages, withSchema bool) ([]Turn, error) {
	system := t.system
	if withSchema {
		system += t.format + string(t.Schema)
	}
	var b strings.Builder
	if err := t.user.Execute(&b, p); err != nil {
		return nil, err
	}
	return []Turn{{"system", system}, {"user", b.String()}}, nil
}

// Repair renders the request to send an unusable answer again. problem is a
// clause such as "it is no JSON object".
func (t *Task) Repair(problem string) string {
	var b strings.Builder
	_ = t.repair.Execute(&b, problem) // one text into another
	return b.String()
}

// loadTask reads a version. It is compiled in; a test reads them all.
func loadTask(name, version string) *Task {
	t := &Task{Name: name, Version: version}
	sum := sha256.New()
	read := func(file string) string {
		data, err := fs.ReadFile(taskFiles, "tasks/"+name+"/"+version+"/"+file)
		if err != nil {
			panic(err)
		}
		sum.Write([]byte(file + "\x00"))
		sum.Write(data)
		return string(data)
	}
	parse := func(file string) *template.Template {
		return template.Must(template.New(file).Funcs(template.FuncMap{"join": func(list []string) string { return strings.Join(list, ", ") }}).Parse(strings.TrimSpace(read(file))))
	}
	t.format, t.repair = read("format.md"), parse("repair.md")
	t.Schema, t.system, t.user = json.RawMessage(read("schema.json")), strings.TrimSpace(read("system.md"))+"\n", parse("user.md")
	t.Hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return t
}
