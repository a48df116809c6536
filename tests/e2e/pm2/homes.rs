//! Where a run's pm2 has its files, and whose it leaves alone.

use std::fs;
use std::net::TcpStream;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_tests::binaries::program;
use smoke_tests::pm2::{Daemon, Major, home};
use smoke_tests::{Finished, Sandbox, sandbox, wait};

use super::{real, stack, start};

#[test]
fn a_path_that_is_too_long_for_sockets_is_no_hindrance() {
    let mut sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let long = sandbox.tmp().join("l".repeat(120));
    fs::create_dir_all(&long).unwrap();
    sandbox.set("TMPDIR", long.as_str());
    let source = stack(&sandbox, "");
    let finished = start(&sandbox, &source, pm2, &[]).finish().expect(0);
    assert!(!home_of(&finished).exists());
    let workspace = long.join("own");
    let named = ["--workspace", workspace.as_str()];
    let kept = start(&sandbox, &source, pm2, &[&named[..], &["--keep-workspace"]].concat());
    let first = home_of(&kept.finish().expect(0));
    assert!(first.exists(), "{first}");
    let again = start(&sandbox, &source, pm2, &[&named[..], &["--keep-workspace"]].concat());
    assert_eq!(home_of(&again.finish().expect(0)), first);
    sandbox.xtask(&["smoke", "--cleanup-only", "--workspace", workspace.as_str()]).expect(0);
    assert!(!first.exists() && !workspace.exists());
    fs::remove_dir(&long).unwrap();
}

/// A short folder, outside of the workspace.
fn home_of(finished: &Finished) -> Utf8PathBuf {
    let log = finished.file("logs/daemon.log");
    let home = Utf8Path::new(log.lines().find_map(|line| line.strip_prefix("PM2_HOME=")).unwrap());
    assert!(home.as_str().len() < 90 && !home.starts_with(finished.workspace()), "{home}");
    home.to_owned()
}

#[test]
fn the_users_own_pm2_is_left_alone() {
    let mut sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let own = home(&sandbox);
    for (key, value) in [
        ("PM2_HOME", own.clone()),
        ("PM2_DAEMON_RPC_PORT", own.join("rpc.sock")),
        ("PM2_DAEMON_PUB_PORT", own.join("pub.sock")),
        ("PM2_PID_FILE_PATH", own.join("pm2.pid")),
        ("PM2_LOG_FILE_PATH", own.join("pm2.log")),
    ] {
        sandbox.set(key, value.as_str());
    }
    let source = stack(&sandbox, "");
    let daemon = Daemon::start(&sandbox, pm2);
    daemon.run(&["start", "/bin/sleep", "--name", "gateway", "--", "600"]).expect(0);
    let before = (daemon.app("gateway"), fs::read_to_string(own.join("pm2.pid")).unwrap());
    start(&sandbox, &source, pm2, &[]).finish().expect(0);
    let after = (daemon.app("gateway"), fs::read_to_string(own.join("pm2.pid")).unwrap());
    assert_eq!(after, before);
}

#[test]
fn an_app_of_the_user_keeps_its_port() {
    let sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let source = stack(&sandbox, "");
    let (daemon, port) = (Daemon::start(&sandbox, pm2), sandbox::port().to_string());
    let gateway = program("small-gateway");
    daemon.run(&["start", gateway.as_str(), "--name", "gateway", "--", &port, "say"]).expect(0);
    wait::until("the user's app to listen", || {
        TcpStream::connect(format!("127.0.0.1:{port}")).ok()
    });
    let before = daemon.app("gateway");
    let under = ["--supervisor", "pm2", "--pm2", pm2.as_str(), "--port", &port];
    let run = sandbox.xtask(&[&["smoke", "--source", source.path().as_str()][..], &under].concat());
    run.expect(1).caused_by("port-in-use").says(&[&format!("pid {}", before.0)]);
    assert_eq!(daemon.app("gateway"), before);
}

#[test]
fn a_run_below_the_users_own_pm2_is_not_taken_for_its_app() {
    let mut sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    for (key, value) in [
        ("pm_id", "3"),
        ("name", "ci"),
        ("status", "online"),
        ("restart_time", "9"),
        ("instances", "4"),
        ("pm_exec_path", "/bin/false"),
        ("NODE_APP_INSTANCE", "0"),
        ("autorestart", "false"),
        ("NODE_CHANNEL_FD", "77"),
    ] {
        sandbox.set(key, value);
    }
    start(&sandbox, &stack(&sandbox, ""), pm2, &[]).finish().expect(0);
}

#[test]
fn a_profile_cannot_lead_to_another_home() {
    let sandbox = Sandbox::new();
    let Some(pm2) = real(Major::Current) else { return };
    let source = stack(&sandbox, "[env]\nPM2_HOME = \"/tmp/theirs\"\n");
    let finished = start(&sandbox, &source, pm2, &[]);
    finished.finish().expect(2).caused_by("config-invalid").says(&["PM2_HOME"]);
}
