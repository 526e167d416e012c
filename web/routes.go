package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// endpoint is an address, who may use it, and what answers.
type endpoint struct {
	method, path string
	who          access
	do           echo.HandlerFunc
}

// routes opens every route of the service. None can be opened without saying
// who may use it; docs/people.md says what the roles are for, and access_test.go
// tries every route as everybody.
func (s *Server) routes(e *echo.Echo) {
	for _, r := range s.table() {
		e.Add(r.method, r.path, s.admit(r.who, r.do))
	}
}

// table lists every route.
func (s *Server) table() []endpoint {
	return []endpoint{
		{"GET", "/healthz", everyone, s.healthz},
		{"GET", "/static/:name", everyone, s.static},

		// Signed by the chat platform.
		{"POST", "/hooks/chat/:source", everyone, s.chatHook},
		{"POST", "/hooks/desk/:desk", everyone, s.deskHook}, // or by the desk

		// With a secret of the mail connection.
		{"POST", "/hooks/email/:name", everyone, s.mailHook},

		// For the pages of other sites that show the chat widget.
		{"GET", "/widget.js", everyone, s.widgetFile},
		{"GET", "/widget-demo", everyone, s.widgetDemo}, // such a page, in the demo
		{"OPTIONS", "/widget/:widget/*", everyone, s.crossOrigin(noAnswer)},
		{"POST", "/widget/:widget/session", everyone, s.crossOrigin(s.widgetSession)},
		{"GET", "/widget/:widget/stream", everyone, s.crossOrigin(s.widgetStream)},
		{"POST", "/widget/:widget/message", everyone, s.crossOrigin(s.widgetReceive)},
		{"GET", "/widget/:widget/file/:id", everyone, s.crossOrigin(s.widgetAttachment)},
		{"POST", "/widget/:widget/correct", everyone, s.crossOrigin(s.widgetCorrect)},
		{"POST", "/widget/:widget/undo", everyone, s.crossOrigin(s.widgetUndo)},
		{"POST", "/widget/:widget/email", everyone, s.crossOrigin(s.widgetEmail)},
		{"POST", "/widget/:widget/seen", everyone, s.crossOrigin(s.widgetSeen)},
		{"POST", "/widget/:widget/new", everyone, s.crossOrigin(s.widgetNew)},

		// In the frame of another desk, and for who is signed in.
		{"GET", "/panel/desk/:desk", everyone, s.panelFrame},
		{"POST", "/panel/desk/:desk", everyone, s.panelOpened}, // signed by the desk
		{"POST", "/panel/desk/:desk/open", visitors, s.panelOpen},
		{"GET", "/panel/tickets/:id", beside, s.panel},
		{"POST", "/panel/tickets/:id/guard", beside, s.panelGuard},
		{"POST", "/panel/tickets/:id/correct", correcting, s.correctForm},
		{"POST", "/panel/tickets/:id/corrections/:correction/undo", correcting, s.takeBackForm},
		{"POST", "/panel/tickets/:id/checks/wrong", correcting, s.pauseCheck},
		{"POST", "/panel/tickets/:id/look", correcting, s.lookAgain},

		// For everyone.
		{"GET", "/help", everyone, s.help},
		{"GET", "/help/*", everyone, s.chooseReader(s.helpPage)},
		{"POST", "/help/:id/check", visitors, s.helpCheck},
		{"POST", "/help/:id/ask", visitors, s.helpAsk},

		// In front of the desk.
		{"GET", "/sign-in", everyone, s.signInPage},
		{"POST", "/sign-in", visitors, s.signIn},
		{"GET", "/setup", everyone, s.setupPage},
		{"POST", "/setup", visitors, s.setup},
		{"POST", "/sign-out", themself, s.signOut},
		{"POST", "/demo/as", themself, s.demoAs},
		{"POST", "/me/away", themself, s.setAway},
		{"GET", "/sign-in/oidc", everyone, s.oidcGo},
		{"GET", "/sign-in/oidc/back", everyone, s.oidcBack},
		{"GET", "/sign-in/code", everyone, s.codePage},
		{"POST", "/sign-in/code", visitors, s.code},
		{"GET", "/welcome/:token", everyone, s.linkPage},
		{"POST", "/welcome/:token", visitors, s.link},

		// About oneself.
		{"GET", "/me", themself, s.me},
		{"POST", "/me", themself, s.meSave},
		{"POST", "/me/password", themself, s.mePassword},
		{"GET", "/me/codes.png", themself, s.mePicture},
		{"POST", "/me/codes/offer", themself, s.meOffer},
		{"POST", "/me/codes/start", themself, s.meStart},
		{"POST", "/me/codes/renew", themself, s.meRenew},
		{"POST", "/me/codes/stop", themself, s.meStop},
		{"POST", "/me/sessions/:id/end", themself, s.meEnd},

		// For admins.
		{"GET", "/people", governors, s.staff},
		{"POST", "/people", governors, s.invite},
		{"POST", "/people/:id/:do", governors, s.changeUser},
		{"GET", "/people/tokens", governors, s.tokens},
		{"POST", "/people/tokens", governors, s.addToken},
		{"POST", "/people/tokens/:id/revoke", governors, s.revokeToken},
		{"GET", "/audit", governors, s.audit},
		{"GET", "/audit/export", governors, s.auditExport},

		// For people.
		{"GET", "/", agents, s.home},
		{"GET", "/inbox", agents, s.inbox},
		{"POST", "/inbox/act", themself, s.actForm}, // an event on each ticket tells who
		{"POST", "/inbox/undo", themself, s.undoAct},
		{"POST", "/inbox/next", themself, s.takeNext},
		{"GET", "/commands", agents, s.commands},
		{"GET", "/design", agents, s.design},
		{"GET", "/tickets/:id", agents, s.ticket},
		{"POST", "/tickets/:id/typing", themself, s.typing},
		{"POST", "/tickets/:id/state", agents, s.setState},
		{"POST", "/tickets/:id/resolve", agents, s.resolveForm},
		{"POST", "/tickets/:id/confirm", agents, s.confirmForm},
		{"POST", "/tickets/:id/reply", agents, s.replyForm},
		{"POST", "/tickets/:id/replies/:reply/undo", agents, s.undoReply},
		{"POST", "/tickets/:id/notes", agents, s.noteForm},
		{"POST", "/tickets/:id/notes/:note/drop", agents, s.dropNote},
		{"GET", "/tickets/:id/handover", agents, s.handoverPage},
		{"POST", "/tickets/:id/handover", agents, s.handoverForm},
		{"POST", "/tickets/:id/handovers/:handover", agents, s.setHandover},
		{"POST", "/tickets/:id/correct", agents, s.correctForm},
		{"POST", "/tickets/:id/corrections/:correction/undo", agents, s.takeBackForm},
		{"GET", "/tickets/:id/move", agents, s.movePage},
		{"POST", "/tickets/:id/merge", agents, s.mergeForm},
		{"POST", "/tickets/:id/unmerge", agents, s.unmergeForm},
		{"POST", "/tickets/:id/apart", agents, s.apartForm},
		{"POST", "/tickets/:id/split", agents, s.splitForm},
		{"POST", "/tickets/:id/incident/in", agents, s.setPart(true)},
		{"POST", "/tickets/:id/incident/out", agents, s.setPart(false)},
		{"GET", "/incidents/:id", agents, s.incident},
		{"POST", "/incidents/:id/:do", leads, s.setIncident},
		{"POST", "/tickets/:id/look", agents, s.lookAgain},
		{"POST", "/tickets/:id/checks/wrong", agents, s.pauseCheck},
		{"GET", "/checks", agents, s.pauses},
		{"POST", "/checks/:id/resume", agents, s.resumeCheck},
		{"GET", "/connections", governors, s.connections},
		{"POST", "/connections/test", governors, s.testConnection},
		{"POST", "/connections/mode", governors, s.setDeskMode},
		{"GET", "/beside/:desk/:key", agents, s.beside},
		{"GET", "/analytics", leads, s.analytics},
		{"GET", "/analytics/tickets", leads, s.analyticsTickets},
		{"GET", "/analytics/export", leads, s.analyticsExport},
		{"GET", "/analytics/:section", leads, s.analyticsSection},
		{"GET", "/outbox", leads, s.outbox},
		{"POST", "/outbox/:id", leads, s.setDelivery},
		{"GET", "/confidence", leads, s.confidence},
		{"POST", "/confidence", leads, s.setConfidence},
		{"GET", "/review", leads, s.reviews},
		{"POST", "/review", leads, s.startReview},
		{"GET", "/review/:id", leads, s.review},
		{"POST", "/review/:id/mark", leads, s.markReview},
		{"POST", "/review/:id/:do", leads, s.setReview},
		{"GET", "/import", admins, s.importsPage},
		{"POST", "/import", admins, s.upload},
		{"POST", "/import/:do", admins, s.setImport},
		{"GET", "/circles", leads, s.circlesPage},
		{"POST", "/circles/read", leads, s.circlesRead},
		{"POST", "/circles/not", leads, s.notRepeat},
		{"GET", "/circles/page", leads, s.circlesPrint},
		{"GET", "/messages/:id/raw", agents, s.raw},
		{"GET", "/files/:id", agents, s.file},
		{"GET", "/events", agents, s.events},
		{"GET", "/changes", agents, s.changes},
		{"POST", "/changes/:id/read", themself, s.readChange},

		{"GET", "/knowledge", agents, s.knowledgeList},
		{"POST", "/knowledge/new", leads, s.newProcedure},
		{"GET", "/knowledge/lint", agents, s.lintPage},
		{"GET", "/knowledge/articles/:id", agents, s.articlePage},
		{"POST", "/knowledge/articles/:id/draft", leads, s.draftForm},
		{"GET", "/knowledge/:id/edit", agents, s.editPage},
		{"POST", "/knowledge/:id/edit", trying, s.editForm},
		{"POST", "/knowledge/:id/replay", trying, s.replay},
		{"POST", "/knowledge/:id/save", leads, s.saveForm},
		{"POST", "/knowledge/:id/restore", leads, s.restore},

		{"GET", "/suggestions", leads, s.suggestions},
		{"POST", "/suggestions/aside", leads, s.asideForm},
		{"GET", "/replay", leads, s.replayPage},
		{"POST", "/replay", leads, s.startReplay},
		{"POST", "/replay/saved", leads, s.bringReplay},
		{"GET", "/replay/:id", leads, s.replayRunPage},
		{"GET", "/replay/:id/report.json", leads, s.replayJSON},
		{"POST", "/replay/:id/:do", leads, s.setReplay},

		// For programs.
		{"GET", "/api/v1/openapi.json", everyone, s.openAPI},
		{"POST", "/api/v1/tickets", senders, s.apiCreate},
		{"POST", "/api/v1/tickets/:id/messages", senders, s.apiAppend},
		{"GET", "/api/v1/tickets", readers, s.apiList},
		{"POST", "/api/v1/tickets/act", writers, s.apiAct("")},
		{"POST", "/api/v1/tickets/next", writers, s.apiNext},
		{"POST", "/api/v1/tickets/undo/:token", writers, s.apiUndo},
		{"POST", "/api/v1/tickets/:id/assign", writers, s.apiAct("assign")},
		{"POST", "/api/v1/tickets/:id/snooze", writers, s.apiAct("snooze")},
		{"GET", "/api/v1/tickets/:id", readers, s.apiTicket},
		{"GET", "/api/v1/tickets/:id/corrections", readers, s.apiCorrections},
		{"POST", "/api/v1/tickets/:id/corrections", writers, s.apiCorrect},
		{"POST", "/api/v1/tickets/:id/corrections/:correction/undo", writers, s.apiTakeBack},
		{"POST", "/api/v1/tickets/:id/merge", writers, s.apiMerge},
		{"POST", "/api/v1/tickets/:id/unmerge", writers, s.apiUnmerge},
		{"POST", "/api/v1/tickets/:id/split", writers, s.apiSplit},
		{"GET", "/api/v1/incidents", readers, s.apiIncidents},
		{"GET", "/api/v1/incidents/:id", readers, s.apiIncident},
		{"POST", "/api/v1/incidents/:id/confirm", managers, s.apiSetIncident("confirm")},
		{"POST", "/api/v1/incidents/:id/dismiss", managers, s.apiSetIncident("dismiss")},
		{"POST", "/api/v1/incidents/:id/end", managers, s.apiSetIncident("end")},
		{"POST", "/api/v1/incidents/:id/undo", managers, s.apiSetIncident("undo")},
		{"PUT", "/api/v1/incidents/:id/tickets/:ticket", writers, s.apiLink(true)},
		{"DELETE", "/api/v1/incidents/:id/tickets/:ticket", writers, s.apiLink(false)},
		{"POST", "/api/v1/tickets/:id/retriage", writers, s.apiRetriage},
		{"POST", "/api/v1/tickets/:id/replies", writers, s.apiReply},
		{"POST", "/api/v1/tickets/:id/notes", writers, s.apiNote},
		{"POST", "/api/v1/tickets/:id/handover", writers, s.apiHandOver},
		{"POST", "/api/v1/tickets/:id/resolve", writers, s.apiResolve},
		{"POST", "/api/v1/tickets/:id/guard", readers, s.apiGuard},
		{"POST", "/api/v1/checks", senders, s.apiCheck},
		{"GET", "/api/v1/deliveries", readers, s.apiDeliveries},
		{"POST", "/api/v1/deliveries/:id/retry", managers, s.apiSetDelivery("retry")},
		{"POST", "/api/v1/deliveries/:id/settle", managers, s.apiSetDelivery("settle")},
		{"GET", "/api/v1/pauses", readers, s.apiPauses},
		{"POST", "/api/v1/pauses/:id/resume", writers, s.apiResume},
		{"POST", "/api/v1/tickets/:id/wrong-check", writers, s.apiWrong},
	}
}

func (s *Server) home(c echo.Context) error { return c.Redirect(http.StatusSeeOther, "/inbox") }

func (s *Server) healthz(c echo.Context) error {
	if err := s.Store.Ping(ctxOf(c)); err != nil {
		return err
	}
	health := map[string]string{"status": "ok", "workspace": s.Workspace.Hash}
	if fault := s.fault(); fault != "" {
		health["workspace_fault"] = fault // the version named is the last good one
	}
	return c.JSON(http.StatusOK, health)
}
