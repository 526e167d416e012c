package web

import (
	"time"

	"github.com/labstack/echo/v4"

	"readback/triage"
)

// Routes lists the routes, to compare them with the API's description.
func (s *Server) Routes() []*echo.Route { return s.echo.Routes() }

// ReadWidgetMessage reads the body of a widget's message.
func ReadWidgetMessage(contentType string, body []byte) (text string, files []triage.Attachment, err error) {
	m, err := readWidgetMessage(contentType, body)
	if err != nil {
		return "", nil, err
	}
	return m.Text, m.files, nil
}

// SetHeartbeat changes how often a stream is looked at, and returns what puts it back.
func SetHeartbeat(d time.Duration) (restore func()) {
	was := heartbeat
	heartbeat = d
	return func() { heartbeat = was }
}
