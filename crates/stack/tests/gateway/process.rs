//! A gateway that runs for one test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;

/// The program under test.
pub const STACK: &str = env!("CARGO_BIN_EXE_stack");

/// Longer than anything here takes, so that only a real hang meets it.
pub const BOUND: Duration = Duration::from_secs(60);

/// A gateway, its folder and its log.
pub struct Gateway {
    pub folder: TempDir,
    pub port: u16,
    pub process: Child,
    lines: Receiver<String>,
    pub log: Vec<String>,
}

impl Gateway {
    /// Starts one with `servers` as its `mcpServers`.
    pub fn start(servers: Value) -> Gateway {
        Gateway::start_with(servers, |_, _| {})
    }

    /// Starts one; `prepare` may add files to its folder and options to its command.
    pub fn start_with(servers: Value, prepare: impl FnOnce(&Utf8Path, &mut Command)) -> Gateway {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap();
        write_config(path, servers);
        let mut command = Command::new(STACK);
        command.args(["gateway", "--config", config_path(path).as_str()]);
        command.env_remove("STELAE_CALL_LOG").stdin(Stdio::null()).stderr(Stdio::piped());
        prepare(path, &mut command);
        let mut process = command.spawn().unwrap();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut gateway = Gateway { folder, port: 0, process, lines, log: Vec::new() };
        let line = gateway.wait_for("listening on http://127.0.0.1:");
        let port = line.trim_end_matches("/mcp").rsplit(':').next().unwrap();
        gateway.port = port.parse().unwrap();
        gateway
    }

    pub fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    pub fn client(&self) -> Client {
        Client::connect(self.port)
    }

    /// Replaces the servers in the config.
    pub fn configure(&self, servers: Value) {
        write_config(self.path(), servers);
    }

    /// Waits for a new line of the log that holds `text`.
    pub fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + BOUND;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no line with {text:?} in the log:\n{}", self.log.join("\n"));
            };
            self.log.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits until the server is ready, and tells its process.
    pub fn wait_ready(&mut self, server: &str) -> i32 {
        let line = self.wait_for(&format!("server {server}: ready"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// Whether the log has had a line with `text` so far.
    pub fn has_logged(&mut self, text: &str) -> bool {
        self.log.extend(self.lines.try_iter());
        self.log.iter().any(|line| line.contains(text))
    }

    pub fn signal(&self, signal: &str) {
        kill(self.process.id() as i32, signal);
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + BOUND;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the gateway did not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where a gateway's config is: in the state home of a config home.
pub fn config_path(folder: &Utf8Path) -> Utf8PathBuf {
    folder.join("home/.state/proxy.json")
}

/// A server of this binary.
pub fn serve(name: &str) -> Value {
    json!({"command": STACK, "args": ["serve", name]})
}

/// A program that is this one under another path, so that it can be taken away.
pub fn link(folder: &Utf8Path) -> Utf8PathBuf {
    let link = folder.join("stack-link");
    std::os::unix::fs::symlink(STACK, &link).unwrap();
    link
}

pub fn kill(pid: i32, signal: &str) {
    let status = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status();
    assert!(status.unwrap().success(), "kill -{signal} {pid}");
}

/// Whether a process runs; one that only waits to be reaped does not.
#[cfg(target_os = "linux")]
pub fn is_running(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// Whether a process runs; one that only waits to be reaped does not.
#[cfg(not(target_os = "linux"))]
pub fn is_running(pid: i32) -> bool {
    let out = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

/// Asks again until it is so, within the bound.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + BOUND;
    while !is_so() {
        assert!(Instant::now() < deadline, "it never came to be that {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn write_config(folder: &Utf8Path, servers: Value) {
    let config = json!({"mcpProxy": {"addr": ":0", "name": "under-test"}, "mcpServers": servers,
        "manifest": {"toolOverridesPath": folder.join("overrides.json")}});
    let path = config_path(folder);
    let written = path.with_extension("new");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&written, config.to_string()).unwrap();
    fs::rename(written, path).unwrap();
}
