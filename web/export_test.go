package web

import "github.com/labstack/echo/v4"

// Routes lists the routes, to compare them with the API's description.
func (s *Server) Routes() []*echo.Route { return s.echo.Routes() }
