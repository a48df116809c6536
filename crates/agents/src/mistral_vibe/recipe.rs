//! How Mistral Vibe is driven.

use std::time::Duration;

use serde_json::{Value, json};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, value};

use super::stream;
use crate::agent::MISTRAL_VIBE;
use crate::mcp_server::{Reached, reached};
use crate::model::{self, Detour};
use crate::recipe::{Installation, Model, Prepared, Recipe, Wanted};

/// The recipe.
pub const RECIPE: Recipe = Recipe {
    agent: &MISTRAL_VIBE,
    form: stream::FORM,
    program: "vibe",
    install: "uv tool install mistral-vibe, or name one with --agent-cli",
    help: &["--help"],
    needs: &["--output"],
    features: None,
    too_old: |_| None,
    prepare,
    own_variables: &["VIBE_", "MISTRAL_"],
    logs: &["vibe/logs"],
    detour: Some(Detour { name: "run_typescript", arguments }),
    pause: Duration::ZERO,
    is_hasty: false,
};

/// The variable that the key is in.
const KEY: &str = "SMOKE_MODEL_KEY";

/// The script that its model has to write for a call.
fn arguments(server: &str, tool: &str, arguments: &Value) -> Value {
    let plain = |name: &str| -> String {
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    };
    let (server, tool) = (plain(server), plain(tool));
    let call = format!("return await tools.mcp_{server}.{tool}({arguments})");
    json!({"code": format!("async function main() {{ {call} }}")})
}

fn prepare(installation: &Installation, wanted: &Wanted) -> Prepared {
    let mut prepared = Prepared::of(installation);
    let mut config = DocumentMut::new();
    config["enable_telemetry"] = value(false);
    config["enable_update_checks"] = value(false);
    if let Model::Scripted(access) = wanted.model {
        config["active_model"] = value(model::MODEL);
        config["providers"] = tables(&[
            ("name", "smoke"),
            ("api_base", &format!("{}/v1", access.address)),
            ("api_key_env_var", KEY),
            ("api_style", "openai"),
            ("backend", "generic"),
        ]);
        config["models"] =
            tables(&[("name", model::MODEL), ("provider", "smoke"), ("alias", model::MODEL)]);
        prepared.set(&[(KEY, access.key)]);
    }
    config["mcp_servers"] = server(wanted);
    prepared.files.push(("vibe/config.toml".into(), config.to_string()));
    prepared.set(&[("VIBE_HOME", wanted.home.join("vibe").as_str())]);
    prepared.arguments(["--output", "streaming"]);
    prepared.if_taken(installation, &["--trust"]);
    prepared.if_taken(installation, &["--agent", "auto-approve"]);
    prepared.arguments([format!("--prompt={}", wanted.prompt).as_str()]);
    prepared
}

fn tables(rows: &[(&str, &str)]) -> Item {
    let mut table = Table::new();
    rows.iter().for_each(|(key, text)| table[key] = value(*text));
    list(table)
}

fn list(table: Table) -> Item {
    let mut list = ArrayOfTables::new();
    list.push(table);
    Item::ArrayOfTables(list)
}

fn server(wanted: &Wanted) -> Item {
    let mut table = Table::new();
    table["name"] = value(wanted.server);
    let inline = |values: &Value| -> InlineTable {
        let values = values.as_object().into_iter().flatten();
        values.map(|(key, text)| (key.clone(), text.as_str().unwrap_or_default())).collect()
    };
    match reached(wanted.endpoint) {
        Reached::Http { url, headers } => {
            table["transport"] = value("streamable-http");
            table["url"] = value(url);
            table["headers"] = value(inline(&headers));
        }
        Reached::Started { command, arguments, environment } => {
            table["transport"] = value("stdio");
            table["command"] = value(command);
            table["args"] = value(arguments.into_iter().collect::<Array>());
            table["env"] = value(inline(&environment));
        }
    }
    list(table)
}
