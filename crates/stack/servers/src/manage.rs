//! `manage_stelae`: the tool by which an agent installs and removes servers.

use std::sync::Mutex;

use anyhow::Result;
use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::{Value, json};

use super::integrator::{Integrator, Wish};
use super::tool::{self, Answer, Hints, OneTool};

/// The manager of one config home.
pub struct Manage {
    /// One change at a time, for each reads what the one before it wrote.
    integrator: Mutex<Integrator>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    ListDiscoveredServers,
    DiscoverServers,
    InstallServer,
    RemoveServer,
    RunReconciler,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Params {
    name: Option<String>,
    target_name: Option<String>,
    descriptor: Option<Value>,
    dry_run: bool,
    force: bool,
}

impl Manage {
    /// A manager of what the environment names.
    ///
    /// # Errors
    /// See [`Integrator::from_environment`].
    pub fn from_environment() -> Result<Manage> {
        Ok(Manage { integrator: Mutex::new(Integrator::from_environment()?) })
    }
}

impl OneTool for Manage {
    fn describe(&self) -> Tool {
        let hints = Hints {
            title: "Manage the stack's servers",
            read_only: false,
            destructive: true,
            idempotent: false,
        };
        let params = json!({"type": "object", "description": "May also stand beside operation.",
            "properties": {
            "name": {"type": "string", "description": "The server: one of the discovery list to \
                install it, an installed one to remove it."},
            "target_name": {"type": "string",
                "description": "install_server: the name to install it under."},
            "descriptor": {"type": "object",
                "description": "install_server: a descriptor, instead of a name in the list."},
            "dry_run": {"type": "boolean", "default": false,
                "description": "Only say what would change."},
            "force": {"type": "boolean", "default": false, "description": "Replace a server that \
                is set up differently; do not mind removing one that is not there."}}});
        let input = json!({"type": "object", "required": ["operation"], "properties": {
            "operation": {"type": "string", "enum": ["list_discovered_servers",
                "discover_servers", "install_server", "remove_server", "run_reconciler"],
                "description": "What to do. run_reconciler: render the gateway's config again."},
            "params": params}});
        let output = json!({"type": "object", "required": ["status", "details"], "properties": {
            "status": {"type": "string", "enum": ["ok"]}, "details": {"type": "object"}}});
        let text = "Lists the servers that can be installed, installs and removes them. A change \
            is in effect when the call returns.";
        tool::tool("manage_stelae", text, hints, input, output)
    }

    fn call(&self, arguments: JsonObject) -> Result<Answer, String> {
        let (operation, wish) = read(arguments)?;
        let integrator = self.integrator.lock().map_err(|_| "an earlier call crashed")?;
        let details = match operation {
            Operation::ListDiscoveredServers => integrator.list(),
            Operation::DiscoverServers => integrator.discover(&wish),
            Operation::InstallServer => integrator.install(&wish),
            Operation::RemoveServer => integrator.remove(&wish),
            Operation::RunReconciler => integrator.reconcile(&wish),
        };
        let structured =
            json!({"status": "ok", "details": details.map_err(|error| format!("{error:#}"))?});
        let text = serde_json::to_string_pretty(&structured).map_err(|error| error.to_string())?;
        Ok(Answer { text, structured })
    }
}

/// The operation, and its parameters from wherever the caller put them.
fn read(mut arguments: JsonObject) -> Result<(Operation, Wish), String> {
    let operation = arguments.remove("operation").ok_or("wrong arguments: missing operation")?;
    let operation = serde_json::from_value(operation)
        .map_err(|error| format!("wrong arguments: operation: {error}"))?;
    match arguments.remove("params") {
        Some(Value::Object(params)) => arguments.extend(params),
        None | Some(Value::Null) => {}
        Some(_) => return Err("wrong arguments: params must be an object".to_owned()),
    }
    let Params { name, target_name, descriptor, dry_run, force } = tool::arguments(arguments)?;
    Ok((operation, Wish { name, target_name, descriptor, dry_run, force }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(arguments: Value) -> Result<Wish, String> {
        read(arguments.as_object().unwrap().clone()).map(|(_, wish)| wish)
    }

    #[test]
    fn parameters_may_stand_in_params_or_beside_the_operation() {
        let params = json!({"name": "echo", "target_name": "e", "dry_run": true});
        let nested = wish(json!({"operation": "install_server", "params": params})).unwrap();
        assert_eq!((nested.name.as_deref(), nested.dry_run), (Some("echo"), true));
        let flat = json!({"operation": "install_server", "name": "echo", "force": true});
        let flat = wish(flat).unwrap();
        assert_eq!((flat.name.as_deref(), flat.force), (Some("echo"), true));
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(wish(json!({})).unwrap_err().contains("missing operation"));
        assert!(wish(json!({"operation": "x"})).unwrap_err().contains("unknown variant `x`"));
        let wrong = json!({"operation": "install_server", "params": []});
        assert!(wish(wrong).unwrap_err().contains("params must be an object"));
        let wrong = json!({"operation": "install_server", "params": {"dry_run": "yes"}});
        assert!(wish(wrong).unwrap_err().contains("invalid type"));
    }
}
