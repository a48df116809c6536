//! The faults that can be played.

use smoke_core::cause::Code;

use super::{
    Fault, agent_hangs, agent_misbehaves, agent_with_leftovers, before_gateway, build, build_hangs,
    call_fails, check, forget, gateway, overrides_too_early, server_without_program, starts_again,
    through_env,
};

/// All faults, in the order of the steps that they befall.
pub(super) const FAULTS: &[Fault] = &[
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
        play: build_hangs,
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
        play: |p| before_gateway(p, "occupy", &["{{PROXY_PORT}}"]),
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
        play: agent_hangs,
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
        play: agent_with_leftovers,
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
