//! How pi is driven, with the adapter that gives it the tools of servers.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::stream;
use crate::agent::PI;
use crate::mcp_server::{Reached, reached};
use crate::model;
use crate::recipe::{Installation, Model, Prepared, Recipe, Wanted};

/// The recipe.
pub const RECIPE: Recipe = Recipe {
    agent: &PI,
    form: stream::FORM,
    program: "pi",
    install: "npm install --global @earendil-works/pi-coding-agent pi-mcp-adapter, or name one with --agent-cli",
    help: &["--help"],
    needs: &["--mode"],
    features: None,
    too_old: |_| None,
    prepare,
    own_variables: &["PI_"],
    logs: &[],
    detour: None,
    pause: Duration::ZERO,
    is_hasty: false,
};

const ADAPTER: &str = "pi-mcp-adapter";

fn prepare(installation: &Installation, wanted: &Wanted) -> Prepared {
    let mut prepared = Prepared::of(installation);
    let servers = json!({"mcpServers": {wanted.server: server(wanted)}});
    prepared.files.push((".pi/agent/mcp.json".into(), servers.to_string()));
    prepared.set(&[
        ("PI_CODING_AGENT_DIR", wanted.home.join(".pi/agent").as_str()),
        ("PI_OFFLINE", "1"),
        ("PI_TELEMETRY", "0"),
        ("PI_SKIP_VERSION_CHECK", "1"),
    ]);
    let adapter = installation.argv.first().and_then(|program| adapter_of(program.as_str().into()));
    let adapter = adapter.map_or_else(|| format!("npm:{ADAPTER}"), Utf8PathBuf::into_string);
    prepared.arguments(["-p", "--mode", "json", "-e", &adapter]);
    prepared.if_taken(installation, &["--no-session"]);
    prepared.if_taken(installation, &["--no-builtin-tools"]);
    if let Model::Scripted(access) = wanted.model {
        let provider = json!({
            "baseUrl": format!("{}/v1", access.address), "api": "openai-completions",
            "apiKey": access.key, "models": [{"id": model::MODEL}],
        });
        let models = json!({"providers": {"smoke": provider}});
        prepared.files.push((".pi/agent/models.json".into(), models.to_string()));
        prepared.arguments(["--provider", "smoke", "--model", model::MODEL]);
    }
    // It takes no mark of the end of its options; what begins with a dash is told after a space.
    let is_option = wanted.prompt.starts_with(['-', '@']);
    prepared.argv.push(format!("{}{}", if is_option { " " } else { "" }, wanted.prompt));
    prepared
}

/// The adapter that is installed beside `program`.
fn adapter_of(program: &Utf8Path) -> Option<Utf8PathBuf> {
    let real = program.canonicalize_utf8().ok()?;
    let found = real.ancestors().map(|folder| folder.join("node_modules").join(ADAPTER));
    let beside = program.ancestors().map(|folder| folder.join("node_modules").join(ADAPTER));
    found.chain(beside).find(|folder| folder.is_dir())
}

fn server(wanted: &Wanted) -> Value {
    let mut server = match reached(wanted.endpoint) {
        Reached::Http { url, headers } => json!({"url": url, "headers": headers}),
        Reached::Started { command, arguments, environment } => {
            json!({"command": command, "args": arguments, "env": environment})
        }
    };
    // Otherwise its tools are hidden behind one that finds them.
    server["directTools"] = true.into();
    server["lifecycle"] = "eager".into();
    server
}
