//! `--inject`: plays a fault on the stack, so that people can see what it looks like.

mod leftover;
pub mod misbehave;
mod stand_in;
mod table;

use std::time::Duration;

use smoke_agents::agent::CODEX;
use smoke_core::cause::Code;
use smoke_core::text::nearest::nearest;
use smoke_record::options::{ModelKind, Options, Scope, SupervisorKind};
use smoke_record::plan::{Kind, Plan};
use smoke_record::profile::pm2::Pm2Spec;
use smoke_record::profile::{CheckAfter, CheckSpec, OverridesSpec, Profile};

use table::FAULTS;

/// A fault that can be played.
pub struct Fault {
    /// Its name on the command line.
    pub name: &'static str,
    /// What goes wrong.
    pub what: &'static str,
    /// The cause that the run must name.
    pub code: Code,
    /// Puts it into what the run is about to do.
    play: fn(&mut Profile),
}

/// What the names of faults of an agent start with.
const AGENT: &str = "agent-";

/// The fault of this name.
///
/// # Errors
/// There is none; the error names the nearest.
pub fn find(name: &str) -> Result<&'static Fault, String> {
    let names = || FAULTS.iter().map(|fault| fault.name);
    FAULTS.iter().find(|fault| fault.name == name).ok_or_else(|| match nearest(name, names()) {
        Some(near) => format!("no fault is named `{name}`; did you mean `{near}`?"),
        None => format!("no fault is named `{name}`; --inject list lists them"),
    })
}

/// All faults with what they are, a line for each.
pub fn list() -> String {
    let line =
        |fault: &Fault| format!("{:<22} {} [{}]\n", fault.name, fault.what, fault.code.as_str());
    FAULTS.iter().map(line).collect()
}

/// Puts the fault that was asked for into the profile.
pub fn play(fault: Option<&str>, profile: &mut Profile) {
    let Some(fault) = fault.and_then(|name| find(name).ok()) else { return };
    (fault.play)(profile);
}

/// The command line of a process that stands in for the Codex CLI, if the fault is one of an agent.
pub fn agent(options: &Options) -> Option<Vec<String>> {
    match options.fault.as_deref().filter(|name| name.starts_with(AGENT))? {
        "agent-missing" => Some(vec!["a-codex-that-nobody-has".into()]),
        name => Some([command(name), vec!["--".into()]].concat()),
    }
}

/// Whether this fault was asked for: some lie not in what a profile says, but in what is around it.
pub fn plays(options: &Options, name: &str) -> bool {
    options.fault.as_deref() == Some(name)
}

/// Puts the fault that was asked for into the order of the steps.
pub fn disorder(options: &Options, plan: &mut Plan) {
    let overrides = plan.steps.iter_mut().find(|step| step.kind == Kind::Overrides);
    if let Some(step) = overrides.filter(|_| plays(options, "overrides-too-early")) {
        step.needs = vec!["start".into()];
    }
}

/// The command line of pm2, with what `--inject` puts before it.
pub fn before_pm2(options: &Options, pm2: Vec<String>) -> Vec<String> {
    let way = match options.fault.as_deref() {
        Some("daemon-epipe") => "pm2-cut-short",
        Some("stale-daemon") => "pm2-of-yesterday",
        _ => return pm2,
    };
    [command(way), vec!["--".to_owned()], pm2].concat()
}

/// Faults that show only when a deadline passes are not waited for as long as the real thing.
pub fn shorten(options: &mut Options) {
    const SECONDS: u64 = 4;
    if options.fault.as_deref() == Some("build-repeats") {
        let most = Duration::from_secs(SECONDS);
        let asked = options.limits.heartbeat.unwrap_or(most);
        options.limits.heartbeat = Some(asked.min(most));
    }
    if matches!(options.fault.as_deref(), Some("daemon-epipe" | "stale-daemon")) {
        options.roles.supervisor = SupervisorKind::Pm2;
    }
    if agent(options).is_some() {
        options.roles.agent = &CODEX;
        options.roles.model = ModelKind::Scripted;
    }
    if options.fault.is_some() {
        options.limits.restart.get_or_insert(Duration::from_secs(2 * SECONDS));
    }
}

/// The command line of a process that misbehaves in this way.
pub fn command(way: &str) -> Vec<String> {
    let program = std::env::current_exe().unwrap_or_else(|_| "xtask".into());
    [program.display().to_string(), "misbehave".into(), way.into()].to_vec()
}

fn build(profile: &mut Profile, way: &str) {
    if let Some(build) = &mut profile.gateway.build {
        build.command = command(way);
    }
}

fn build_hangs(profile: &mut Profile) {
    build(profile, "hang");
    limit(profile, "build", 8);
}

fn gateway(profile: &mut Profile, way: &str) {
    profile.gateway.command = command(way);
    profile.gateway.command.push("{{PROXY_PORT}}".into());
    started_by_command(profile);
}

/// What befalls the gateway's command shows only if nothing else says how it is started.
fn started_by_command(profile: &mut Profile) {
    let command = profile.pm2.command.take();
    profile.pm2 = Pm2Spec { command, ..Pm2Spec::default() };
    profile.gateway.start = None;
}

/// Runs a process that misbehaves, with these `words` behind its way, which then becomes the gateway.
fn before_gateway(profile: &mut Profile, way: &str, words: &[&str]) {
    let words = words.iter().chain(&["--"]).map(|word| (*word).to_owned());
    let wrapped: Vec<String> = command(way).into_iter().chain(words).collect();
    profile.gateway.command.splice(0..0, wrapped);
    started_by_command(profile);
}

/// Without overrides, which would render the gateway's config again.
fn server_without_program(profile: &mut Profile) {
    before_gateway(profile, "break-a-server", &[]);
    profile.overrides = OverridesSpec::None;
}

fn overrides_too_early(profile: &mut Profile) {
    before_gateway(profile, "late", &[]);
    limit(profile, "overrides", 2);
}

fn starts_again(profile: &mut Profile) {
    check(profile, "start-again");
    limit(profile, "check-misbehaving", 2);
}

fn limit(profile: &mut Profile, step: &str, seconds: u64) {
    profile.deadlines.retain(|(id, _)| id != step);
    profile.deadlines.push((step.into(), Duration::from_secs(seconds)));
}

fn through_env(profile: &mut Profile, change: &str) {
    profile.gateway.command.splice(0..0, ["env".to_owned(), change.to_owned()]);
    started_by_command(profile);
}

fn check(profile: &mut Profile, way: &str) {
    add_check(profile, CheckAfter::Ready, command(way));
}

fn add_check(profile: &mut Profile, after: CheckAfter, command: Vec<String>) {
    let (name, scope) = ("misbehaving".to_owned(), Scope::None);
    profile.checks.push(CheckSpec { name, scope, after, command });
}

fn forget(profile: &mut Profile, key: &str) {
    profile.env.retain(|(known, _)| known != key);
}

/// The stand-in reads the calls in a prompt that is made from them.
fn agent_misbehaves(profile: &mut Profile) {
    profile.stages.iter_mut().for_each(|stage| stage.prompt = None);
}

/// The same, and an older run has left its transcripts.
fn agent_with_leftovers(profile: &mut Profile) {
    agent_misbehaves(profile);
    let arguments = leftover::arguments(profile);
    let command = [command("leave-transcripts"), vec!["--".into()], arguments].concat();
    add_check(profile, CheckAfter::Clone, command);
}

/// The same, and its first stage does not wait for long.
fn agent_hangs(profile: &mut Profile) {
    agent_misbehaves(profile);
    if let Some(first) = profile.stages.first() {
        limit(profile, &format!("stage-{}", first.name), 6);
    }
}

/// The same call, of a file that is not there.
fn call_fails(profile: &mut Profile) {
    let call = profile.stages.first_mut().and_then(|stage| stage.calls.first_mut());
    if let Some(call) = call {
        call.arguments = serde_json::json!({"operation": "read_file", "path": "no/such/file"});
        call.expectation.arguments = call.arguments.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_a_misspelt_one_is_answered_with_the_nearest() {
        for fault in FAULTS {
            assert_eq!(FAULTS.iter().filter(|other| other.name == fault.name).count(), 1);
        }
        let message = find("gateway-405").err().unwrap();
        assert!(message.contains("did you mean `gateway-40"), "{message}");
    }
}
