//! Looks at the servers behind a gateway.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use smoke_core::process;
use smoke_record::run_record::{Gateway, Server};

use super::config::{Entry, config_file, entries};
use super::gateway_log::{Account, GatewayLog};
use super::inquiry::Inquiry;
use super::probe::Answer;
use super::question::place;
use super::running::silence;
use super::{command_line, owners, slow};
use crate::context::Context;
use crate::step::Step;

/// How long one that listens may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long one may take that the gateway may still be waiting for: one that listens elsewhere may just be slow.
const MOMENT: Duration = Duration::from_secs(2);

/// Begins to ask the servers behind the gateway themselves, except for those that run.
pub fn inquire(context: &Context, step: &Step) -> Inquiry {
    Inquiry::begin(context, step, &known(context), PATIENCE)
}

/// The servers behind the gateway: those in its rendered config, else those that its command line names.
fn known(context: &Context) -> Vec<Entry> {
    match config_file(context) {
        Some(path) => entries(&path),
        None => {
            let argv = context.expand_all(&context.profile.gateway.command).unwrap_or_default();
            command_line::servers(&argv, &place(context))
        }
    }
}

/// Fills in what is known by now of the servers behind the gateway, of which some have answered an inquiry.
pub fn describe(context: &Context, inquiry: &Inquiry, gateway: &mut Gateway) {
    let (entries, answers): (Vec<Entry>, Vec<Answer>) =
        inquiry.answers().into_iter().map(|(entry, answer)| (entry.clone(), answer)).unzip();
    let whose = whose(context, &entries, &answers, &gateway.missing);
    let log = GatewayLog::read(&context.paths.workspace, 400);
    let server = |(entry, answer): (&Entry, Answer)| {
        // One that runs and has said which tools it has does not bring another one.
        let listed = answer.serves.is_none() && log.has_listed(&entry.name);
        let serves = if listed { Some(true) } else { answer.serves };
        let missing = if listed { Vec::new() } else { tools_of(&entry.name, &whose) };
        let answered_after_ms = answer.after.map(|after| after.as_millis() as u64);
        let why = answer.why.into_iter().chain(log.complaints(&entry.name));
        let why = if serves == Some(true) { Vec::new() } else { why.collect() };
        Server { name: entry.name.clone(), serves, answered_after_ms, missing, why }
    };
    gateway.servers = entries.iter().zip(answers).map(server).collect();
    gateway.servers.extend(absent(&entries, &whose));
    gateway.hidden = owners::hidden(&overrides(context), &gateway.missing);
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
    let mut inquiry = Inquiry::begin(context, step, &silent, MOMENT);
    inquiry.finish(context, step);
    let answers = inquiry.answers().into_iter();
    let mut answers: BTreeMap<String, Answer> =
        answers.map(|(entry, answer)| (entry.name.clone(), answer)).collect();
    inquiry.end();
    let server = |(_, server): (Entry, Server)| match answers.remove(&server.name) {
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

fn overheard(context: &Context) -> Vec<(Entry, Server)> {
    let log = GatewayLog::read(&context.paths.workspace, 2000);
    let all = known(context).into_iter().map(|entry| (log.account(&entry.name), entry));
    let all: Vec<(Account, Entry)> = all.collect();
    let running = match all.iter().any(|(account, _)| account.silent_ms.is_some()) {
        true => process::of_run(&context.run.id),
        false => Vec::new(),
    };
    let server = |(account, entry): (Account, Entry)| {
        let why = match (account.serves, account.silent_ms) {
            (Some(false), _) => log.complaints(&entry.name).collect(),
            (None, Some(ms)) => vec![silence(&entry, ms, &running)],
            _ => Vec::new(),
        };
        let (name, missing) = (entry.name.clone(), Vec::new());
        let (serves, answered_after_ms) = (account.serves, account.after_ms);
        (entry, Server { name, serves, answered_after_ms, missing, why })
    };
    all.into_iter().map(server).collect()
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
    answers: &[Answer],
    missing: &[String],
) -> BTreeMap<String, Vec<String>> {
    let named = owners::owners(&context.paths.config_home, &overrides(context));
    let listing = |tool: &String| -> Vec<String> {
        let lists = entries.iter().zip(answers).filter(|(_, answer)| answer.tools.contains(tool));
        lists.map(|(entry, _)| entry.name.clone()).collect()
    };
    let of = |tool: &String| match listing(tool) {
        found if !found.is_empty() => found,
        _ => named.get(tool).cloned().unwrap_or_default(),
    };
    missing.iter().map(|tool| (tool.clone(), of(tool))).collect()
}

/// The servers that missing tools belong to and that the gateway was not told of.
fn absent(entries: &[Entry], whose: &BTreeMap<String, Vec<String>>) -> Vec<Server> {
    let mut names: Vec<&String> = whose.values().flatten().collect();
    names.retain(|name| !entries.iter().any(|entry| entry.name == **name));
    names.sort_unstable();
    names.dedup();
    let absent = names.into_iter().map(|name| Server {
        name: name.clone(),
        serves: Some(false),
        answered_after_ms: None,
        missing: tools_of(name, whose),
        why: vec!["the gateway's config does not name it".to_owned()],
    });
    absent.collect()
}

fn tools_of(server: &str, whose: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let of = whose.iter().filter(|(_, servers)| servers.iter().any(|name| name == server));
    of.map(|(tool, _)| tool.clone()).collect()
}
