//! How the Gemini CLI is driven.

use std::time::Duration;

use serde_json::{Value, json};

use super::stream;
use crate::agent::GEMINI;
use crate::mcp_server::{Reached, reached};
use crate::recipe::{Installation, Model, Prepared, Recipe, Wanted};

/// The recipe.
pub const RECIPE: Recipe = Recipe {
    agent: &GEMINI,
    form: stream::FORM,
    program: "gemini",
    install: "npm install --global @google/gemini-cli, or name one with --agent-cli",
    help: &["--help"],
    needs: &["--output-format"],
    features: None,
    too_old: |_| None,
    prepare,
    own_variables: &["GEMINI_", "GOOGLE_"],
    logs: &[],
    detour: None,
    // It ends before its pipe is read: of a result of a megabyte the end would be lost, and all after it.
    pause: Duration::from_millis(250),
    is_hasty: false,
};

/// A model that it knows: of others it asks the service first.
const MODEL: &str = "gemini-2.5-pro";

fn prepare(installation: &Installation, wanted: &Wanted) -> Prepared {
    let mut prepared = Prepared::of(installation);
    let settings = json!({
        "mcpServers": {wanted.server: server(wanted)},
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false},
        "privacy": {"usageStatisticsEnabled": false},
        "telemetry": {"enabled": false},
    });
    prepared.files.push((".gemini/settings.json".into(), settings.to_string()));
    prepared
        .set(&[("GEMINI_CLI_HOME", wanted.home.as_str()), ("GEMINI_CLI_TRUST_WORKSPACE", "true")]);
    prepared.arguments(["--output-format", "stream-json"]);
    if let Model::Scripted(model) = wanted.model {
        prepared.set(&[("GOOGLE_GEMINI_BASE_URL", model.address), ("GEMINI_API_KEY", model.key)]);
        prepared.arguments(["--model", MODEL]);
    }
    prepared.arguments([format!("--prompt={}", wanted.prompt).as_str()]);
    prepared
}

/// The stack in its settings. With trust in the server its tools are offered, and no others that need an approval.
pub fn server(wanted: &Wanted) -> Value {
    let timeout_ms = wanted.tool_timeout_s * 1000;
    match reached(wanted.endpoint) {
        Reached::Http { url, headers } => {
            json!({"httpUrl": url, "headers": headers, "trust": true, "timeout": timeout_ms})
        }
        Reached::Started { command, arguments, environment } => json!({
            "command": command, "args": arguments, "env": environment, "trust": true,
            "timeout": timeout_ms,
        }),
    }
}
