//! What a run that did not pass says about the draft: a variable that the server asks for, an address that
//! it listens at instead; else another way to start it is tried.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use camino::Utf8Path;
use serde_json::Value;
use smoke_core::environment::names_a_secret;
use smoke_core::text::shown;

use super::draft::Server;
use super::hint::Variable;
use super::transport::{self, Port, Spoken};

/// A server that was changed, and what was.
pub struct Mended {
    /// The server.
    pub server: Server,
    /// What was changed, in words.
    pub what: String,
}

/// How much of a log is read, from its end.
const TAIL: u64 = 64 << 10;

/// Changes the server as the run in the folder says, if it says so.
pub fn mend(server: &Server, run_folder: &Utf8Path) -> Option<Mended> {
    let said = said(run_folder);
    variables(server, &said)
        .or_else(|| listening(server, &said))
        .or_else(|| elsewhere(server, &said))
}

/// The variables that people set, where the server has ended by itself and said nothing of them.
pub fn usual(server: &Server, run_folder: &Utf8Path) -> Option<Mended> {
    let mut server = server.clone();
    let unset = |one: &&mut Variable| {
        one.is_usual && !one.is_required && one.value.is_none() && is_personal(&one.name)
    };
    let set: Vec<&mut Variable> = server.variables.iter_mut().filter(unset).collect();
    if !has_ended(run_folder) || set.is_empty() {
        return None;
    }
    let names: Vec<String> = set
        .into_iter()
        .map(|one| {
            one.is_required = true;
            one.name.clone()
        })
        .collect();
    let what =
        format!("it ended without {}, which people set: they have stand-ins", names.join(", "));
    Some(Mended { server, what })
}

/// Whether the server has ended by itself.
fn has_ended(run_folder: &Utf8Path) -> bool {
    let text = tail(&run_folder.join("run.json"), u64::MAX);
    let record: Value = serde_json::from_str(&text).unwrap_or_default();
    record["cause"]["code"] == "gateway-crashed"
}

/// The next way to start it that documents tell, where the server has ended by itself.
pub fn otherwise(server: &Server, run_folder: &Utf8Path) -> Option<Mended> {
    let mut server = server.clone();
    if !has_ended(run_folder) || server.otherwise.is_empty() {
        return None;
    }
    let (file, command) = server.otherwise.remove(0);
    let what = format!("that way it ended, and {file} tells another one: {}", shown(&command));
    server.spoken = if transport::told(&command) == Some(true) {
        listening_by(&command)
    } else {
        Spoken::Stdio
    };
    server.command = transport::at_port(&command);
    Some(Mended { server, what })
}

fn listening_by(command: &[String]) -> Spoken {
    let path = if command.iter().any(|word| word == "sse") { "/sse" } else { "/mcp" };
    let given = transport::at_port(command).iter().any(|word| word.contains("{{PROXY_PORT}}"));
    let port = if given { Port::Argument } else { Port::Fixed(8000) };
    Spoken::Http { port, path: path.to_owned() }
}

/// What the run and the server said.
pub fn said(run_folder: &Utf8Path) -> String {
    let record: Value =
        serde_json::from_str(&tail(&run_folder.join("run.json"), u64::MAX)).unwrap_or_default();
    let cause = &record["cause"];
    let evidence = cause["evidence"].as_array().into_iter().flatten().chain([&cause["summary"]]);
    let lines =
        evidence.filter_map(Value::as_str).map(|line| format!("{line}\n")).collect::<String>();
    lines + &tail(&run_folder.join("logs/gateway.log"), TAIL)
}

fn tail(path: &Utf8Path, most: u64) -> String {
    let mut bytes = Vec::new();
    let read = |bytes: &mut Vec<u8>| {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(most)))?;
        file.take(most).read_to_end(bytes)
    };
    let _ = read(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The variables that a line says are missing get a value that stands in.
fn variables(server: &Server, said: &str) -> Option<Mended> {
    const ASKS: [&str; 10] = [
        "requir",
        "missing",
        "must",
        "not set",
        "not found",
        "undefined",
        "provide",
        "environment",
        "please set",
        "invalid",
    ];
    let asks = |line: &&str| ASKS.iter().any(|word| line.to_lowercase().contains(word));
    let known = |name: &str| server.variables.iter().any(|one| one.name == name);
    let is_wanted = |name: &&str| known(name) || is_personal(name);
    let given =
        |name: &&str| server.variables.iter().any(|one| one.name == *name && one.is_required);
    let words = |line: &'_ str| -> Vec<String> {
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let named =
            words.filter(|word| is_name(word)).filter(is_wanted).filter(|word| !given(word));
        named.map(str::to_owned).collect()
    };
    let mut names: Vec<String> = said.lines().filter(asks).flat_map(words).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return None;
    }
    let mut server = server.clone();
    for name in &names {
        server.variables.retain(|one| one.name != *name);
        server.variables.insert(0, Variable { is_required: true, ..Variable::named(name) });
    }
    let what = format!("it asks for {}: stand-ins let it list its tools", names.join(", "));
    Some(Mended { server, what })
}

/// Whether a variable of this name holds what only a person has, and no level or mode.
fn is_personal(name: &str) -> bool {
    const ENDS: [&str; 11] = [
        "_URL",
        "_URI",
        "_HOST",
        "_ID",
        "_USER",
        "_USERNAME",
        "_EMAIL",
        "_PATH",
        "_DIR",
        "_DOMAIN",
        "_REGION",
    ];
    names_a_secret(name) || ENDS.iter().any(|end| name.ends_with(end))
}

/// A name as variables have it, of two words at least.
fn is_name(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    word.len() > 4
        && word.contains('_')
        && word.chars().all(plain)
        && word.starts_with(|c: char| c.is_ascii_uppercase())
}

/// A server that says where it listens is reached there.
fn listening(server: &Server, said: &str) -> Option<Mended> {
    if server.spoken != Spoken::Stdio {
        return None;
    }
    let hosts = [
        "http://localhost:",
        "http://127.0.0.1:",
        "http://0.0.0.0:",
        "http://[::]:",
        "listens on port ",
    ];
    let address = hosts.iter().find_map(|host| {
        let at = said.find(host)? + host.len();
        let rest = &said[at..];
        let end =
            rest.find(|c: char| c.is_whitespace() || "\"'),".contains(c)).unwrap_or(rest.len());
        Some(rest[..end].to_owned())
    })?;
    let (port, path) = address.split_once('/').unwrap_or((&address, ""));
    let port: u16 = port.parse().ok().filter(|port| *port > 1023)?;
    let path = if path.is_empty() { "/mcp".to_owned() } else { format!("/{path}") };
    let mut server = server.clone();
    server.command = transport::at_port(&server.command);
    server.spoken = Spoken::Http { port: Port::Fixed(port), path };
    let what =
        format!("it listens at port {port} instead of being spoken to over its input and output");
    Some(Mended { server, what })
}

/// A server that was seen to listen at one other port than the run's always listens there.
fn elsewhere(server: &Server, said: &str) -> Option<Mended> {
    let Spoken::Http { path, port } = &server.spoken else { return None };
    let seen = said
        .split("listens on port ")
        .skip(1)
        .filter_map(|rest| rest.split(' ').next()?.parse().ok());
    let mut seen: Vec<u16> = seen.collect();
    seen.dedup();
    let [fixed] = seen[..] else { return None };
    if matches!(port, Port::Fixed(_)) {
        return None;
    }
    let spoken = Spoken::Http { port: Port::Fixed(fixed), path: path.clone() };
    let what =
        format!("it always listens at port {fixed}, so that no other run can go on beside it");
    Some(Mended { server: Server { spoken, ..server.clone() }, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Server {
        let variables = vec![Variable::named("REGION_NAME")];
        Server {
            command: vec!["x".into()],
            spoken: Spoken::Stdio,
            variables,
            build: String::new(),
            otherwise: Vec::new(),
        }
    }

    #[test]
    fn a_variable_that_is_asked_for_gets_a_stand_in() {
        let said = "Error: A_API_KEY and REGION_NAME are required\nSEE_ALSO is required\n";
        let mended = variables(&server(), said).unwrap();
        let required: Vec<&str> =
            mended.server.variables.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(required, ["REGION_NAME", "A_API_KEY"]);
        assert!(variables(&mended.server, said).is_none(), "once is enough");
        assert!(variables(&server(), "using A_API_KEY from the file\n").is_none());
    }

    #[test]
    fn a_server_that_says_where_it_listens_is_reached_there() {
        let mended =
            listening(&server(), "INFO: running on http://0.0.0.0:8123/sse (press CTRL+C)")
                .unwrap();
        assert_eq!(
            mended.server.spoken,
            Spoken::Http { port: Port::Fixed(8123), path: "/sse".into() }
        );
        assert!(listening(&server(), "see http://localhost:80/x").is_none());
        let seen =
            listening(&server(), "it answers nothing, and listens on port 3000 instead\n").unwrap();
        assert_eq!(
            seen.server.spoken,
            Spoken::Http { port: Port::Fixed(3000), path: "/mcp".into() }
        );
        let http = Server {
            spoken: Spoken::Http { port: Port::Unknown, path: "/mcp".into() },
            ..server()
        };
        let mended = elsewhere(&http, "pid 1 listens on port 8000 instead: x").unwrap();
        assert_eq!(
            mended.server.spoken,
            Spoken::Http { port: Port::Fixed(8000), path: "/mcp".into() }
        );
    }
}
