//! `--inject`: plays a fault on the stack, so that people can see what it looks like.

pub mod leftover;
pub mod misbehave;
mod stand_in;

use std::time::Duration;

use crate::cause::Code;
use crate::cli::{AgentKind, ModelKind, Scope, SmokeArgs, SupervisorKind};
use crate::plan::{Kind, Plan};
use crate::profile::pm2::Pm2Spec;
use crate::profile::reader::nearest;
use crate::profile::{CheckAfter, CheckSpec, OverridesSpec, Profile};

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

/// All faults, in the order of the steps that they befall.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "second-run",
        what: "another run uses the workspace",
        code: Code::WorkspaceBusy,
        play: |_| (),
    },
    Fault {
        name: "build-fails",
        what: "the build exits with status 1",
        code: Code::BuildFailed,
        play: |p| build(p, "fail"),
    },
    Fault {
        name: "build-hangs",
        what: "the build never ends and ignores INT and TERM",
        code: Code::Deadline,
        play: |p| build(p, "hang"),
    },
    Fault {
        name: "build-repeats",
        what: "the build prints the same lines for ever",
        code: Code::NoProgress,
        play: |p| build(p, "repeat"),
    },
    Fault {
        name: "server-without-value",
        what: "a placeholder of the bundle's servers has no value",
        code: Code::ServerInstallFailed,
        play: |p| forget(p, "STACK_BIN"),
    },
    Fault {
        name: "template-without-value",
        what: "a placeholder of the gateway's template has no value",
        code: Code::RenderFailed,
        play: |p| forget(p, "STELAE_PROXY_TEMPLATE"),
    },
    Fault {
        name: "foreign-listener",
        what: "another process listens on the port",
        code: Code::PortInUse,
        play: |_| (),
    },
    Fault {
        name: "daemon-epipe",
        what: "the call that starts pm2's daemon is killed before the daemon is up, twice",
        code: Code::DaemonEpipe,
        play: |_| (),
    },
    Fault {
        name: "stale-daemon",
        what: "pm2 starts the gateway with the port of another day",
        code: Code::StaleDaemon,
        play: |_| (),
    },
    Fault {
        name: "crash-loop",
        what: "the gateway crashes again and again, and leaves a process behind each time",
        code: Code::GatewayCrashed,
        play: |p| gateway(p, "crash"),
    },
    Fault {
        name: "not-listening",
        what: "the gateway runs and listens nowhere",
        code: Code::GatewayNotListening,
        play: |p| gateway(p, "idle"),
    },
    Fault {
        name: "wrong-port",
        what: "the gateway listens on another port",
        code: Code::GatewayNotListening,
        play: |p| gateway(p, "elsewhere"),
    },
    Fault {
        name: "gateway-404",
        what: "the gateway answers 404",
        code: Code::GatewayNotFound,
        play: |p| gateway(p, "404"),
    },
    Fault {
        name: "gateway-406",
        what: "the gateway answers 406",
        code: Code::GatewayRejects,
        play: |p| gateway(p, "406"),
    },
    Fault {
        name: "gateway-500",
        what: "the gateway answers 500",
        code: Code::GatewayError,
        play: |p| gateway(p, "500"),
    },
    Fault {
        name: "gateway-hangs",
        what: "the gateway accepts connections and never answers",
        code: Code::NoProgress,
        play: |p| gateway(p, "mute"),
    },
    Fault {
        name: "gateway-slow",
        what: "the gateway answers, a byte at a time",
        code: Code::NoProgress,
        play: |p| gateway(p, "trickle"),
    },
    Fault {
        name: "server-without-program",
        what: "the program of one server is gone when the gateway starts it",
        code: Code::ToolsMissing,
        play: server_without_program,
    },
    Fault {
        name: "overrides-too-early",
        what: "the schemas are asked for before the gateway can be reached",
        code: Code::GatewayNotListening,
        play: overrides_too_early,
    },
    Fault {
        name: "missing-tool",
        what: "one of the expected tools is not listed",
        code: Code::ToolsMissing,
        play: |p| p.gateway.tools.push("a_tool_that_nobody_has".into()),
    },
    Fault {
        name: "stale-environment",
        what: "the gateway runs with the port of another day",
        code: Code::EnvMismatch,
        play: |p| through_env(p, "PROXY_PORT=9090"),
    },
    Fault {
        name: "lost-environment",
        what: "a variable does not reach the gateway",
        code: Code::EnvMismatch,
        play: |p| through_env(p, "--unset=STELAE_STATE_HOME"),
    },
    Fault {
        name: "check-fails",
        what: "one of the profile's own commands fails",
        code: Code::CheckFailed,
        play: |p| check(p, "fail"),
    },
    Fault {
        name: "check-leaks",
        what: "one of the profile's own commands leaves a process behind",
        code: Code::Leak,
        play: |p| check(p, "leak"),
    },
    Fault {
        name: "starts-again",
        what: "a script that was told to stop goes on, and starts the stack again",
        code: Code::Deadline,
        play: starts_again,
    },
    Fault {
        name: "dirty-clone",
        what: "something writes into the clone",
        code: Code::DirtyClone,
        play: |p| check(p, "scribble"),
    },
    Fault {
        name: "call-fails",
        what: "a tool answers with an error",
        code: Code::AgentCallFailed,
        play: call_fails,
    },
    Fault {
        name: "agent-missing",
        what: "the agent's program is not installed",
        code: Code::AgentMissing,
        play: agent_misbehaves,
    },
    Fault {
        name: "agent-hangs",
        what: "the agent says for ever that it tries again",
        code: Code::AgentHung,
        play: agent_misbehaves,
    },
    Fault {
        name: "agent-no-calls",
        what: "the agent makes no call, and says that it has",
        code: Code::AgentNoCalls,
        play: agent_misbehaves,
    },
    Fault {
        name: "agent-leftover",
        what: "the agent makes no call, and transcripts of an older run are there",
        code: Code::AgentNoCalls,
        play: agent_misbehaves,
    },
    Fault {
        name: "agent-flag-rejected",
        what: "the agent does not take a flag that its help lists",
        code: Code::AgentFlagRejected,
        play: agent_misbehaves,
    },
    Fault {
        name: "agent-no-login",
        what: "the agent's login is not accepted",
        code: Code::AgentAuth,
        play: agent_misbehaves,
    },
    Fault {
        name: "agent-garbage",
        what: "the agent prints garbage between its events, and leaves out the last call",
        code: Code::AgentNoCalls,
        play: agent_misbehaves,
    },
    Fault {
        name: "agent-call-refused",
        what: "the agent refuses every call for want of approval",
        code: Code::AgentApprovalRefused,
        play: agent_misbehaves,
    },
    Fault {
        name: "agent-tool-not-offered",
        what: "the agent does not offer the stack's tools to its model",
        code: Code::AgentToolNotOffered,
        play: agent_misbehaves,
    },
];

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
pub fn play(args: &SmokeArgs, profile: &mut Profile) {
    let Some(fault) = args.inject.as_deref().and_then(|name| find(name).ok()) else { return };
    (fault.play)(profile);
}

/// The command line of a process that stands in for the Codex CLI, if the fault is one of an agent.
pub fn agent(args: &SmokeArgs) -> Option<Vec<String>> {
    match args.inject.as_deref().filter(|name| name.starts_with(AGENT))? {
        "agent-missing" => Some(vec!["a-codex-that-nobody-has".into()]),
        name => Some([command(name), vec!["--".into()]].concat()),
    }
}

/// Whether this fault was asked for: some lie not in what a profile says, but in what is around it.
pub fn plays(args: &SmokeArgs, name: &str) -> bool {
    args.inject.as_deref() == Some(name)
}

/// Puts the fault that was asked for into the order of the steps.
pub fn disorder(args: &SmokeArgs, plan: &mut Plan) {
    let overrides = plan.steps.iter_mut().find(|step| step.kind == Kind::Overrides);
    if let Some(step) = overrides.filter(|_| plays(args, "overrides-too-early")) {
        step.needs = vec!["start".into()];
    }
}

/// The command line of pm2, with what `--inject` puts before it.
pub fn before_pm2(args: &SmokeArgs, pm2: Vec<String>) -> Vec<String> {
    let way = match args.inject.as_deref() {
        Some("daemon-epipe") => "pm2-cut-short",
        Some("stale-daemon") => "pm2-of-yesterday",
        _ => return pm2,
    };
    [command(way), vec!["--".to_owned()], pm2].concat()
}

/// Faults that show only when a deadline passes are not waited for as long as the real thing.
pub fn shorten(args: &mut SmokeArgs) {
    const SECONDS: u64 = 4;
    if args.inject.as_deref() == Some("build-repeats") {
        args.limits.heartbeat_timeout = args.limits.heartbeat_timeout.clamp(1, SECONDS);
    }
    if matches!(args.inject.as_deref(), Some("daemon-epipe" | "stale-daemon")) {
        args.supervisor = Some(SupervisorKind::Pm2);
    }
    if agent(args).is_some() {
        args.agent = Some(AgentKind::Codex);
        args.model = Some(ModelKind::Scripted);
    }
    if args.inject.is_some() {
        args.limits.restart_timeout.get_or_insert(2 * SECONDS);
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

/// Runs a process that misbehaves, which then becomes the gateway.
fn before_gateway(profile: &mut Profile, way: &str) {
    let wrapped = [command(way), vec!["--".into()]].concat();
    profile.gateway.command.splice(0..0, wrapped);
    started_by_command(profile);
}

/// Without overrides, which would render the gateway's config again.
fn server_without_program(profile: &mut Profile) {
    before_gateway(profile, "break-a-server");
    profile.overrides = OverridesSpec::None;
}

fn overrides_too_early(profile: &mut Profile) {
    before_gateway(profile, "late");
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
    let name = "misbehaving".to_owned();
    profile.checks.push(CheckSpec {
        name,
        scope: Scope::None,
        after: CheckAfter::Ready,
        command: command(way),
    });
}

fn forget(profile: &mut Profile, key: &str) {
    profile.env.retain(|(known, _)| known != key);
}

/// The stand-in reads the calls in a prompt that is made from them, and does not hang for long.
fn agent_misbehaves(profile: &mut Profile) {
    profile.stages.iter_mut().for_each(|stage| stage.prompt = None);
    if let Some(first) = profile.stages.first() {
        limit(profile, &format!("stage-{}", first.name.clone()), 6);
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
