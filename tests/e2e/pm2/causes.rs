//! Runs that fail under pm2, and what the harness says of each.

use serde_json::json;
use smoke_core::process;
use smoke_tests::pm2::Major;
use smoke_tests::tiny::gateway;
use smoke_tests::{Sandbox, Scenario, executable};

use super::{
    by_ecosystem, ecosystem, in_front, play, play_both, real, serving, shell, stack, start, with,
};

fn failing(
    step: &'static str,
    cause: &'static str,
    says: &'static [&'static str],
) -> Scenario<'static> {
    Scenario { code: 1, outcome: "failed", step, cause, says, ..Scenario::default() }
}

#[test]
fn a_crash_loop_is_shown_with_its_last_lines() {
    let scenario = || Scenario {
        profile: gateway(&["sh", "-c", "echo cannot open the config >&2; exit 7"], &["say"]),
        arguments: &["--restart-retries", "1"],
        ..failing("ready", "gateway-crashed", &["cannot open the config", "exit code 7"])
    };
    play_both(scenario);
}

#[test]
fn a_crash_is_found_where_the_app_writes_its_log_though_pm2_would_wait() {
    let app = shell("proxy", "echo the key of the moon is missing; exit 3");
    let app = with(app, json!({"restart_delay": 30_000, "out_file": "deep/own.log"}));
    let sandbox = Sandbox::new();
    let Some(finished) = play(
        &sandbox,
        Major::Current,
        Scenario {
            profile: by_ecosystem("app = \"proxy\""),
            files: &[("ecosystem.config.js", &ecosystem(&[app])), (".gitignore", "deep\n")],
            ..failing("ready", "gateway-crashed", &["the key of the moon", "only after 30000 ms"])
        },
    ) else {
        return;
    };
    assert!(finished.step("ready")["duration_ms"].as_u64().unwrap() < 5000);
    assert!(finished.file("logs/own.log").contains("the key of the moon"));
}

/// pm2's own list has every variable in clear.
#[test]
fn secrets_are_in_nothing_that_is_left_of_a_run() {
    let sandbox = Sandbox::new();
    let app = shell("proxy", "echo \"it is $MOON_TOKEN\"; exit 3");
    let secret = "4f2c-canary-77d1";
    let Some(finished) = play(
        &sandbox,
        Major::Current,
        Scenario {
            profile: format!("{}[env]\nMOON_TOKEN = \"{secret}\"\n", by_ecosystem("")),
            files: &[("ecosystem.config.js", &ecosystem(&[app]))],
            ..failing("ready", "gateway-crashed", &["it is ***"])
        },
    ) else {
        return;
    };
    for entry in walk(finished.folder()) {
        let text = String::from_utf8_lossy(&std::fs::read(&entry).unwrap()).into_owned();
        assert!(!text.contains(secret), "{entry} has it");
    }
}

fn walk(folder: &camino::Utf8Path) -> Vec<camino::Utf8PathBuf> {
    let entries = folder.read_dir_utf8().unwrap().flatten().map(|entry| entry.into_path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn an_app_that_is_not_started_again_is_not_waited_for() {
    let app = with(shell("proxy", "echo over; exit 0"), json!({"autorestart": false}));
    play(
        &Sandbox::new(),
        Major::Current,
        Scenario {
            profile: by_ecosystem("app = \"proxy\""),
            files: &[("ecosystem.config.js", &ecosystem(&[app]))],
            ..failing("ready", "gateway-crashed", &["does not start it again (exit code 0)"])
        },
    );
}

#[test]
fn online_is_not_ready() {
    play(
        &Sandbox::new(),
        Major::Current,
        Scenario {
            profile: gateway(&["sleep", "600"], &["say"]),
            arguments: &["--restart-timeout", "1"],
            code: 3,
            outcome: "timed_out",
            ..failing("ready", "gateway-not-listening", &["nothing listens on the address"])
        },
    );
}

#[test]
fn a_deadline_is_explained_by_the_log_that_the_app_really_writes() {
    let app = shell("proxy", "echo waiting for the tide; sleep 600");
    let app = with(app, json!({"out_file": "own.log", "merge_logs": true}));
    let sandbox = Sandbox::new();
    let Some(finished) = play(
        &sandbox,
        Major::Current,
        Scenario {
            profile: by_ecosystem(""),
            files: &[("ecosystem.config.js", &ecosystem(&[app])), (".gitignore", "own.log\n")],
            arguments: &["--restart-timeout", "1"],
            code: 3,
            outcome: "timed_out",
            ..failing("ready", "gateway-not-listening", &["waiting for the tide"])
        },
    ) else {
        return;
    };
    let diagnoses = finished.record["diagnoses"].to_string();
    assert!(diagnoses.contains("waiting for the tide"), "{diagnoses}");
}

#[test]
fn stale_values_and_lost_pipes_are_played_with_the_real_pm2() {
    play_both(|| Scenario {
        arguments: &["--inject", "stale-daemon"],
        ..failing("start", "stale-daemon", &["PROXY_PORT = 9090", "expected ", "actual 9090"])
    });
    play_both(|| Scenario {
        arguments: &["--inject", "daemon-epipe"],
        ..failing("daemon", "daemon-epipe", &["write EPIPE"])
    });
}

#[test]
fn a_value_that_the_ecosystem_file_sets_is_the_audits() {
    let app = with(serving("proxy"), json!({"env": {"STELAE_STATE_HOME": "/elsewhere"}}));
    play(
        &Sandbox::new(),
        Major::Current,
        Scenario {
            profile: by_ecosystem(""),
            files: &[("ecosystem.config.js", &ecosystem(&[app]))],
            ..failing("ready", "env-mismatch", &["STELAE_STATE_HOME = /elsewhere"])
        },
    );
}

#[test]
fn an_ecosystem_file_that_is_wrong_is_named() {
    let wrong = |pm2: &str, text: &str, says: &'static [&'static str]| {
        play(
            &Sandbox::new(),
            Major::Current,
            Scenario {
                profile: by_ecosystem(pm2),
                files: &[("ecosystem.config.js", text)],
                code: 2,
                outcome: "error",
                ..failing("start", "config-invalid", says)
            },
        )
    };
    let two = ecosystem(&[serving("proxy"), serving("other")]);
    wrong("app = \"prxy\"", &two, &["has no app `prxy`", "did you mean `proxy`?"]);
    wrong("", &two, &["has the apps proxy, other", "`app` must say"]);
    wrong("app = \"a\"", "module.exports = {", &["SyntaxError"]);
}

#[test]
fn a_module_that_pm2_would_not_read_is_named() {
    let profile = by_ecosystem("").replace("config.js", "config.mjs");
    play(
        &Sandbox::new(),
        Major::Current,
        Scenario {
            profile,
            files: &[("ecosystem.config.mjs", "export default { apps: [{ name: 'a' }] };\n")],
            code: 2,
            outcome: "error",
            ..failing("start", "config-invalid", &["Error: pm2 reads no default export"])
        },
    );
}

#[test]
fn a_gateway_whose_program_does_not_exist_cannot_be_started() {
    play(
        &Sandbox::new(),
        Major::Current,
        Scenario {
            profile: gateway(&["/no/such/gateway"], &["say"]),
            ..failing("start", "gateway-crashed", &["/no/such/gateway"])
        },
    );
    let app = json!({"name": "proxy", "script": "/no/such/app", "interpreter": "none"});
    play(
        &Sandbox::new(),
        Major::Current,
        Scenario {
            profile: by_ecosystem(""),
            files: &[("ecosystem.config.js", &ecosystem(&[app]))],
            ..failing("start", "gateway-crashed", &["/no/such/app"])
        },
    );
}

#[test]
fn a_pm2_or_a_node_that_is_missing_is_found_before_anything_is_done() {
    let sandbox = Sandbox::new();
    let missing = |pm2: &str| {
        let source = stack(&sandbox, "");
        let finished = start(&sandbox, &source, pm2.into(), &[]).finish().expect(4);
        let finished = finished.caused_by("prerequisite-missing").says(&["at prepare"]);
        std::fs::remove_dir_all(source.path()).unwrap();
        finished
    };
    missing("/none/pm2").says(&["/none/pm2", "npm install --global pm2"]);
    let lame = sandbox.path().join("lame");
    executable(&lame, "#!/usr/bin/env no-such-node\n");
    missing(lame.as_str()).says(&["needs `no-such-node`"]);
}

#[test]
fn a_pm2_that_never_returns_ends_at_the_deadline() {
    let sandbox = Sandbox::new();
    let pm2 = in_front(&sandbox, "/none".into(), "sleep 600");
    let source = stack(&sandbox, "[deadlines]\ndaemon = \"1s\"\n");
    let finished = start(&sandbox, &source, &pm2, &[]).finish().expect(3);
    let finished = finished.caused_by("deadline").says(&["-s ping` took longer than 1.0 s"]);
    assert_eq!(finished.record["failed_step"], "daemon");
}

#[test]
fn a_daemon_that_dies_is_named() {
    let sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let profile = format!("{}{}", gateway(&["sleep", "600"], &["say"]), smoke_tests::tiny::TALK);
    let source = smoke_tests::tiny::tiny(&sandbox, &profile, &[]);
    let mut run = start(&sandbox, &source, pm2, &[]);
    run.wait_for("start          passed");
    let daemons = process::carrying("HOME", sandbox.home().as_str());
    let daemon = daemons.iter().find(|p| p.argv.iter().any(|a| a.contains("God Daemon"))).unwrap();
    daemon.signal(rustix::process::Signal::KILL);
    let finished = run.finish().expect(1).caused_by("gateway-crashed");
    finished.says(&["pm2's daemon (pid", "is gone"]);
}

#[test]
fn a_daemon_that_does_not_answer_is_not_waited_for() {
    let sandbox = Sandbox::new();
    let Some(real) = real(Major::Current) else { return };
    // What follows the daemon's start finds it stopped.
    let script = "\"$real\" \"$@\"; code=$?; case \" $* \" in *' ping '*) \
        kill -STOP \"$(cat \"$PM2_HOME/pm2.pid\")\";; esac; exit $code";
    let pm2 = in_front(&sandbox, real, script);
    let source = stack(&sandbox, "[deadlines]\nstart = \"1s\"\n");
    let finished = start(&sandbox, &source, &pm2, &[]).finish().expect(3);
    let finished = finished.caused_by("deadline").says(&["(state T)"]);
    assert_eq!(finished.record["failed_step"], "start");
}
