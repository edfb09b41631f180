# Two commands are enough for a newcomer: make lab, make test. Each target installs what it lacks.
BUN := node_modules/.bin/bun
SOURCES := $(shell find src web packaging examples -type f 2>/dev/null) package.json \
	scripts/build.ts scripts/build-web.ts scripts/first-load.ts

# Installs the package $(2) when the program $(1) is missing and we may, else says what to do.
need = @command -v $(1) >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2) >/dev/null; } || \
	{ echo "$(1) is missing; as root: apt-get install $(2)" >&2; exit 1; }

.PHONY: help lab lab-tools lab-down test check bench conformance scale screenshots chaos schema build clean
help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

lab-tools:
	$(call need,mmdebstrap,mmdebstrap)
	$(call need,ip,iproute2)

lab: dist/haven lab-tools ## a real cluster of three nodes on this machine, with two VMs
	@dist/haven lab up $(LAB)

lab-down: dist/haven ## takes the lab away, whole
	@dist/haven lab down $(LAB)

test: dist/haven lab-tools ## every test, with reduced counts
	@$(BUN) scripts/test.ts

check: node_modules/.installed ## types, lint, format, dead code, layers
	@node_modules/.bin/tsc -p .
	@node_modules/.bin/tsc -p web
	@node_modules/.bin/biome check --error-on-warnings .
	@node_modules/.bin/knip
	@$(BUN) test src/layers.test.ts

bench: dist/haven lab-tools ## the numbers, beside their peers
	@$(BUN) scripts/bench.ts

conformance: node_modules/.installed ## what Haven reads, explains and simulates of ../shared/corpus, where that is here
	@$(BUN) scripts/conformance.ts

scale: dist/haven ## how costs grow up to 100 nodes and 5,000 VMs, for docs/scale.md
	@$(BUN) scripts/scale.ts

screenshots: dist/haven ## pictures of every page of the console, into docs/screenshots
	@$(BUN) scripts/screenshots.ts

chaos: dist/haven lab-tools ## full counts and long scenarios, report in docs/evidence
	@$(BUN) scripts/chaos.ts

schema: node_modules/.installed ## the JSON Schemas in docs, from the fields of specifications and settings
	@$(BUN) scripts/schema.ts

build: dist/haven ## dist/haven

dist/haven: node_modules/.installed $(SOURCES)
	@$(BUN) scripts/build.ts

# npm may be told not to run install scripts; Bun's own puts its binary in place.
node_modules/.installed: package.json package-lock.json
	@command -v npm >/dev/null || { echo "Install Node.js 20 or later with npm first" >&2; exit 1; }
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@node node_modules/bun/install.js
	@touch $@

clean: ## what builds left behind
	rm -rf dist node_modules
