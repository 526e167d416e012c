// Package triage holds the words of Readback: tickets, facts, briefs, claims,
// positions and routes, and the few interfaces that the stages of a triage
// need. It does no work of its own and imports no adapter: it never sees SQL,
// HTTP or a model.
//
// The way of a message through the stages is package triage/pipeline.
package triage
