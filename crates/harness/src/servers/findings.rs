//! Findings about the servers behind a gateway, and what follows from them.

use smoke_record::run_record::{Gateway, Server};

use super::{probe, slow};
use crate::context::Context;

/// Whether a tool that is missing may still come: its server serves, or may yet.
pub fn may_come(gateway: &Gateway) -> bool {
    let not_down = |server: &&Server| server.serves != Some(false);
    let may = |tool: &String| {
        let brings = |server: &&Server| server.missing.contains(tool);
        match gateway.servers.iter().any(|server| brings(&server)) {
            true => gateway.servers.iter().filter(brings).any(|server| not_down(&server)),
            false => gateway.servers.iter().any(|server| server.serves.is_none()),
        }
    };
    // Without any tool nothing tells how far the gateway has come.
    match gateway.listed {
        0 => gateway.servers.is_empty() || gateway.servers.iter().any(|server| not_down(&server)),
        _ => gateway.servers.is_empty() || gateway.missing.iter().any(may),
    }
}

/// Whether there are servers, and none of them serves.
pub fn are_all_down(gateway: &Gateway) -> bool {
    let mut servers = gateway.servers.iter();
    !gateway.servers.is_empty() && servers.all(|server| server.serves == Some(false))
}

/// A line for each server that does not serve, and for each missing tool that nobody brings.
pub fn lines(gateway: &Gateway) -> Vec<String> {
    let down = gateway.servers.iter().filter(|server| server.serves == Some(false));
    let silent = gateway.servers.iter().filter(|server| {
        slow::is_silent(server) && (slow::is_slow(gateway) || !server.missing.is_empty())
    });
    let line = |server: &Server, state: &str| {
        let tools = match server.missing.as_slice() {
            [] => String::new(),
            tools => format!(" (with {})", tools.join(", ")),
        };
        format!(
            "server {}{tools} {state}: {}",
            server.name,
            server.why.iter().take(2).cloned().collect::<Vec<_>>().join("; ")
        )
    };
    let claimed = |tool: &String| gateway.servers.iter().any(|s| s.missing.contains(tool));
    let hidden = gateway.hidden.iter().map(|(tool, why)| format!("tool {tool}: {why}"));
    let unclaimed = gateway.missing.iter();
    let unclaimed = unclaimed.filter(|tool| !claimed(tool) && !gateway.hidden.contains_key(*tool));
    let nobody = unclaimed
        .filter(|_| gateway.listed > 0 && !gateway.servers.is_empty())
        .map(|tool| format!("tool {tool}: no server that serves brings it"));
    hidden
        .chain(down.map(|server| line(server, "is down")))
        .chain(silent.map(|server| line(server, "does not serve yet")))
        .chain(nobody)
        .collect()
}

/// The servers that are known not to serve.
pub fn down(gateway: &Gateway) -> Vec<String> {
    let down = gateway.servers.iter().filter(|server| server.serves == Some(false));
    down.map(|server| server.name.clone()).collect()
}

/// The log of the first server that is down and was asked why, as the run folder has it.
pub fn log_of_one_down(context: &Context, gateway: &Gateway) -> Option<String> {
    let mut names = down(gateway).into_iter().map(|name| probe::log_name(&name));
    names.find(|name| context.paths.logs.join(name).metadata().is_ok_and(|log| log.len() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(name: &str, serves: Option<bool>, missing: &[&str]) -> Server {
        let missing = missing.iter().map(|tool| (*tool).to_owned()).collect();
        let why = vec!["gone".to_owned()];
        Server { name: name.into(), serves, answered_after_ms: None, missing, why }
    }

    #[test]
    fn a_tool_may_come_while_its_server_may() {
        let gateway = |servers| Gateway {
            listed: 1,
            missing: vec!["t".into()],
            servers,
            ..Gateway::default()
        };
        assert!(may_come(&gateway(Vec::new())));
        assert!(may_come(&gateway(vec![server("a", Some(true), &["t"])])));
        assert!(!may_come(&gateway(vec![server("a", Some(false), &["t"])])));
        let nothing = |servers| Gateway { listed: 0, servers, ..Gateway::default() };
        assert!(may_come(&nothing(vec![
            server("a", Some(true), &[]),
            server("b", Some(false), &[])
        ])));
        assert!(!may_come(&nothing(vec![server("b", Some(false), &[])])));
        let told = lines(&gateway(vec![server("a", Some(false), &[])]));
        assert_eq!(told, ["server a is down: gone", "tool t: no server that serves brings it"]);
    }
}
