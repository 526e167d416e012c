FROM golang:1.26-trixie AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=1 go build -trimpath -buildvcs=false -tags sqlite_fts5 -o /out/readback ./cmd/readback
RUN mkdir /out/data

# SQLite is linked in through cgo, so the image needs the C library of the build.
FROM debian:trixie-slim
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/readback /usr/local/bin/
COPY --from=build --chown=65532:65532 /out/data /data

USER 65532:65532
VOLUME /data
EXPOSE 8080
# Inside the container every interface; the host publishes what it wants to.
ENV READBACK_ADDR=0.0.0.0:8080 READBACK_DATA=/data

# bash opens the connection itself: the image has no curl and needs none.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD \
    ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]

STOPSIGNAL SIGINT
ENTRYPOINT ["readback"]
CMD ["serve"]
