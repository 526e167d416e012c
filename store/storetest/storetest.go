// Package storetest is the conformance suite of package store: the same cases
// for every engine, on a real database, with no branch on the dialect.
package storetest

import (
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"readback/store"
	"readback/triage"
)

// Database is one empty database that a case can open as often as it likes.
type Database struct {
	// Open opens the database; it fills in what of o says where it is.
	Open func(o store.Options) (*store.Store, error)
	// Exec runs one statement beside the store, to bring about what the store
	// itself never does.
	Exec func(query string) error
}

// Exercise runs every case, each on a database that fresh makes for it.
func Exercise(t *testing.T, fresh func(t *testing.T) Database) {
	for _, c := range []func(*testing.T, Database){
		ReceiveStores, ReceiveDeduplicates, ReceiveTogether, ReceiveSeveral, ReceiveAppends, ReceiveAppendsOnce, ReceiveReopens, ReceiveIdentity,
		ReceiveRefuses, ReceiveBacklog, KeepUnparsedStores, KeysStayApart, DeadContext,
		TextIsStorable, LongMessage, LongThread,
		ListPages, ListUnderChange, ListFilters, ListCounts, ListRefusesCursor,
		ListLanes, ListBothWays, ListWalksSoFar,
		SearchFinds, SearchFollows, SimilarFinds,
		ActsAndUndo, ActReroutes, ActsInPart, SnoozeEnds, NoAnswerTakenBack, TakeNextOnce, DealByTurns, AssigneeLeaves,
		ResultVersions, ResultConflict, ResultCovers, LeaseExcludes, SetStateSets, WatchTells,
		WorkTriages, WorkWaitsForChat, WorkChatFirst, WorkRetries, WorkAfterKill, WorkPrevious, WorkLongerThanLease,
		CorrectionsNewestWins, CorrectionsRefused, CorrectionsFollow, CorrectionTriages, Reread,
		MergeKeepsOrder, MergeRefuses, MergeInChain, SplitTakesOut, MoveRenumbersEvidence, MoveTriagesBoth,
		RedoReadsAgain, RedoAfterNewer, RedoAfterKill, SpendingAddsUp,
		EraseTakesOne, WorkAfterErase, RetainErases, WorkRetains,
		BurstIsRaised, BurstNearMisses, BurstOfWords, IncidentConfirmed, IncidentTakenBack, IncidentByHand, IncidentsOfTwoProcesses, EraseMasksIncident, WorkFindsBurst,
		PauseOnce, PauseRefuses, PauseErased,
		EventsAreKept, AcknowledgedOnce, PastTickets,
		UsersComeAndGo, AuditOnlyGrows, AttemptsWait,
		FilesAreKept, ReplyIsSent, ReplyTakenBack, ReplyAfterKill, ReplyToMerged,
		HandOverHolds, HandOverUndone, AutomaticOnce, ConfirmedResolves, SilenceCloses, ConfirmOvertaken, NotesStay, FindingsAreCounted,
		DeliveryRetries, DeliveryCutOff, DeliveryOnce, DeliveryByHand, EraseTakesOutgoing, EraseStopsHeld,
		MailFindsThread, MailJoins, MailOfMachines, TokenOnce, MailboxPositionKept, KeepUnparsedOnce,
		OutcomesAreTold, CalibrationFollows, ReviewIsBlindAndWhole, VersionsAreCompared,
		NewerSchemaRefused,
	} {
		name := runtime.FuncForPC(reflect.ValueOf(c).Pointer()).Name()
		t.Run(name[strings.LastIndexByte(name, '.')+1:], func(t *testing.T) {
			t.Parallel()
			c(t, fresh(t))
		})
	}
}

// clock is a clock that only a case moves.
type clock struct{ us atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.us.Store(time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC).UnixMicro())
	return c
}

func (c *clock) Now() time.Time         { return time.UnixMicro(c.us.Load()).UTC() }
func (c *clock) Add(d time.Duration)    { c.us.Add(d.Microseconds()) }
func (c *clock) options() store.Options { return store.Options{Clock: c.Now} }

// open opens db for one case, quietly.
func open(t *testing.T, db Database, o store.Options) *store.Store {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	s, err := db.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func message(text string) triage.Message {
	return triage.Message{Role: triage.RoleCustomer, Channel: triage.ChannelEmail, Identity: triage.IdentityClaimed, Text: text}
}

// inbound is one message of a conversation; key names the message.
func inbound(ticket, key string) store.Inbound {
	return store.Inbound{
		Source: "mail", TicketKey: ticket, MessageKey: key, Subject: "Links over HTTPS",
		Customer: triage.Customer{Email: "ann@shop.example"},
		Messages: []triage.Message{message("text of " + key)},
		Raw:      []byte("raw of " + key), RawType: "message/rfc822",
	}
}

func receive(t *testing.T, s *store.Store, in store.Inbound) store.Receipt {
	t.Helper()
	r, err := s.Receive(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func ticket(t *testing.T, s *store.Store, id string) triage.Ticket {
	t.Helper()
	got, err := s.Ticket(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// save stores a result for the ticket as it is now.
func save(t *testing.T, s *store.Store, id string, route triage.Route, flags ...triage.Flag) triage.Result {
	t.Helper()
	now := ticket(t, s, id)
	r := triage.Result{CoveredSeq: now.LastSeq, Route: route, Brief: triage.Brief{Flags: flags}}
	if err := s.TakeLease(t.Context(), id, "case", time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveResult(t.Context(), &now, &r, "case"); err != nil {
		t.Fatal(err)
	}
	return r
}

func wantCode(t *testing.T, err error, want triage.Code) {
	t.Helper()
	if got := triage.CodeOf(err); got != want {
		t.Errorf("got code %q (%v), want %q", got, err, want)
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %s, want %s", what, short(got), short(want))
	}
}

func short(v any) string {
	s := fmt.Sprintf("%+v", v)
	if len(s) > 400 {
		s = s[:400] + "..."
	}
	return s
}
