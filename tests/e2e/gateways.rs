//! Gateways that do not serve, and what the harness says of each.

use smoke_tests::Scenario;
use smoke_tests::tiny::{TALK, gateway, misbehaving, small};

scenarios! {
    one_that_serves_passes: Scenario::default(),
    one_whose_error_stands_above_a_long_trace_is_shown_with_both: Scenario {
        profile: gateway(
            &["sh", "-c", "echo \"Error: no such database\" >&2; seq 15 >&2; echo done >&2; exit 7"],
            &["say"],
        ),
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-crashed",
        says: &["| Error: no such database", "| …", "| done", "and exited again (exit status: 7)"],
        ..Scenario::default()
    },
    one_that_crashes_is_shown_with_its_last_lines: Scenario {
        profile: gateway(&["sh", "-c", "echo cannot open the config >&2; exit 7"], &["say"]),
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-crashed",
        says: &["cannot open the config", "exit status: 7"],
        ..Scenario::default()
    },
    one_that_never_listens_runs_into_the_restart_timeout: Scenario {
        profile: gateway(&["sleep", "600"], &["say"]),
        arguments: &["--restart-timeout", "1"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause: "gateway-not-listening",
        says: &["nothing listens on the address", "attempts 1 to "],
        ..Scenario::default()
    },
    one_that_binds_another_port_is_not_listening: Scenario {
        profile: misbehaving("binds-another-port", &[]),
        arguments: &["--restart-timeout", "1"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause: "gateway-not-listening",
        ..Scenario::default()
    },
    one_that_answers_404_has_no_route: answering("404", "gateway-not-found"),
    one_that_answers_406_rejects: answering("406", "gateway-rejects"),
    one_that_answers_405_rejects: answering("405", "gateway-rejects"),
    one_that_answers_500_fails: answering("500", "gateway-error"),
    one_that_serves_one_session_is_not_told_to_mend_its_path: sessions(
        "one",
        &["it served a session, and refuses the next one", "Session not found", "for each session"],
    ),
    one_that_forgets_sessions_is_told_what_its_workers_lack: sessions(
        "lost",
        &["initialize was answered, and the next request", "Session not found", "one worker"],
    ),
    one_that_speaks_tls_is_told_at_once: Scenario {
        profile: misbehaving("answers-with-status", &["tls"]),
        rest: TALK,
        arguments: &["--restart-timeout", "30"],
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-error",
        says: &["what listens there speaks TLS", "plain http"],
        ..Scenario::default()
    },
    one_with_a_stream_of_events_beside_its_url_is_told_where: Scenario {
        profile: misbehaving("answers-with-status", &["sse"]),
        rest: TALK,
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-not-found",
        says: &["say url = \"http://127.0.0.1:{{PROXY_PORT}}/sse\" in [gateway]"],
        ..Scenario::default()
    },
    one_whose_command_line_has_a_server_that_is_down_is_told_with_its_last_words: Scenario {
        profile: misbehaving(
            "answers-with-status",
            &["503", "--stdio", "sh -c 'echo cannot open its database >&2; exit 3'"],
        ),
        rest: TALK,
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-error",
        says: &["; down: sh -c", "is down: ", "exit status: 3", "cannot open its database", "server-sh"],
        ..Scenario::default()
    },
    one_whose_command_line_names_a_list_is_told_by_its_servers: Scenario {
        profile: misbehaving("answers-with-status", &["500", "--config", "mcp.json"]),
        rest: TALK,
        files: &[(
            "mcp.json",
            r#"{"mcpServers": {"a": {"command": "sh", "args": ["-c", "echo no such module >&2; exit 4"]}}}"#,
        )],
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-error",
        says: &["; down: a", "server a is down: ", "no such module", "server-a.log"],
        ..Scenario::default()
    },
    one_with_half_of_its_tools_lacks_the_others: Scenario {
        profile: small(&["say"]).replace("tools = [", "tools = [\"absent\","),
        arguments: &["--restart-timeout", "1"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause: "tools-missing",
        says: &["1 of 2 expected tools listed, without absent"],
        ..Scenario::default()
    },
    one_whose_supervisor_is_killed_is_not_waited_for: Scenario {
        profile: gateway(
            &[
                "sh", "-c",
                "until grep -q '\"starts\": *1' .supervisor/status.json; do sleep 0.02; done
                kill -KILL $PPID; exec sleep 60"
            ],
            &["say"]
        ).replace(".supervisor", "$SMOKE_WORKSPACE/.supervisor"),
        rest: TALK,
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-crashed",
        says: &["its supervisor, pid ", "is gone"],
        ..Scenario::default()
    },
    one_whose_program_does_not_exist_cannot_be_started: Scenario {
        profile: gateway(&["/no/such/gateway"], &["say"]),
        rest: TALK,
        code: 1,
        outcome: "failed",
        step: "start",
        cause: "gateway-crashed",
        says: &["/no/such/gateway"],
        ..Scenario::default()
    },
}

fn sessions(which: &str, says: &'static [&'static str]) -> Scenario<'static> {
    Scenario {
        profile: small(&["say"]) + &format!("env = {{ SMALL_SESSIONS = \"{which}\" }}\n"),
        rest: TALK,
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-rejects",
        says,
        ..Scenario::default()
    }
}

fn answering(status: &'static str, cause: &'static str) -> Scenario<'static> {
    Scenario {
        profile: misbehaving("answers-with-status", &[status]),
        arguments: &["--restart-timeout", "1"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause,
        says: status_said(status),
        ..Scenario::default()
    }
}

fn status_said(status: &'static str) -> &'static [&'static str] {
    match status {
        "404" => &["404"],
        "405" => &["405"],
        "406" => &["406"],
        _ => &["500"],
    }
}
