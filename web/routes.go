package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// routes lists every route of the service.
func (s *Server) routes(e *echo.Echo) {
	e.GET("/healthz", s.healthz)
	e.GET("/static/:name", s.static)

	// Signed by the chat platform.
	e.POST("/hooks/chat/:source", s.chatHook)

	// For everyone.
	e.GET("/help", s.help)
	e.GET("/help/*", s.helpPage)
	e.POST("/help/:id/check", s.helpCheck, s.sameOrigin)
	e.POST("/help/:id/ask", s.helpAsk, s.sameOrigin)

	// For people.
	e.GET("/", s.home, s.signedIn)
	e.GET("/inbox", s.inbox, s.signedIn)
	e.GET("/tickets/:id", s.ticket, s.signedIn)
	e.POST("/tickets/:id/state", s.setState, s.sameOrigin, s.signedIn)
	e.POST("/tickets/:id/correct", s.correctForm, s.sameOrigin, s.signedIn)
	e.POST("/tickets/:id/corrections/:correction/undo", s.takeBackForm, s.sameOrigin, s.signedIn)
	e.GET("/tickets/:id/move", s.movePage, s.signedIn)
	e.POST("/tickets/:id/merge", s.mergeForm, s.sameOrigin, s.signedIn)
	e.POST("/tickets/:id/unmerge", s.unmergeForm, s.sameOrigin, s.signedIn)
	e.POST("/tickets/:id/split", s.splitForm, s.sameOrigin, s.signedIn)
	e.POST("/tickets/:id/incident/in", s.setPart(true), s.sameOrigin, s.signedIn)
	e.POST("/tickets/:id/incident/out", s.setPart(false), s.sameOrigin, s.signedIn)
	e.GET("/incidents/:id", s.incident, s.signedIn)
	e.POST("/incidents/:id/:do", s.setIncident, s.sameOrigin, s.signedIn)
	e.POST("/tickets/:id/look", s.lookAgain, s.sameOrigin, s.signedIn)
	e.POST("/tickets/:id/checks/wrong", s.pauseCheck, s.sameOrigin, s.signedIn)
	e.GET("/checks", s.pauses, s.signedIn)
	e.POST("/checks/:id/resume", s.resumeCheck, s.sameOrigin, s.signedIn)
	e.GET("/messages/:id/raw", s.raw, s.signedIn)
	e.GET("/events", s.events, s.signedIn)
	e.GET("/changes", s.changes, s.signedIn)
	e.POST("/changes/:id/read", s.readChange, s.sameOrigin, s.signedIn)

	// For programs.
	e.GET("/api/v1/openapi.json", s.openAPI)
	e.POST("/api/v1/tickets", s.apiCreate, s.bearer)
	e.POST("/api/v1/tickets/:id/messages", s.apiAppend, s.bearer)
	e.GET("/api/v1/tickets", s.apiList, s.bearer)
	e.GET("/api/v1/tickets/:id", s.apiTicket, s.bearer)
	e.GET("/api/v1/tickets/:id/corrections", s.apiCorrections, s.bearer)
	e.POST("/api/v1/tickets/:id/corrections", s.apiCorrect, s.bearer)
	e.POST("/api/v1/tickets/:id/corrections/:correction/undo", s.apiTakeBack, s.bearer)
	e.POST("/api/v1/tickets/:id/merge", s.apiMerge, s.bearer)
	e.POST("/api/v1/tickets/:id/unmerge", s.apiUnmerge, s.bearer)
	e.POST("/api/v1/tickets/:id/split", s.apiSplit, s.bearer)
	e.GET("/api/v1/incidents", s.apiIncidents, s.bearer)
	e.GET("/api/v1/incidents/:id", s.apiIncident, s.bearer)
	for _, do := range []string{"confirm", "dismiss", "end", "undo"} {
		e.POST("/api/v1/incidents/:id/"+do, s.apiSetIncident(do), s.bearer)
	}
	e.PUT("/api/v1/incidents/:id/tickets/:ticket", s.apiLink(true), s.bearer)
	e.DELETE("/api/v1/incidents/:id/tickets/:ticket", s.apiLink(false), s.bearer)
	e.POST("/api/v1/tickets/:id/guard", s.apiGuard, s.bearer)
	e.POST("/api/v1/tickets/:id/retriage", s.apiRetriage, s.bearer)
	e.POST("/api/v1/checks", s.apiCheck, s.bearer)
	e.GET("/api/v1/pauses", s.apiPauses, s.bearer)
	e.POST("/api/v1/pauses/:id/resume", s.apiResume, s.bearer)
	e.POST("/api/v1/tickets/:id/wrong-check", s.apiWrong, s.bearer)
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
