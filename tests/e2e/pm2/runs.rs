//! Runs that pass, whatever is in front of pm2 and whatever was there before.

use std::fs;

use serde_json::json;
use smoke_core::process;
use smoke_tests::pm2::Major;
use smoke_tests::record::{assert_folds, assert_passed, assert_schema};
use smoke_tests::{Sandbox, Scenario, binaries, sandbox};

use super::{by_ecosystem, ecosystem, in_front, play, real, serving, shell, stack, start};

const STEPS: [&str; 10] = [
    "prepare",
    "clone",
    "env",
    "codex-home",
    "client-repo",
    "daemon",
    "start",
    "ready",
    "stage-talk",
    "verify",
];

fn passes(major: Major) {
    let sandbox = Sandbox::new();
    let Some(finished) = play(&sandbox, major, Scenario::default()) else { return };
    assert_schema(&finished.record);
    assert_folds(&finished);
    assert_passed(&finished, &[&STEPS[..], &["teardown"]].concat());
    let versions = &finished.record["versions"];
    let expected = if major == Major::Current { "7." } else { "6." };
    assert!(versions["pm2"].as_str().unwrap().starts_with(expected), "{versions}");
    assert!(versions["node"].is_string(), "{versions}");
    assert!(finished.record["env_audit"]["processes"].as_u64().unwrap() >= 2);
    assert!(finished.file("logs/pm2.log").contains("App [gateway:0] online"));
    assert_eq!(finished.record["leaks"], json!([]));
}

#[test]
fn the_current_major_keeps_a_gateway_running() {
    passes(Major::Current);
}

#[test]
fn the_major_before_keeps_a_gateway_running() {
    passes(Major::Before);
}

#[test]
fn of_an_ecosystem_file_only_the_wanted_apps_are_started() {
    let mark =
        |name: &str| shell(name, &format!("touch \"$SMOKE_WORKSPACE/../{name}\"; sleep 600"));
    let apps = [mark("unwanted"), serving("proxy"), mark("wanted")];
    let sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let finished = Scenario {
        profile: by_ecosystem("app = \"proxy\"\nalso = [\"wanted\"]"),
        files: &[("ecosystem.config.js", &ecosystem(&apps))],
        arguments: &["--pm2", pm2.as_str()],
        ..Scenario::default()
    }
    .play_in(&sandbox);
    assert!(sandbox.tmp().join("wanted").exists() && !sandbox.tmp().join("unwanted").exists());
    assert!(finished.file("logs/pm2.log").contains("App [wanted:"));
    fs::remove_file(sandbox.tmp().join("wanted")).unwrap();
}

#[test]
fn an_app_beside_the_gateway_that_crashes_fails_the_run() {
    for (line, says) in [
        ("echo no queue >&2; exit 3", "| no queue"),
        ("echo no luck >&2; sleep 0.3; exit 4", "| no luck"),
    ] {
        let sandbox = Sandbox::new();
        let Some(pm2) = real(Major::Current) else { return };
        Scenario {
            profile: by_ecosystem("app = \"proxy\"\nalso = [\"worker\"]"),
            files: &[(
                "ecosystem.config.js",
                &ecosystem(&[serving("proxy"), shell("worker", line)]),
            )],
            arguments: &["--pm2", pm2.as_str()],
            code: 1,
            outcome: "failed",
            step: "verify",
            cause: "gateway-crashed",
            says: &["the app `worker` beside the gateway crashes", says],
            ..Scenario::default()
        }
        .play_in(&sandbox);
    }
}

/// In each form that pm2 reads, and its only app needs no name.
#[test]
fn an_ecosystem_file_may_be_json_yaml_or_a_module() {
    let apps = ecosystem(&[serving("proxy")]);
    let apps = apps.trim_start_matches("module.exports = ").trim_end_matches([';', '\n']);
    let list = apps.trim_start_matches("{\"apps\":").trim_end_matches('}');
    let serve = format!("exec {} $PROXY_PORT say", binaries::program("small-gateway"));
    let yaml = format!(
        "apps:\n  - name: proxy\n    script: /bin/sh\n    interpreter: none\n    args: [-c, '{serve}']\n"
    );
    let forms = [
        ("ecosystem.json", apps.to_owned()),
        ("ecosystem.config.yml", yaml),
        ("ecosystem.config.mjs", format!("export const apps = {list};\n")),
    ];
    for (name, text) in &forms {
        let scenario = Scenario {
            profile: by_ecosystem("").replace("ecosystem.config.js", name),
            files: &[(name, text)],
            ..Scenario::default()
        };
        play(&Sandbox::new(), Major::Current, scenario);
    }
}

#[test]
fn a_banner_before_the_list_does_no_harm() {
    let sandbox = Sandbox::new();
    let Some(real) = real(Major::Current) else { return };
    let script = "echo '[PM2] hello [] >> [banner]'; \"$real\" \"$@\"; code=$?; echo 'out of date []'; exit $code";
    let pm2 = in_front(&sandbox, real, script);
    start(&sandbox, &stack(&sandbox, ""), &pm2, &[]).finish().expect(0);
}

#[test]
fn a_daemon_that_lost_its_pipe_once_is_replaced() {
    for major in [Major::Current, Major::Before] {
        let sandbox = Sandbox::new();
        let Some(real) = real(major) else { return };
        let xtask = &binaries::binaries().xtask;
        let once = format!(
            "once='{}'\nif mkdir \"$once\" 2>/dev/null; then\n\
             exec '{xtask}' misbehave pm2-cut-short -- \"$real\" \"$@\"\nfi\nexec \"$real\" \"$@\"",
            sandbox.path().join("once")
        );
        let pm2 = in_front(&sandbox, real, &once);
        let finished = start(&sandbox, &stack(&sandbox, ""), &pm2, &[]).finish().expect(0);
        let finished = finished.says(&["write EPIPE", "starting it anew"]);
        assert_eq!(finished.step("daemon")["attempts"], 2);
    }
}

/// In a workspace that is used again, somebody's pm2 runs an app of the same name with old values.
#[test]
fn an_app_from_before_gives_way_to_one_with_the_runs_values() {
    let sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let source = stack(&sandbox, "");
    let workspace = sandbox.path().join("k");
    let named = ["--workspace", workspace.as_str()];
    start(&sandbox, &source, pm2, &[&named[..], &["--keep-workspace"]].concat()).finish().expect(0);
    let mut old = sandbox.command(pm2.as_str());
    old.args(["-s", "start", "/bin/sleep", "--name", "gateway", "--", "1234"]);
    old.env("PM2_HOME", workspace.join(".pm2")).env("PROXY_PORT", "9090");
    sandbox.run(old).finish().expect(0);
    let stale = || process::all().into_iter().find(|p| p.argv == ["/bin/sleep", "1234"]);
    assert!(stale().is_some());
    let finished = start(&sandbox, &source, pm2, &named).finish().expect(0);
    finished.says(&["a pm2 daemon from before", "is asked to end"]);
    assert!(stale().is_none_or(|process| !process.is_live()));
    sandbox.xtask(&["smoke", "--cleanup-only", "--workspace", workspace.as_str()]);
}

#[test]
fn two_runs_at_once_do_not_see_each_other() {
    let sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let source = stack(&sandbox, "");
    let runs = [(); 2].map(|()| start(&sandbox, &source, pm2, &[]));
    for run in runs {
        run.finish().expect(0);
    }
}

#[test]
fn the_profile_says_which_pm2_and_that_it_is_the_supervisor() {
    let sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let source = stack(&sandbox, &format!("[pm2]\ncommand = [\"node\", \"{pm2}\"]\n"));
    let port = sandbox::port().to_string();
    let arguments =
        ["smoke", "--source", source.path().as_str(), "--port", &port, "--supervisor", "pm2"];
    let finished = sandbox.xtask(&arguments).expect(0);
    assert!(finished.file("logs/daemon.log").contains("$ node /"), "{}", finished.shown());
}
