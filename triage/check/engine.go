package check

import (
	"context"
	"encoding/json"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"readback/knowledge"
	"readback/triage"
)

// Options tune an Engine. The zero value is right for production.
type Options struct {
	StepTimeout  time.Duration    // all checks of one step; default 5 s
	LeafTimeout  time.Duration    // one check; default 4.5 s, so that it can still explain itself
	QueryTimeout time.Duration    // one try of one DNS question, of two; default 1 s
	DialTimeout  time.Duration    // one TCP connection, TLS handshake or HTTP answer; default 2 s
	MaxAge       time.Duration    // how long a result holds at most; default 5 min
	Now          func() time.Time // default time.Now
	// Paused reports whether a check of a target (see Target) is not to be run
	// because somebody said that it is wrong; nil = none is.
	Paused func(ctx context.Context, check, target string) (bool, error)
}

func (o *Options) defaults() {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&o.StepTimeout, 5*time.Second)
	set(&o.LeafTimeout, 4500*time.Millisecond)
	set(&o.QueryTimeout, time.Second)
	set(&o.DialTimeout, 2*time.Second)
	set(&o.MaxAge, 5*time.Minute)
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Engine runs checks. It is safe for concurrent use.
type Engine struct {
	net     Network
	opt     Options
	proxies *proxyTable
	look    *lookup
	results *cache[triage.CheckResult]
	targets *meter
	askers  *meter
}

// New returns an engine that looks through that network.
func New(network Network, opt Options) *Engine {
	opt.defaults()
	e := &Engine{net: network, opt: opt, proxies: newProxyTable(network.Proxies),
		results: newCache[triage.CheckResult](opt.Now), targets: newMeter(opt.Now, looksAtTarget), askers: newMeter(opt.Now, looksForAsker)}
	e.look = &lookup{ask: &client{net: network, try: opt.QueryTimeout}, unchecked: &client{net: network, try: opt.QueryTimeout, cd: true}, proxies: e.proxies, alone: network.Alone,
		nodes: newCache[*node](opt.Now), limit: opt.LeafTimeout, grace: opt.QueryTimeout / 2}
	return e
}

var _ triage.Checker = (*Engine)(nil)

// finding is what a check saw; the engine adds names and times.
type finding struct {
	outcome  triage.CheckOutcome
	state    string
	code     string
	expected string
	seen     string
	params   map[string]string // beyond name, expected and seen
	evidence []string
	ttl      uint32 // seconds for which it holds; 0 = not for long
}

// leaf is one kind of check.
type leaf struct {
	names []string // parameters that are domain names; all are required
	maybe []string // the same, which may be left out
	texts []string // other required parameters
	urls  []string // parameters that are web addresses; all are required
	other []string // other parameters, which may be left out
	run   func(e *Engine, ctx context.Context, params map[string]string, account *triage.Account) finding
	local bool // reads only the account: free, and never cached
	port  bool // in a lab, the first name may carry a port
}

// subject is what the sentence speaks of.
func (l leaf) subject(params map[string]string) string {
	if len(l.urls) > 0 {
		return shownURL(params[l.urls[0]])
	}
	return params[slices.Concat(l.names, l.texts)[0]]
}

var leaves = map[string]leaf{
	"account.field":   {texts: []string{"name", "equals"}, run: (*Engine).accountField, local: true},
	"dns.address":     {names: []string{"name"}, texts: []string{"addresses"}, run: (*Engine).dnsAddress},
	"dns.caa":         {names: []string{"name", "issuer"}, run: (*Engine).dnsCAA},
	"dns.cname":       {names: []string{"name", "target"}, other: []string{"record"}, run: (*Engine).dnsCNAME},
	"dns.mx":          {names: []string{"name"}, maybe: []string{"target"}, run: (*Engine).dnsMX},
	"dns.resolves":    {names: []string{"name"}, run: (*Engine).dnsResolves},
	"http.answers":    {urls: []string{"url"}, other: []string{"status"}, run: (*Engine).httpAnswers},
	"http.forwards":   {names: []string{"host", "to"}, run: (*Engine).httpForwards},
	"http.leads":      {urls: []string{"url", "to"}, run: (*Engine).httpLeads},
	"http.redirects":  {names: []string{"host"}, run: (*Engine).httpRedirects},
	"mail.dkim":       {names: []string{"domain"}, maybe: []string{"target"}, texts: []string{"selector"}, run: (*Engine).mailDKIM},
	"mail.dmarc":      {names: []string{"domain"}, run: (*Engine).mailDMARC},
	"mail.sender":     {texts: []string{"ip"}, other: []string{"sender", "helo"}, run: (*Engine).mailSender},
	"mail.spf":        {names: []string{"domain"}, maybe: []string{"include"}, run: (*Engine).mailSPF},
	"tls.certificate": {names: []string{"host"}, port: true, run: (*Engine).tlsCertificate},
}

// Check runs a step's check expression, its leaves at the same time and all of
// them within Options.StepTimeout. A step without a check is Unknown.
func (e *Engine) Check(ctx context.Context, run triage.CheckRun) triage.StepCheck {
	ctx, cancel := context.WithTimeout(since(ctx, run.After), e.opt.StepTimeout)
	defer cancel()
	return step(run, func(call knowledge.Check) triage.CheckResult { return e.bound(ctx, call, run) })
}

// step runs the leaves of a step's expression at the same time by one and puts
// their results together.
func step(run triage.CheckRun, one func(call knowledge.Check) triage.CheckResult) triage.StepCheck {
	calls := run.Step.Check.Leaves()
	out := triage.StepCheck{Step: run.Step.ID, Inputs: run.Inputs, Results: make([]triage.CheckResult, len(calls))}
	each(len(calls), func(i int) {
		r := one(calls[i])
		r.Matter, r.Procedure, r.Step = run.Matter, run.Procedure, run.Step.ID
		r.Inputs = maps.Clone(run.Inputs)
		out.Results[i] = r
	})
	rest := out.Results
	out.Outcome = fold(run.Step.Check, func() triage.CheckOutcome {
		first := rest[0].Outcome
		rest = rest[1:]
		return first
	})
	return out
}

// each does n things at the same time and returns when all are done.
func each(n int, do func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

func (e *Engine) bound(ctx context.Context, call knowledge.Check, run triage.CheckRun) triage.CheckResult {
	params, missing := call.Bind(run.Inputs)
	if missing != "" {
		return e.result(call.Name, params, finding{outcome: triage.Unknown, state: couldNotCheck,
			code: "check.input_missing", params: map[string]string{"input": missing}}, e.opt.Now(), 0)
	}
	if run.Asker != "" && !e.askers.take(run.Asker) {
		return e.tooOften(call.Name, params)
	}
	return e.Run(ctx, call.Name, params, run.Account)
}

func (e *Engine) tooOften(name string, params map[string]string) triage.CheckResult {
	return e.result(name, params, finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.too_often"}, e.opt.Now(), 0)
}

// Run runs one check by name. It never fails: a name or parameters that it
// does not know, and whatever it could not see, are Unknown.
func (e *Engine) Run(ctx context.Context, name string, params map[string]string, account *triage.Account) triage.CheckResult {
	l, known := leaves[name]
	if !known {
		return e.unusable(name, params, "check.not_known", name)
	}
	params, code, which := l.clean(params, e.net.Lab)
	if code != "" {
		return e.unusable(name, params, code, which)
	}
	if f, paused := e.paused(ctx, name, l, params); paused {
		return e.result(name, params, f, e.opt.Now(), 0)
	}
	if l.local {
		return e.perform(ctx, name, l, params, account)
	}
	key, _ := json.Marshal(params) // maps encode in the order of their keys
	r, err := e.results.do(ctx, name+string(key), e.opt.LeafTimeout, func(ctx context.Context) (triage.CheckResult, time.Time) {
		if !e.targets.take(l.subject(params)) {
			r := e.tooOften(name, params)
			return r, r.ExpiresAt
		}
		r := e.perform(ctx, name, l, params, nil)
		return r, r.ExpiresAt
	})
	if err != nil {
		r = e.result(name, params, finding{outcome: triage.Unknown, state: couldNotCheck, code: "check.timeout"}, e.opt.Now(), 0)
	}
	r.Params, r.CodeParams = maps.Clone(r.Params), maps.Clone(r.CodeParams)
	return r
}

// Target is what a check with those parameters looks at, as Options.Paused is
// asked for it; "" for what is no check or looks at nothing but the account.
func Target(check string, params map[string]string) string {
	l, known := leaves[check]
	if !known || l.local {
		return ""
	}
	params, code, _ := l.clean(params, true)
	if code != "" {
		return ""
	}
	return l.subject(params)
}

// paused returns the finding in place of a check that is not to be run.
func (e *Engine) paused(ctx context.Context, name string, l leaf, params map[string]string) (finding, bool) {
	if e.opt.Paused == nil || l.local {
		return finding{}, false
	}
	yes, err := e.opt.Paused(ctx, name, l.subject(params))
	f := finding{outcome: triage.Unknown, state: "paused", code: "check.paused"}
	if err != nil { // rather say nothing than what may be wrong
		f.state, f.code = couldNotCheck, "check.timeout"
	}
	return f, yes || err != nil
}

func (e *Engine) perform(ctx context.Context, name string, l leaf, params map[string]string, account *triage.Account) triage.CheckResult {
	at, began := e.opt.Now(), time.Now()
	f := l.run(e, ctx, params, account)
	return e.result(name, params, f, at, time.Since(began))
}

func (e *Engine) unusable(name string, params map[string]string, code, what string) triage.CheckResult {
	return e.result(name, maps.Clone(params), finding{outcome: triage.Unknown, state: couldNotCheck,
		code: code, params: map[string]string{"what": what}}, e.opt.Now(), 0)
}

// clean returns the parameters in the form in which they are compared and
// cached; code says what is wrong with the one named which.
func (l leaf) clean(params map[string]string, lab bool) (out map[string]string, code, which string) {
	out = make(map[string]string, len(params))
	maps.Copy(out, params)
	if delete(out, "port"); l.port && lab {
		if host, port, err := net.SplitHostPort(out[l.names[0]]); err == nil {
			out[l.names[0]], out["port"] = host, port
		}
	}
	for _, p := range l.texts {
		if out[p] == "" {
			return out, "check.param_missing", p
		}
	}
	for _, p := range slices.Concat(l.names, l.maybe) {
		switch {
		case out[p] == "" && slices.Contains(l.names, p):
			return out, "check.param_missing", p
		case out[p] == "":
			delete(out, p)
			continue
		}
		name, err := canonical(out[p])
		if err != nil {
			return out, "check.bad_name", out[p]
		}
		out[p] = name
	}
	for _, p := range l.urls {
		if out[p] == "" {
			return out, "check.param_missing", p
		}
		given := out[p]
		if out[p] = canonicalURL(given); out[p] == "" {
			return out, "check.bad_url", shownURL(given)
		}
	}
	return out, "", ""
}

// Lives of results, within Options.MaxAge.
const (
	minLife     = 10 * time.Second // even when a TTL is shorter: nobody needs it fresher
	unknownLife = 15 * time.Second // a look that failed is worth another soon
)

// maxEvidence bounds the lines of one result: a chain of ten hops over eight
// servers each would say little more.
const maxEvidence = 80

// result puts a finding into the shape that is stored and shown.
func (e *Engine) result(check string, params map[string]string, f finding, at time.Time, took time.Duration) triage.CheckResult {
	life := unknownLife
	if f.outcome != triage.Unknown {
		life = max(minLife, time.Duration(f.ttl)*time.Second)
	}
	at = at.UTC()
	f.evidence = f.evidence[:min(len(f.evidence), maxEvidence)]
	r := triage.CheckResult{Check: check, Params: params, Outcome: f.outcome, State: f.state,
		Expected: f.expected, Seen: f.seen, Code: f.code, CodeParams: map[string]string{}, Evidence: f.evidence,
		ObservedAt: at, ExpiresAt: at.Add(min(life, e.opt.MaxAge)), TookMS: took.Milliseconds()}
	if r.Params == nil {
		r.Params = map[string]string{}
	}
	if r.Evidence == nil {
		r.Evidence = []string{}
	}
	if l, ok := leaves[check]; ok {
		r.CodeParams["name"] = l.subject(params)
	}
	r.CodeParams["expected"], r.CodeParams["seen"] = f.expected, f.seen
	maps.Copy(r.CodeParams, f.params)
	return r
}

// lagParams tells of a resolver that still gives an older answer.
func lagParams(n *node, proxies *proxyTable, params map[string]string) map[string]string {
	if params == nil {
		params = map[string]string{}
	}
	if seconds, ok := n.lag(proxies); ok {
		params["stale_seconds"] = strconv.FormatUint(uint64(seconds), 10)
		params["stale_seen"] = n.resolver.describe()
	}
	return params
}
