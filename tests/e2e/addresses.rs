//! Gateways that are not where, or not as open as, most are.

use smoke_tests::Scenario;
use smoke_tests::tiny::{TALK, small};

scenarios! {
    one_at_another_path: Scenario {
        profile: at("url = \"http://127.0.0.1:{{PROXY_PORT}}/api/v1/mcp\"\n"),
        rest: PATH,
        ..plain()
    },
    one_that_is_called_localhost: Scenario {
        profile: at("url = \"http://localhost:{{PROXY_PORT}}/mcp\"\n"),
        ..plain()
    },
    one_on_the_other_loopback_address: Scenario {
        profile: at("url = \"http://[::1]:{{PROXY_PORT}}/mcp\"\n"),
        rest: SIXTH,
        ..plain()
    },
    one_on_the_other_loopback_address_that_nobody_named: Scenario {
        profile: at(""),
        rest: SIXTH,
        arguments: &["--restart-timeout", "1"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause: "gateway-not-listening",
        says: &["it accepts connections at [::1]", "url = \"http://[::1]:{{PROXY_PORT}}/mcp\""],
        ..plain()
    },
    one_that_speaks_the_stateless_version_only: Scenario {
        profile: at("[env]\nSMALL_STATELESS = \"1\"\n"),
        ..plain()
    },
    one_that_wants_a_token: Scenario {
        profile: at("headers = { Authorization = \"Bearer {{SMALL_TOKEN}}\" }\n"),
        rest: TOKEN,
        ..plain()
    },
    one_that_gets_no_token_refuses: Scenario {
        profile: at(""),
        rest: TOKEN,
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "gateway-rejects",
        says: &["401", "credentials"],
        ..plain()
    },
    a_header_without_a_value_is_wrong_configuration: Scenario {
        profile: at("headers = { Authorization = \"Bearer {{NO_SUCH_TOKEN}}\" }\n"),
        code: 2,
        outcome: "error",
        step: "prepare",
        cause: "config-invalid",
        says: &["[gateway] headers Authorization", "{{NO_SUCH_TOKEN}}"],
        ..plain()
    },
}

const PATH: &str = "[env]\nSMALL_PATH = \"/api/v1/mcp\"\n";
const SIXTH: &str = "[env]\nSMALL_HOST = \"::1\"\n";
const TOKEN: &str = "[env]\nSMALL_TOKEN = \"letmein-5e1f\"\n";

fn plain() -> Scenario<'static> {
    Scenario { rest: "", ..Scenario::default() }
}

/// The gateway of the tests, with more keys.
fn at(keys: &str) -> String {
    format!("{}{keys}{TALK}", small(&["say"]))
}

#[test]
fn a_token_is_nowhere_to_be_seen() {
    let sandbox = smoke_tests::Sandbox::new();
    let header = "headers = { Authorization = \"Bearer literally-5e1f\" }\n";
    let environment = "[env]\nSMALL_TOKEN = \"literally-5e1f\"\n";
    let print = "[[check]]\nname = \"print\"\ncommand = [\"env\"]\n";
    let scenario =
        Scenario { profile: at(header), rest: &format!("{environment}{print}"), ..plain() };
    let finished = scenario.play_in(&sandbox);
    assert!(finished.file("logs/check-print.log").contains("SMALL_TOKEN=***"));
    let mut searched = sandbox.command("grep");
    searched.args(["-r", "literally-5e1f", sandbox.runs().as_str()]);
    sandbox.run(searched).finish().expect(1);
}
