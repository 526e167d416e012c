package lab

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// serveHost runs a host's ports 80 and 443 on loopback.
func (l *Lab) serveHost(ctx context.Context, h host) (plain, secure string, err error) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.serveSite(h, w, r) })
	if plain, err = l.serveHTTP(ctx, handler, nil); err != nil {
		return "", "", err
	}
	conf := &tls.Config{
		MinVersion: tls.VersionTLS10,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			s, ok := h.Sites[strings.ToLower(hello.ServerName)]
			if !ok || s.Certificate == noCertificate {
				return nil, nil // the client gets the alert unrecognized_name
			}
			return l.certs.get(s, hello.ServerName)
		},
	}
	conf.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		old := conf.Clone()
		switch h.Sites[strings.ToLower(hello.ServerName)].Certificate {
		case oldVersion:
			old.MaxVersion = tls.VersionTLS11
		case weakCipher:
			old.MaxVersion, old.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}
		default:
			return nil, nil // conf itself
		}
		return old, nil
	}
	secure, err = l.serveHTTP(ctx, handler, conf)
	return plain, secure, err
}

func (l *Lab) serveHTTP(ctx context.Context, h http.Handler, conf *tls.Config) (string, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := ln.Addr().String()
	if conf != nil {
		ln = tls.NewListener(ln, conf)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	l.begin = append(l.begin, func() { l.running.Go(func() { _ = srv.Serve(ln) }) })
	l.closers = append(l.closers, srv.Close, ln.Close)
	return addr, nil
}

func (l *Lab) serveSite(h host, w http.ResponseWriter, r *http.Request) {
	name := strings.ToLower(r.Host)
	if bare, _, err := net.SplitHostPort(name); err == nil {
		name = bare
	}
	s, ok := h.Sites[name]
	if !ok {
		if s, ok = h.Sites["*"]; !ok {
			s = site{Status: http.StatusMisdirectedRequest, Body: "No site of that name here.\n"}
		}
	}
	if s.Forward != "" {
		l.forward(s.Forward, w, r)
		return
	}
	for k, v := range s.Headers {
		w.Header().Set(k, v)
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	if s.Status != 0 {
		w.WriteHeader(s.Status)
	}
	_, _ = io.WriteString(w, strings.ReplaceAll(s.Body, "{host}", name))
}

// forward passes the request on over HTTP with its Host unchanged.
func (l *Lab) forward(to string, w http.ResponseWriter, r *http.Request) {
	p := &httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.SetURL(&url.URL{Scheme: "http", Host: net.JoinHostPort(to, "80")})
			pr.Out.Host = pr.In.Host
		},
		Transport: &http.Transport{DialContext: l.dial, DisableKeepAlives: true},
		ModifyResponse: func(resp *http.Response) error {
			resp.Header.Set("Via", "1.1 edge")
			return nil
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
	p.ServeHTTP(w, r)
}
