//! Servers without a gateway of their own, which ours serves.

use std::fs;
use std::time::Duration;

use serde_json::json;
use smoke_tests::binaries::{binaries, program, target};
use smoke_tests::tiny::{TALK, tiny};
use smoke_tests::{Sandbox, Scenario, sandbox};

scenarios! {
    one_of_the_profile_is_served: Scenario {
        profile: format!("[[server]]\nname = \"a\"\ncommand = {}\n", json!(small("say"))),
        ..Scenario::default()
    },
    one_that_knows_no_sessions_is_served: Scenario {
        profile: format!(
            "[[server]]\nname = \"a\"\ncommand = {}\nenv = {{ SMALL_STATELESS = \"1\" }}\n",
            json!(small("say"))
        ),
        ..Scenario::default()
    },
    those_of_a_clients_file_are_served_with_its_variables: Scenario {
        profile: "[mcp_config]\npath = \".mcp.json\"\n[env]\nA_KEY = \"from the profile\"\n".into(),
        rest: "[[stage]]\nname = \"ask\"\ntools_absent = [\"write\"]\n\
               [[stage.call]]\ntool = \"env\"\narguments = { name = \"GIVEN\" }\n\
               result_contains = [\"***\"]\n",
        files: &[(".mcp.json", &client_file())],
        ..Scenario::default()
    },
    only_those_that_are_named_are_served: Scenario {
        profile: "[mcp_config]\npath = \".mcp.json\"\nservers = [\"talker\"]\n".into(),
        files: &[(".mcp.json", &client_file())],
        ..Scenario::default()
    },
    a_variable_of_the_file_without_a_value_is_named: Scenario {
        profile: "[mcp_config]\npath = \".mcp.json\"\n".into(),
        files: &[(".mcp.json", &client_file())],
        code: 2,
        outcome: "error",
        step: "render",
        cause: "config-invalid",
        says: &[".mcp.json: server `asker`", "set A_KEY in [env]"],
        ..Scenario::default()
    },
    a_file_that_is_not_committed_is_named: Scenario {
        profile: "[mcp_config]\npath = \"mcp.json\"\n".into(),
        code: 2,
        outcome: "error",
        step: "render",
        cause: "config-invalid",
        says: &["the clone has no mcp.json"],
        ..Scenario::default()
    },
    one_that_ends_during_a_call_is_named_with_its_last_words: Scenario {
        profile: format!("[[server]]\nname = \"a\"\ncommand = {}\n", json!(small("say,exit"))),
        rest: "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"exit\"\n",
        code: 1,
        outcome: "failed",
        step: "stage-try",
        cause: "agent-call-failed",
        says: &["went away during the call: exited: exit status: 7; its last line: no database any more"],
        ..Scenario::default()
    },
    one_that_hangs_at_its_start_holds_nobody_up_who_does_not_need_it: Scenario {
        profile: format!(
            "[[server]]\nname = \"a\"\ncommand = {}\n\
             [[server]]\nname = \"b\"\ncommand = [\"sleep\", \"600\"]\n",
            json!(small("say"))
        ),
        arguments: &["--restart-timeout", "20"],
        ..Scenario::default()
    },
    programs_that_are_missing_are_named_before_anything_is_started: Scenario {
        profile: "[[server]]\nname = \"a\"\ncommand = [\"no-such-uvx\"]\n\
                  [[server]]\nname = \"b\"\ncommand = [\"no-such-deno\"]\n".into(),
        code: 4,
        outcome: "error",
        step: "render",
        cause: "prerequisite-missing",
        says: &["server a: there is no `no-such-uvx` on PATH", "server b: there is no `no-such-deno`"],
        ..Scenario::default()
    },
    an_address_that_our_gateway_cannot_reach_is_named: Scenario {
        profile: "[[server]]\nname = \"far\"\nurl = \"{{FAR:-https://127.0.0.1:1/mcp}}\"\n".into(),
        code: 2,
        outcome: "error",
        step: "render",
        cause: "config-invalid",
        says: &["far: our own gateway speaks no https"],
        ..Scenario::default()
    },
    a_server_that_does_not_start_is_seen: Scenario {
        profile: "[[server]]\nname = \"broken\"\ncommand = [\"sh\", \"-c\", \"echo no such folder >&2; exit 3\"]\n".into(),
        arguments: &["--restart-timeout", "60"],
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "tools-missing",
        says: &["broken", "no such folder"],
        ..Scenario::default()
    },
}

fn small(tools: &str) -> [String; 3] {
    [program("small-gateway").into_string(), "stdio".into(), tools.into()]
}

/// As an editor writes it: with a comment, with its own variables, and with one that is off.
fn client_file() -> String {
    let [command, first, second] = small("env");
    let say = small("say");
    let servers = json!({
        "talker": {"command": say[0], "args": say[1..]},
        "asker": {"command": command, "args": [first, second], "env": {"GIVEN": "${input:a-key}"}},
        "off": {"command": command, "args": ["stdio", "write"], "disabled": true},
    });
    format!("// Mine.\n{{\"servers\": {servers},}}\n")
}

/// A program that stands alone, as one that was installed elsewhere, has no gateway beside it.
#[test]
fn our_gateway_is_built_from_its_sources_where_it_is_missing_and_then_kept() {
    let mut sandbox = Sandbox::new();
    sandbox.allow(Duration::from_secs(1200));
    // What other tests built of it is used again.
    sandbox.set("CARGO_TARGET_DIR", target());
    let alone = sandbox.path().join("alone");
    fs::copy(&binaries().xtask, &alone).unwrap();
    let profile = format!("[[server]]\nname = \"a\"\ncommand = {}\n{TALK}", json!(small("say")));
    let source = tiny(&sandbox, &profile, &[]);
    let run = || {
        let mut command = sandbox.command(alone.as_str());
        let (port, artifacts) = (sandbox::port().to_string(), sandbox.cwd().join("target/smoke"));
        command.args(["smoke", "--source", source.path().as_str(), "--port", &port]);
        command.args(["--artifacts", artifacts.as_str()]);
        sandbox.run(command).finish().expect(0)
    };
    let first = run();
    let built = first.record["environment"]["SMOKE_GATEWAY_BIN"].to_string();
    assert!(built.contains("own-gateway"), "{built}");
    assert_eq!(run().step("build")["cached"], true);
}

#[test]
fn a_secret_in_a_clients_file_is_nowhere_to_be_seen() {
    let sandbox = Sandbox::new();
    let [command, first, second] = small("env");
    let config = json!({"mcpServers": {"a": {
        "command": command, "args": [first, second], "env": {"A_TOKEN": "letmein-77aa"}}}});
    let scenario = Scenario {
        profile: "[mcp_config]\npath = \".mcp.json\"\n".into(),
        rest: "[[stage]]\nname = \"ask\"\n[[stage.call]]\ntool = \"env\"\n\
               arguments = { name = \"A_TOKEN\" }\nresult_contains = [\"letmein-77aa\"]\n",
        files: &[(".mcp.json", &config.to_string())],
        ..Scenario::default()
    };
    let finished = scenario.play_in(&sandbox);
    assert!(finished.file("codex-transcripts/ask.jsonl").contains("***"));
    let mut searched = sandbox.command("grep");
    searched.args(["-r", "letmein-77aa", finished.folder().join("codex-transcripts").as_str()]);
    sandbox.run(searched).finish().expect(1);
}
