# Needs Go and a C compiler, nothing else. `make help` lists the targets.

TAGS     := sqlite_fts5
ADDR     ?= 127.0.0.1:8080
FUZZTIME ?= 5s

.DEFAULT_GOAL := help
.PHONY: help demo build test lint fmt bench fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## run the example desk on ADDR (default 127.0.0.1:8080)
	@exec bin/readback demo --addr $(ADDR)

build: ## build bin/readback
	go build -tags $(TAGS) -o bin/readback ./cmd/readback

# The two packages whose tests take longest begin first, side by side.
test: lint ## lint, then every test under the race detector
	go test -race -timeout 25m -tags $(TAGS) ./web ./cmd/readback ./...

# vet and staticcheck load the packages as the race-enabled tests build them,
# so that SQLite's C code, the longest part by far, is compiled once and not twice.
lint: ## formatting, go vet, staticcheck
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not gofmt-ed (make fmt does it):"; echo "$$unformatted"; exit 1; }
	go vet -race -tags $(TAGS) ./...
	GOFLAGS="$$(go env GOFLAGS) -race" "$$(go tool -n staticcheck)" -tags $(TAGS) ./...

fmt: ## format the Go code
	gofmt -w .

bench: ## run the benchmarks
	go test -tags $(TAGS) -run '^$$' -bench . -benchmem ./...

fuzz: ## run each fuzz target for FUZZTIME (default 5s)
	@go test -tags $(TAGS) -list '^Fuzz' ./... \
	| awk '/^Fuzz/ { names[n++] = $$1 } /^ok/ { for (i = 0; i < n; i++) print $$2, names[i]; n = 0 }' \
	| while read -r pkg name; do \
		echo "== $$pkg $$name"; \
		go test -tags $(TAGS) -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$pkg" </dev/null || exit 1; \
	done
