//! The servers behind a gateway: which of them serve, whose the missing tools are, and why they are
//! missing. Any gateway will do, as long as its config is rendered in the usual form.

mod account;
pub mod addresses;
pub mod config;
mod owners;
mod probe;
mod running;
pub mod slow;

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use camino::Utf8PathBuf;
use smoke_core::environment::Origin;
use smoke_core::process;
use smoke_core::text::legible::seen_from;
use smoke_core::text::tail;
use smoke_record::run_record::{Gateway, Server};

use crate::context::Context;
use crate::roles::supervisor;
use crate::step::{Step, leaks};
use account::Account;
use config::{Entry, Way, entries};
use probe::{Answer, Place, ask};
use running::{alive, ends, runs, silence};

pub use config::leave_out;

/// How long a server that is asked by itself may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long one may take that the gateway may still be waiting for.
const MOMENT: Duration = Duration::from_secs(2);
/// The most lines of the gateway's log that are quoted about one server.
const QUOTED: usize = 2;

/// The rendered config of the gateway, if the profile has one.
pub fn config_file(context: &Context) -> Option<Utf8PathBuf> {
    let spec = context.profile.render.as_ref()?;
    Some(context.paths.config_home.join(context.expand(&spec.output).ok()?))
}

/// Fills in what is known of the servers behind the gateway. Those that do not run are asked
/// themselves, all at once, within the time that the step has left, and the time until they end.
pub fn examine(context: &Context, step: &Step, gateway: &mut Gateway) {
    let Some(path) = config_file(context) else { return };
    let entries = entries(&path);
    let said = ask_all(context, step, &entries, |_| PATIENCE);
    let whose = whose(context, &entries, &said, &gateway.missing);
    let logs = supervisor::logs(&context.paths.workspace);
    let log: Vec<String> = logs.iter().flat_map(|log| tail::lines(log, 400)).collect();
    let server = |(entry, said): (&Entry, Answer)| {
        // One that runs and has said which tools it has does not bring another one.
        let listed = said.serves.is_none() && account::has_listed(&entry.name, &log);
        let serves = if listed { Some(true) } else { said.serves };
        Server {
            name: entry.name.clone(),
            serves,
            answered_after_ms: said.after.map(|after| after.as_millis() as u64),
            missing: if listed { Vec::new() } else { tools_of(&entry.name, &whose) },
            why: if serves == Some(true) { Vec::new() } else { why(said, &entry.name, &log) },
        }
    };
    gateway.servers = entries.iter().zip(said).map(server).collect();
    gateway.hidden = owners::hidden(&overrides(context), &gateway.missing);
    let absent = whose.values().flatten().filter(|name| !entries.iter().any(|e| e.name == **name));
    let mut absent: Vec<&String> = absent.collect();
    absent.sort_unstable();
    absent.dedup();
    let absent = absent.into_iter().map(|name| Server {
        name: name.clone(),
        serves: Some(false),
        answered_after_ms: None,
        missing: tools_of(name, &whose),
        why: vec!["the gateway's config does not name it".to_owned()],
    });
    gateway.servers.extend(absent);
}

/// Fills in what the gateway's log tells of the servers behind it. Nothing is started or asked.
pub fn overhear(context: &Context, gateway: &mut Gateway) {
    gateway.servers = overheard(context).into_iter().map(|(_, server)| server).collect();
}

/// What the gateway's log tells of the servers behind it by now. Those that never answered and run no
/// more are asked why, by starting each of them once.
pub fn look_again(context: &Context, step: &Step) -> Vec<Server> {
    let overheard = overheard(context);
    let silent = overheard.iter().filter(|(_, server)| slow::is_silent(server));
    let silent: Vec<Entry> = silent.map(|(entry, _)| entry.clone()).collect();
    let said = ask_all(context, step, &silent, worth);
    let mut said: BTreeMap<String, Answer> =
        silent.into_iter().map(|entry| entry.name).zip(said).collect();
    let server = |(_, server): (Entry, Server)| match said.remove(&server.name) {
        // One that serves when it is asked is one that the gateway has lost.
        Some(Answer { serves: Some(false), mut why, .. }) => {
            step.note(format!("server {} is down: {}", server.name, why.join("; ")));
            why.extend(server.why);
            Server { serves: Some(false), why, ..server }
        }
        _ => server,
    };
    overheard.into_iter().map(server).collect()
}

/// How long an answer is worth waiting for. A program of the stack that ended without a word of the gateway
/// has a reason to tell, and some take seconds to come to it; one that listens elsewhere may just be slow.
fn worth(entry: &Entry) -> Duration {
    match entry.way {
        Way::Stdio { .. } => PATIENCE,
        Way::Http { .. } => MOMENT,
    }
}

fn overheard(context: &Context) -> Vec<(Entry, Server)> {
    let Some(path) = config_file(context) else { return Vec::new() };
    let logs = supervisor::logs(&context.paths.workspace);
    let log: Vec<String> = logs.iter().flat_map(|log| tail::lines(log, 2000)).collect();
    let all = entries(&path).into_iter().map(|entry| (account::of(&entry.name, &log), entry));
    let all: Vec<(Account, Entry)> = all.collect();
    let running = match all.iter().any(|(told, _)| told.silent_ms.is_some()) {
        true => process::of_run(&context.run.id),
        false => Vec::new(),
    };
    let server = |(told, entry): (Account, Entry)| {
        let why = match (told.serves, told.silent_ms) {
            (Some(false), _) => why(Answer::default(), &entry.name, &log),
            (None, Some(ms)) => vec![silence(&entry, ms, &running)],
            _ => Vec::new(),
        };
        let server = Server {
            name: entry.name.clone(),
            serves: told.serves,
            answered_after_ms: told.after_ms,
            missing: Vec::new(),
            why,
        };
        (entry, server)
    };
    all.into_iter().map(server).collect()
}

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
    gateway.servers.is_empty() || gateway.missing.iter().any(may)
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

fn ask_all(
    context: &Context,
    step: &Step,
    entries: &[Entry],
    most: fn(&Entry) -> Duration,
) -> Vec<Answer> {
    if entries.is_empty() {
        return Vec::new();
    }
    let patience = |entry: &Entry| step.left().min(most(entry));
    let running = process::of_run(&context.run.id);
    let mut environment = context.environment.clone();
    environment.set(leaks::STEP, step.id(), Origin::Run);
    let cwd = context.profile.gateway.cwd.as_ref().and_then(|cwd| context.expand(cwd).ok());
    let cwd = context.paths.clone.join(cwd.unwrap_or_default());
    let place = Place { cwd, environment, logs: context.paths.logs.clone() };
    let gateway_runs = supervisor::of(context).status().gateway.is_some();
    let ask_one = |entry: &Entry| match running.iter().find(|process| runs(process, entry)) {
        Some(process) if gateway_runs || !ends(process, step.stop()) => alive(process.pid),
        _ => ask(entry, &place, patience(entry), step.stop()),
    };
    let ask_one = &ask_one;
    thread::scope(|scope| {
        let asked: Vec<_> =
            entries.iter().map(|entry| scope.spawn(move || ask_one(entry))).collect();
        let said = asked.into_iter().map(|one| one.join().unwrap_or_default());
        let seen = |line: &String| seen_from(&context.paths.clone, line);
        said.map(|said| Answer { why: said.why.iter().map(seen).collect(), ..said }).collect()
    })
}

/// The files that say how tools are listed; of two that say something of one, the later one counts.
fn overrides(context: &Context) -> [Utf8PathBuf; 2] {
    [&context.paths.config_home, &context.paths.state_home]
        .map(|home| home.join("tool_overrides.json"))
}

/// The servers that each missing tool belongs to: those that list it, else those that the files of
/// the config home name.
fn whose(
    context: &Context,
    entries: &[Entry],
    said: &[Answer],
    missing: &[String],
) -> BTreeMap<String, Vec<String>> {
    let told = owners::owners(&context.paths.config_home, &overrides(context));
    let listing = |tool: &String| -> Vec<String> {
        let lists = entries.iter().zip(said).filter(|(_, said)| said.tools.contains(tool));
        lists.map(|(entry, _)| entry.name.clone()).collect()
    };
    let of = |tool: &String| match listing(tool) {
        found if !found.is_empty() => found,
        _ => told.get(tool).cloned().unwrap_or_default(),
    };
    missing.iter().map(|tool| (tool.clone(), of(tool))).collect()
}

fn tools_of(server: &str, whose: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let of = whose.iter().filter(|(_, servers)| servers.iter().any(|name| name == server));
    of.map(|(tool, _)| tool.clone()).collect()
}

/// What the server said, and what the gateway's log says of it.
fn why(said: Answer, name: &str, log: &[String]) -> Vec<String> {
    let mut why = said.why;
    let told = log.iter().rev().filter(|line| names(line, name) && is_bad_news(line));
    why.extend(told.take(QUOTED).map(|line| format!("gateway.log: {line}")));
    why
}

/// Whether a line names the server as a word of its own.
fn names(line: &str, name: &str) -> bool {
    let part_of_a_word = |c: char| c.is_alphanumeric() || "-_".contains(c);
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        !before.is_some_and(part_of_a_word) && !after.is_some_and(part_of_a_word)
    })
}

fn is_bad_news(line: &str) -> bool {
    let line = line.to_lowercase();
    let words = ["fail", "error", "cannot", "not found", "no such", "refused", "timeout", "exit"];
    words.iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_server_only_as_a_word() {
        assert!(names("<rg> Failed", "rg") && names("server rg: x", "rg"));
        assert!(!names("cargo failed", "rg") && !names("rg-2 failed", "rg"));
    }

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
        let told = lines(&gateway(vec![server("a", Some(false), &[])]));
        assert_eq!(told, ["server a is down: gone", "tool t: no server that serves brings it"]);
    }
}
