//! How opencode is driven.

use std::time::Duration;

use serde_json::{Value, json};

use super::stream;
use crate::agent::OPENCODE;
use crate::mcp_server::{Reached, reached};
use crate::recipe::{Installation, Model, Prepared, Recipe, Wanted};

/// The recipe.
pub const RECIPE: Recipe = Recipe {
    agent: &OPENCODE,
    form: stream::FORM,
    program: "opencode",
    install: "npm install --global opencode-ai, or name one with --agent-cli",
    help: &["run", "--help"],
    needs: &["--format"],
    features: None,
    too_old: |_| None,
    prepare,
    own_variables: &["OPENCODE_"],
    logs: &[".local/share/opencode/log"],
    detour: None,
    pause: Duration::ZERO,
    // On a busy machine its first request may have no tools of any server.
    is_hasty: true,
};

fn prepare(installation: &Installation, wanted: &Wanted) -> Prepared {
    let mut prepared = Prepared::of(installation);
    let mut config = json!({
        "mcp": {wanted.server: server(wanted)},
        "permission": {"*": "deny", format!("{}_*", wanted.server): "allow"},
        "autoupdate": false, "share": "disabled",
    });
    if let Model::Scripted(model) = wanted.model {
        let options = json!({"baseURL": format!("{}/v1", model.address), "apiKey": model.key});
        let limit = json!({"context": 200_000, "output": 8000});
        let known = json!({"name": "Scripted", "tool_call": true, "limit": limit});
        config["model"] = "smoke/scripted".into();
        config["small_model"] = "smoke/scripted".into();
        config["provider"] = json!({"smoke": {
            "npm": "@ai-sdk/openai-compatible", "name": "Clone Smoke", "options": options,
            "models": {"scripted": known},
        }});
    }
    prepared.files.push(("opencode.json".into(), config.to_string()));
    prepared.set(&[
        ("OPENCODE_CONFIG", wanted.home.join("opencode.json").as_str()),
        ("OPENCODE_DISABLE_MODELS_FETCH", "1"),
        ("OPENCODE_DISABLE_AUTOUPDATE", "1"),
        ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1"),
        ("OPENCODE_DISABLE_DEFAULT_PLUGINS", "1"),
    ]);
    prepared.arguments(["run", "--format", "json", "--", wanted.prompt]);
    prepared
}

fn server(wanted: &Wanted) -> Value {
    let timeout_ms = wanted.tool_timeout_s * 1000;
    match reached(wanted.endpoint) {
        Reached::Http { url, headers } => json!({
            "type": "remote", "url": url, "headers": headers, "enabled": true, "oauth": false,
            "timeout": timeout_ms,
        }),
        Reached::Started { command, arguments, environment } => {
            let command: Vec<String> = [command].into_iter().chain(arguments).collect();
            json!({
                "type": "local", "command": command, "environment": environment, "enabled": true,
                "timeout": timeout_ms,
            })
        }
    }
}
