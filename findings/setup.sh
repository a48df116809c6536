# Sourced by every script here. It makes an empty temp folder that is HOME and the working folder; at the end
# the folder goes, and so do the processes whose ids are in PIDS.
set -euo pipefail
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
T=$(mktemp -d)
export HOME=$T PIP_DISABLE_PIP_VERSION_CHECK=1 NO_UPDATE_NOTIFIER=1 PYTHONUNBUFFERED=1
PIDS=()
finish() {
    for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${PIDS[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$T"
}
trap finish EXIT
cd "$T"

# Installs packages with their exact versions below the temp folder, and puts their commands on PATH.
from_npm() {
    npm install --silent --no-audit --no-fund --no-package-lock --prefix "$T" "$@" >&2 ||
        { echo "npm could not install $*" >&2; return 1; }
    export PATH=$T/node_modules/.bin:$PATH
}
from_pypi() {
    if command -v uv >/dev/null; then
        uv venv --quiet --python python3 "$T/venv" && uv pip install --quiet --python "$T/venv" "$@" >&2
    else
        python3 -m venv "$T/venv" && "$T/venv/bin/pip" install --quiet "$@" >&2
    fi || { echo "$* could not be installed from PyPI" >&2; return 1; }
    export PATH=$T/venv/bin:$PATH
}

# Waits, for 30 s at most, until the command given succeeds.
until_ok() {
    local tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || { echo "waited 30 s in vain for: $*" >&2; return 1; }
        sleep 0.1
    done
}
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
listens() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$1"; }

# Compares what came out now (a file) with what was seen on the day of the find (standard input).
same_as_seen() {
    diff -u --label seen --label now - "$1" || { echo "changed since it was found" >&2; exit 1; }
    echo "as it was found"
}

# Writes server.py: a server over stdio that lists the tools of tools.json and answers a call with the result that
# results.json has for its name, else with the arguments that arrived.
write_server() {
    cat > "$T/server.py" <<'PY'
import json, os, sys
here = os.path.dirname(os.path.abspath(__file__))
read = lambda name: json.load(open(os.path.join(here, name))) if os.path.exists(os.path.join(here, name)) else {}
tools, results = read("tools.json"), read("results.json")
for line in sys.stdin:
    ask = json.loads(line)
    if "id" not in ask or "method" not in ask: continue
    params = ask.get("params") or {}
    known = {"initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                            "serverInfo": {"name": "s", "version": "1"}}, "ping": {}, "tools/list": {"tools": tools}}
    result = known.get(ask["method"])
    if ask["method"] == "tools/call":
        arrived = {"content": [{"type": "text", "text": "got " + json.dumps(params.get("arguments"), sort_keys=True)}]}
        result = results.get(params["name"], arrived)
    answer = {"error": {"code": -32601, "message": "no such method"}} if result is None else {"result": result}
    print(json.dumps({"jsonrpc": "2.0", "id": ask["id"], **answer}), flush=True)
PY
}
