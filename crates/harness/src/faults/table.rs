//! The faults that can be played.

use smoke_core::cause::Code;

use super::Fault;

/// All faults, in the order of the steps that they befall.
pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "second-run",
        what: "another run uses the workspace",
        code: Code::WorkspaceBusy,
        play: |s| s.use_workspace_twice(),
    },
    Fault {
        name: "build-fails",
        what: "the build exits with status 1",
        code: Code::BuildFailed,
        play: |s| s.build("fail"),
    },
    Fault {
        name: "build-hangs",
        what: "the build never ends and ignores INT and TERM",
        code: Code::Deadline,
        play: |s| s.build_hangs(),
    },
    Fault {
        name: "build-repeats",
        what: "the build prints the same lines for ever",
        code: Code::NoProgress,
        play: |s| s.build_repeats(),
    },
    Fault {
        name: "server-without-value",
        what: "a placeholder of the bundle's servers has no value",
        code: Code::ServerInstallFailed,
        play: |s| s.forget("STACK_BIN"),
    },
    Fault {
        name: "template-without-value",
        what: "a placeholder of the gateway's template has no value",
        code: Code::RenderFailed,
        play: |s| s.forget("STELAE_PROXY_TEMPLATE"),
    },
    Fault {
        name: "foreign-listener",
        what: "another process listens on the port",
        code: Code::PortInUse,
        play: |s| s.before_gateway("occupy", &["{{PROXY_PORT}}"]),
    },
    Fault {
        name: "daemon-epipe",
        what: "the call that starts pm2's daemon is killed before the daemon is up, twice",
        code: Code::DaemonEpipe,
        play: |s| s.pm2("pm2-cut-short"),
    },
    Fault {
        name: "stale-daemon",
        what: "pm2 starts the gateway with the port of another day",
        code: Code::StaleDaemon,
        play: |s| s.pm2("pm2-of-yesterday"),
    },
    Fault {
        name: "crash-loop",
        what: "the gateway crashes again and again, and leaves a process behind each time",
        code: Code::GatewayCrashed,
        play: |s| s.gateway("crash"),
    },
    Fault {
        name: "not-listening",
        what: "the gateway runs and listens nowhere",
        code: Code::GatewayNotListening,
        play: |s| s.gateway("idle"),
    },
    Fault {
        name: "wrong-port",
        what: "the gateway listens on another port",
        code: Code::GatewayNotListening,
        play: |s| s.gateway("elsewhere"),
    },
    Fault {
        name: "gateway-404",
        what: "the gateway answers 404",
        code: Code::GatewayNotFound,
        play: |s| s.gateway("404"),
    },
    Fault {
        name: "gateway-406",
        what: "the gateway answers 406",
        code: Code::GatewayRejects,
        play: |s| s.gateway("406"),
    },
    Fault {
        name: "gateway-500",
        what: "the gateway answers 500",
        code: Code::GatewayError,
        play: |s| s.gateway("500"),
    },
    Fault {
        name: "gateway-hangs",
        what: "the gateway accepts connections and never answers",
        code: Code::NoProgress,
        play: |s| s.gateway("mute"),
    },
    Fault {
        name: "gateway-slow",
        what: "the gateway answers, a byte at a time",
        code: Code::NoProgress,
        play: |s| s.gateway("trickle"),
    },
    Fault {
        name: "server-without-program",
        what: "the program of one server is gone when the gateway starts it",
        code: Code::ToolsMissing,
        play: |s| s.break_a_server(),
    },
    Fault {
        name: "overrides-too-early",
        what: "the schemas are asked for before the gateway can be reached",
        code: Code::GatewayNotListening,
        play: |s| s.ask_too_early(),
    },
    Fault {
        name: "missing-tool",
        what: "one of the expected tools is not listed",
        code: Code::ToolsMissing,
        play: |s| s.profile.gateway.tools.push("a_tool_that_nobody_has".into()),
    },
    Fault {
        name: "stale-environment",
        what: "the gateway runs with the port of another day",
        code: Code::EnvMismatch,
        play: |s| s.change_environment("PROXY_PORT=9090"),
    },
    Fault {
        name: "lost-environment",
        what: "a variable does not reach the gateway",
        code: Code::EnvMismatch,
        play: |s| s.change_environment("--unset=STELAE_STATE_HOME"),
    },
    Fault {
        name: "check-fails",
        what: "one of the profile's own commands fails",
        code: Code::CheckFailed,
        play: |s| s.check("fail"),
    },
    Fault {
        name: "check-leaks",
        what: "one of the profile's own commands leaves a process behind",
        code: Code::Leak,
        play: |s| s.check("leak"),
    },
    Fault {
        name: "starts-again",
        what: "a script that was told to stop goes on, and starts the stack again",
        code: Code::Deadline,
        play: |s| s.start_again(),
    },
    Fault {
        name: "dirty-clone",
        what: "something writes into the clone",
        code: Code::DirtyClone,
        play: |s| s.check("scribble"),
    },
    Fault {
        name: "call-fails",
        what: "a tool answers with an error",
        code: Code::AgentCallFailed,
        play: |s| s.fail_a_call(),
    },
    Fault {
        name: "agent-missing",
        what: "the agent's program is not installed",
        code: Code::AgentMissing,
        play: |s| s.agent_is(vec!["a-codex-that-nobody-has".into()]),
    },
    Fault {
        name: "agent-hangs",
        what: "the agent says for ever that it tries again",
        code: Code::AgentHung,
        play: |s| s.agent_hangs("agent-hangs"),
    },
    Fault {
        name: "agent-no-calls",
        what: "the agent makes no call, and says that it has",
        code: Code::AgentNoCalls,
        play: |s| s.agent("agent-no-calls"),
    },
    Fault {
        name: "agent-leftover",
        what: "the agent makes no call, and transcripts of an older run are there",
        code: Code::AgentNoCalls,
        play: |s| s.agent_with_leftovers("agent-leftover"),
    },
    Fault {
        name: "agent-flag-rejected",
        what: "the agent does not take a flag that its help lists",
        code: Code::AgentFlagRejected,
        play: |s| s.agent("agent-flag-rejected"),
    },
    Fault {
        name: "agent-no-login",
        what: "the agent's login is not accepted",
        code: Code::AgentAuth,
        play: |s| s.agent("agent-no-login"),
    },
    Fault {
        name: "agent-garbage",
        what: "the agent prints garbage between its events, and leaves out the last call",
        code: Code::AgentNoCalls,
        play: |s| s.agent("agent-garbage"),
    },
    Fault {
        name: "agent-call-refused",
        what: "the agent refuses every call for want of approval",
        code: Code::AgentApprovalRefused,
        play: |s| s.agent("agent-call-refused"),
    },
    Fault {
        name: "agent-tool-not-offered",
        what: "the agent does not offer the stack's tools to its model",
        code: Code::AgentToolNotOffered,
        play: |s| s.agent("agent-tool-not-offered"),
    },
];
